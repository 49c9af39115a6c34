// Rules and kinds: what is asked, guidelines, what no price can buy, who works when. Guidelines and rules change while the service runs.

import { useState } from "preact/hooks";
import { html } from "../html.js";
import { say } from "../words.js";
import { Less, SetBy, useChange } from "./change.js";
import { Guard } from "./guard.js";
import { Copy, Trouble, useTold } from "./told.js";
import "./rules_words.js";

const DAYS = ["mon-fri", "mon-sun", "sat", "sun"];
const MOST = 20_000; // characters of guidelines

export function Rules({ api, service, session, left }) {
  const [told, trouble, again] = useTold(() => Promise.all([api.get("/v1/settings"), api.get("/v1/rules")]), left);
  if (!told) return html`<${Trouble} trouble=${trouble} again=${again} />${!trouble && html`<p class="soft">${say("loading")}</p>`}`;
  const [{ settings }, rules] = told;
  const with_ = { api, rules, left, again };
  return html`<p>${say("rulesNow")}</p><div class="cards">
    ${service.kinds.map((asks) => html`<${Kind} key=${asks.kind} asks=${asks} settings=${settings} ...${with_} />`)}
    <${Shifts} settings=${settings} />
    <${Guard} service=${service} session=${session} ...${with_} /></div>`;
}

/** A block of service.yaml, a line a key; JSON is YAML too, so nothing in a value can break it. */
const block = (name, tree) => `${name}:\n${Object.entries(tree).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}\n`).join("")}`;

function Lines({ name, tree }) {
  return html`<${Copy} lines=${Math.min(Object.keys(tree).length + 2, 8)} label=${`service.yaml: ${name}`} text=${block(name, tree)} />`;
}

/** What is asked about a kind, and its guidelines, which are changed here. */
function Kind({ asks, settings, ...with_ }) {
  const how = settings.kinds[asks.kind] ?? settings.kinds.default ?? {};
  const told = with_.rules.guidelines[asks.kind];
  const [edited, setEdited] = useState(null); // null: as it is
  const [reason, setReason] = useState("");
  const change = useChange(with_, () => (setEdited(null), setReason("")));
  const text = edited ?? told.text;
  const other = text !== told.text;
  const submit = (event) => (event.preventDefault(), change.send({ guidelines: { [asks.kind]: text }, reason }));
  return html`<form class="card broad" onSubmit=${submit}><h3>${asks.kind ? say("kindOf", { kind: asks.kind }) : say("oneKind")}</h3>
    <dl class="facts"><div><dt>${say("labels")}</dt><dd>${asks.labels.join(", ")}</dd></div>
      ${["shown", "wait_s", "grace_s", "lease_s"].map((name) => html`<div key=${name}><dt>${say("kindWords")[name]}</dt><dd>${how[name] ?? say("usual")}</dd></div>`)}</dl>
    <label>${say("guidelines")}<textarea rows="6" maxlength=${MOST} value=${text} onInput=${(e) => setEdited(e.target.value)}></textarea></label>
    <details><summary>${say("asShown")}</summary><p class="text">${text}</p></details>
    <${SetBy} told=${told} /><p class="note">${say("guidelinesMore")}</p>
    <label>${say("whyChange")}<input maxlength="2000" value=${reason} onInput=${(e) => setReason(e.target.value)} /></label>
    <div class="row"><button class="main" disabled=${change.busy || !other}>${say("apply")}</button>
      <button type="button" disabled=${!other} onClick=${() => setEdited(null)}>${say("asItWas")}</button></div>
    <${Less} change=${change} /></form>`;
}

function Shifts({ settings }) {
  const [who, setWho] = useState("default");
  const [days, setDays] = useState(DAYS[0]);
  const [from, setFrom] = useState("09:00");
  const [to, setTo] = useState("17:00");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const there = Object.entries(settings.people);
  const tree = { ...settings.people, [who || "default"]: { ...settings.people[who], zone: timeZone, week: { [days]: `${from}-${to}` } } };
  return html`<div class="card"><h3>${say("shifts")}</h3>
    ${there.length === 0 ? html`<p>${say("noShift")}</p>` : html`<dl class="facts">${there.map(([name, body]) => html`<div key=${name}><dt>${name}</dt><dd>${JSON.stringify(body)}</dd></div>`)}</dl>`}
    <details><summary>${say("addShift")}</summary>
      <div class="fields"><label>${say("whoWorks")}<input value=${who} onInput=${(e) => setWho(e.target.value)} /></label>
        <label>${say("days")}<select value=${days} onChange=${(e) => setDays(e.target.value)}>${DAYS.map((d) => html`<option key=${d} value=${d}>${d}</option>`)}</select></label>
        <label>${say("from")}<input type="time" value=${from} onInput=${(e) => setFrom(e.target.value)} /></label>
        <label>${say("to")}<input type="time" value=${to} onInput=${(e) => setTo(e.target.value)} /></label></div>
      <p>${say("putLines")}</p><${Lines} name="people" tree=${tree} /></details></div>`;
}
