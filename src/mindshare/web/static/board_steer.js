// What a lead may do from the board: STOP and go on, change a limit, judge other limits on the log.

import { useEffect, useState } from "preact/hooks";
import { Card } from "./board_parts.js";
import { figure, percent, span, word } from "./board_words.js";
import { Dialog } from "./frame.js";
import { html } from "./html.js";
import { say } from "./words.js";

const MINUTES = "people.minutes";
const HOURS = { from: "14:00", to: "16:00" }; // that more people would be there, if nothing else is said
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const POLL_MS = 500;

/** The button, and its window: a reason may be given, and need not be. */
export function Stop({ api, kinds, done }) {
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState("");
  const press = async (event) => {
    event.preventDefault();
    const { kind, reason } = Object.fromEntries(new FormData(event.target));
    try {
      await api.post("/v1/stop", { kind: kind ?? "", reason });
      setOpen(false);
      done();
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<button class="stop" onClick=${() => setOpen(true)}>${word("stop")}</button>
    ${open && html`<${Dialog} title=${word("stopTitle")} close=${() => setOpen(false)}><form onSubmit=${press}>
      <p>${word("stopSays")}</p>
      ${kinds.length > 1 && html`<label>${word("stopKind")}<select name="kind"><option value="">${word("everything")}</option>
        ${kinds.map((kind) => html`<option key=${kind} value=${kind}>${kind}</option>`)}</select></label>`}
      <label>${word("reason")}<input name="reason" maxlength="2000" autocomplete="off" /></label>
      <p role="alert" class="wrong">${wrong}</p>
      <button class="stop" autofocus>${word("stopNow")}</button>
      <button type="button" class="plain" onClick=${() => setOpen(false)}>${word("cancel")}</button></form><//>`}`;
}

/** What is stopped; a lead may say that it goes on, and is told who else has to. */
export function Stopped({ api, stopped, steers, done }) {
  const [told, setTold] = useState("");
  const resume = async (kind) => {
    try {
      const { needs } = await api.post("/v1/resume", { kind });
      setTold(!needs ? "" : needs === "the console" ? word("needsHere") : word("resumeNeeds", { needs: word("second") }));
      done();
    } catch (error) {
      setTold(error.message);
    }
  };
  const all = Object.entries(stopped);
  return html`<div role="alert" class=${all.length ? "stopped" : ""}>${all.map(([kind, by]) => html`<p key=${kind} class="row">
      <b>${word("stopped", { kind: kind || word("everything"), by })}</b>
      ${steers && html`<button onClick=${() => resume(kind)}>${word("resume")}</button>`}</p>`)}
    ${all.length > 0 && told && html`<p>${told}</p>`}</div>`;
}

/** The amount of a limit, to be changed at once. */
export function NewLimit({ api, name, limit, done, close }) {
  const [wrong, setWrong] = useState("");
  const save = async (event) => {
    event.preventDefault();
    try {
      const { limits } = await api.ask("PATCH", "/v1/limits", { limit: { [name]: Number(new FormData(event.target).get("amount")) } });
      done(limits);
      close();
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<form class="new-limit" onSubmit=${save}><label>${word("newLimit", { r: name })}
      <input name="amount" type="number" min="0" step="any" required defaultValue=${limit} ref=${(box) => box?.focus()} /></label>
    <div class="row"><button class="main">${word("save")}</button><button type="button" onClick=${close}>${word("cancel")}</button></div>
    <p class="soft">${word("follows")}</p>
    ${wrong && html`<p role="alert" class="wrong">${wrong}</p>`}</form>`;
}

/** Other limits, judged on the log beside the service: how far, and what was found. */
export function WhatIf({ api, limits, steers }) {
  const [told, setTold] = useState({ state: "none" });
  const [wrong, setWrong] = useState("");
  const [amounts, setAmounts] = useState({});
  const [more, setMore] = useState({ people: 0, ...HOURS });
  const names = Object.keys(limits);
  const asked = (promise) => promise.then((state) => (setTold(state), setWrong(""))).catch((error) => setWrong(error.message));
  useEffect(() => {
    asked(api.get("/v1/what-if"));
  }, []);
  useEffect(() => {
    if (told.state !== "running") return undefined;
    const again = setTimeout(() => asked(api.get("/v1/what-if")), POLL_MS);
    return () => clearTimeout(again);
  }, [told]);
  const amountOf = (r) => amounts[r] ?? limits[r].told ?? limits[r].limit;
  const by = (factor) => {
    setAmounts(Object.fromEntries(names.map((r) => [r, Number(((limits[r].told ?? limits[r].limit) * factor).toPrecision(6))])));
    if (factor === 1) setMore({ ...more, people: 0 });
  };
  const begin = (event) => {
    event.preventDefault();
    const changed = names.filter((r) => Number(amountOf(r)) !== (limits[r].told ?? limits[r].limit));
    const each = changed.map((r) => [r, limits[r].per_s === null ? Number(amountOf(r)) : { limit: Number(amountOf(r)), per_s: limits[r].per_s }]);
    const people = Number(more.people) > 0 && { more: { from: more.from, to: more.to === "00:00" ? "24:00" : more.to, people: Number(more.people), tz: zone() } };
    asked(api.post("/v1/what-if", { limits: Object.fromEntries(each), ...people }));
  };
  const running = told.state === "running";
  return html`<${Card} id="what-if" title=${word("whatIf")} told=${told} path="GET /v1/what-if">
    <p class="soft">${word("whatIfSays")}</p>
    ${steers && names.length > 0 && html`<form onSubmit=${begin}>
      <div class="row">${[[0.8, "less"], [1, "asIs"], [1.2, "plus"]].map(([factor, name]) => html`<button key=${name} type="button" onClick=${() => by(factor)}>${word(name, { n: 20 })}</button>`)}
        ${names.includes(MINUTES) && html`<button type="button" onClick=${() => setMore({ ...more, people: 1 })}>${word("onePerson", { from: more.from })}</button>`}</div>
      <div class="amounts">${names.map((r) => html`<label key=${r}>${r}${limits[r].per_s ? `${say("comma")}${word("perPeriod", { s: span(limits[r].per_s) })}` : ""}
        <input type="number" min="0" step="any" required value=${amountOf(r)} onInput=${(e) => setAmounts({ ...amounts, [r]: e.target.value })} /></label>`)}</div>
      ${names.includes(MINUTES) && html`<${MorePeople} more=${more} change=${(part) => setMore({ ...more, ...part })} />`}
      <div class="row"><button class="main" disabled=${running}>${word("start")}</button>
        ${running && html`<button type="button" onClick=${() => asked(api.ask("DELETE", "/v1/what-if"))}>${word("stopIt")}</button>`}</div></form>`}
    <div role="status">
      ${running && html`<p><progress max="1" value=${told.progress ?? 0} aria-label=${word("whatIf")}></progress> ${word("running", { x: percent(told.progress ?? 0) })}</p>`}
      ${told.state === "failed" && html`<p>${word("failed", { why: told.problem })}</p>`}
      ${told.state === "cancelled" && html`<p>${word("cancelled")}</p>`}
      ${told.state !== "none" && html`<p class="soft">${word("lastAsked", { what: askedOf(told.asked) })}</p>`}
      ${told.state === "done" && html`<${Found} result=${told.result} />`}</div>
    <p role="alert" class="wrong">${wrong}</p><//>`;
}

/** People who would be there beside those of the log, at some hours of each day. */
function MorePeople({ more, change }) {
  const time = (name, label) => html`<label>${word(label)}<input type="time" required value=${more[name]} onInput=${(e) => change({ [name]: e.target.value })} /></label>`;
  return html`<fieldset class="more"><legend>${word("morePeople")}</legend>
    <div><label>${word("howMany")}<input type="number" min="0" max="1000" step="any" required value=${more.people} onInput=${(e) => change({ people: e.target.value })} /></label>
      ${time("from", "moreFrom")}${time("to", "moreTo")}</div>
    <p class="soft">${word("moreSays", { tz: zone() })}</p></fieldset>`;
}

const limitOf = ([r, x]) => `${r} ${typeof x === "number" ? figure(x, 6) : `${figure(x.limit, 6)}, ${word("perPeriod", { s: span(x.per_s) })}`}`;
const askedOf = ({ limits = {}, more } = {}) => [...Object.entries(limits).map(limitOf), ...(more ? [word("moreAsked", { ...more, n: figure(more.people) })] : [])].join("; ") || word("asIs");

/** The service beside its baselines, on its own cases: the share of cases right, by human answers a case. */
function Beside({ policies }) {
  const shares = policies.mindshare.map((p) => p.share);
  const best = shares.map((_, i) => Math.max(...Object.values(policies).map((points) => points[i]?.accuracy ?? 0)));
  return html`<figure><figcaption>${word("beside")}</figcaption><div class="scroll" tabindex="0" role="region" aria-label=${word("beside")}><table>
    <thead><tr><th scope="col">${word("policy")}</th>${shares.map((s) => html`<th key=${s} scope="col" class="number">${figure(s, 3)}</th>`)}</tr></thead>
    <tbody>${Object.entries(policies).map(([name, points]) => html`<tr key=${name}><th scope="row">${name}</th>
      ${shares.map((s, i) => html`<td key=${s} class="number">${points[i] === undefined ? "–" : points[i].accuracy === best[i] ? html`<b>${percent(points[i].accuracy, 1)}</b>` : percent(points[i].accuracy, 1)}</td>`)}</tr>`)}</tbody>
  </table></div></figure>`;
}

function Found({ result }) {
  return html`<ul lang="en" class="says">${result.says.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul>
    ${result.policies && html`<${Beside} policies=${result.policies} />`}
    <details><summary>${word("cannot")}</summary><ul lang="en">${result.not_learnable.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul></details>`;
}
