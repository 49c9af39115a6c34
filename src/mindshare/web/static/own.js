// A person's own figures: for the person first, and only on request.

import { useEffect, useState } from "preact/hooks";
import { Dialog } from "./frame.js";
import { html } from "./html.js";
import { say, spoken } from "./words.js";

export function Own({ api, close }) {
  const [me, setMe] = useState(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    api.get("/v1/me").then(setMe, (error) => setWrong(error.message));
  }, []);
  return html`<${Dialog} title=${say("figures")} close=${close}>
    <div role="alert">${wrong && html`<p class="wrong">${wrong}</p>`}</div>
    ${me && html`<${Figures} me=${me} />`}
    <p class="note">${say("figuresMore")}</p>
    <button class="main" autofocus onClick=${close}>${say("close")}</button><//>`;
}

function Figures({ me }) {
  const number = new Intl.NumberFormat(spoken(), { maximumFractionDigits: 0 });
  const share = new Intl.NumberFormat(spoken(), { style: "percent", maximumFractionDigits: 0 });
  const few = new Intl.NumberFormat(spoken(), { maximumFractionDigits: 1 });
  const minutes = (n) => say("minutes", { n: (n < 10 ? few : number).format(n) });
  const between = ([low, high], how) => say("between", { low: how.format(low), high: how.format(high) });
  const kinds = Object.entries(me.kinds);
  const facts = [
    [say("answersToday"), say("answersIn", { n: number.format(me.today.answers), minutes: minutes(me.today.minutes) })],
    [say("answersAll"), say("answersIn", { n: number.format(me.answers), minutes: minutes(me.minutes) })],
    [say("leftToday"), me.left === null ? say("noEnd") : minutes(me.left)],
    [say("nextBreak"), me.break_in === null ? say("noBreak") : say("breakIn", { n: number.format(me.break_in), m: number.format(me.break_min) })],
    [say("agreement"), me.compared ? say("agreed", { share: share.format(me.agreed / me.compared), n: number.format(me.compared) }) : say("notKnown")],
  ];
  for (const [kind, told] of kinds) {
    const of = (word) => (kinds.length > 1 || kind ? `${say(word)} · ${kind}` : say(word));
    facts.push([of("speed"), `${say("seconds", { n: number.format(told.seconds) })} ${say("meanOf", { n: between(told.mean_s_95, number) })}`]);
    const right = told.right + told.wrong;
    facts.push([of("skill"), right ? say("rightOf", { share: share.format(told.accuracy), low: share.format(told.accuracy_95[0]), high: share.format(told.accuracy_95[1]), n: right }) : say("notKnown")]);
  }
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
