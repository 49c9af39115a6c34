// A change of rules or guidelines: sent, and where less would be checked than before, asked once more.

import { useState } from "preact/hooks";
import { Dialog } from "../frame.js";
import { html } from "../html.js";
import { say, spoken } from "../words.js";
import { Trouble, useDoing } from "./told.js";

/** {send(body), busy, wrong, done, less}; `done`: sentences after it, `less`: what would no longer be checked. `then` is called once it holds. */
export function useChange({ api, rules, left, again }, then) {
  const [busy, wrong, act] = useDoing(left);
  const [done, setDone] = useState([]);
  const [less, setLess] = useState(null);
  const send = (body, weaker = false) =>
    act(async () => {
      setDone([]);
      setLess(null);
      try {
        const told = await api.ask("PATCH", "/v1/rules", { ...body, of: rules.digest, weaker });
        await again();
        then();
        setDone([say("holdsNow"), ...told.notes]);
      } catch (error) {
        if (error.code === "weaker") return setLess({ body, checks: error.more.no_longer, waits: error.more.waits });
        if (error.code === "conflict") await again(); // somebody was quicker: what holds now is shown beside what was written here
        throw error;
      }
      return undefined;
    });
  return { send, busy, wrong, done, less, keep: () => setLess(null) };
}

/** What came of it; and the question whether less is to be checked, which names what. */
export function Less({ change }) {
  const { less, keep, send } = change;
  return html`<${Trouble} trouble=${change.wrong} /><div role="status">${change.done.map((sentence) => html`<p key=${sentence}>${sentence}</p>`)}</div>
    ${less && html`<${Dialog} title=${say("lessTitle")} close=${keep}>
      <p>${say("lessMore")}</p><ul lang="en">${less.checks.map((check) => html`<li key=${check}>${check}</li>`)}</ul>
      ${less.waits > 0 && html`<p>${say("lessWaits", { n: less.waits })}</p>`}
      <div class="row"><button type="button" class="main" autofocus onClick=${keep}>${say("keepChecks")}</button>
        <button type="button" onClick=${() => send(less.body, true)}>${say("checkLess")}</button></div><//>`}`;
}

/** Who set something last, when and why. */
export function SetBy({ told }) {
  const at = told.at === null ? "" : new Date(1000 * told.at).toLocaleString(spoken(), { dateStyle: "medium", timeStyle: "short" });
  return html`<p class="note">${told.by === null ? say("asFile") : say("setBy", { by: told.by, at })}${told.reason && ` ${say("because", { reason: told.reason })}`}</p>`;
}
