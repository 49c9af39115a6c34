// Setup: people, cases, limits, rules, kinds, and what leaves the service.

import { useMemo } from "preact/hooks";
import { Api } from "./api.js";
import { begin } from "./frame.js";
import { html, styled } from "./html.js";
import { say } from "./words.js";
import { Away } from "./setup/away.js";
import { Cases } from "./setup/cases.js";
import { Limits } from "./setup/limits.js";
import { People } from "./setup/people.js";
import { Rules } from "./setup/rules.js";
import { Trouble, useTold } from "./setup/told.js";
import "./setup/words.js";

const SECTIONS = { people: People, cases: Cases, limits: Limits, rules: Rules, away: Away };

function Setup({ session, left, renewed }) {
  const api = useMemo(() => new Api(session.token), [session.token]);
  const [service, trouble, again] = useTold(() => api.get("/v1/service"), left);
  return html`<main class="setup" aria-busy=${!service && !trouble}>
    <h1>${service ? say("setUp", { name: service.name }) : say("pages").setup}</h1>
    ${service?.simulated.length > 0 && html`<p class="note">${say("simulatedHere", { names: service.simulated.join(", ") })}</p>`}
    <${Trouble} trouble=${trouble} again=${again} />
    ${service && html`<nav class="row" aria-label=${say("sections")}>${Object.keys(SECTIONS).map((name) => html`<a key=${name} href=${`#${name}`}>${say("sectionNames")[name]}</a>`)}</nav>
      ${Object.entries(SECTIONS).map(([name, Section]) => html`<section key=${name} id=${name} aria-labelledby=${`${name}-title`}>
        <h2 id=${`${name}-title`}>${say("sectionNames")[name]}</h2>
        <${Section} api=${api} service=${service} session=${session} left=${left} renewed=${renewed} /></section>`)}`}
  </main>`;
}

await styled("/static/setup/setup.css"); // before the first picture, so that nothing moves
begin("setup", Setup);
