// Limits: what is left, what one more unit would bring, a slider for each, and what amounts would bring by the service's own log.

import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../html.js";
import { say, spoken } from "../words.js";
import { Copy, Trouble, useDoing, useTold } from "./told.js";

const DAY = 86_400;
const LOOK_MS = 1_000; // between looks how far a what-if is
const SHARES = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2]; // human answers per case
const number = (x, digits = 3) => new Intl.NumberFormat(spoken(), { maximumSignificantDigits: digits }).format(x);
const percent = (x) => new Intl.NumberFormat(spoken(), { style: "percent", maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(x);

export function Limits({ api, left }) {
  const [told, trouble, again] = useTold(() => Promise.all([api.get("/v1/limits"), api.get("/v1/settings")]), left);
  const [result, setResult] = useState(null);
  if (!told) return html`<${Trouble} trouble=${trouble} again=${again} />${!trouble && html`<p class="soft">${say("loading")}</p>`}`;
  const [{ limits }, { settings }] = told;
  const names = Object.keys(limits);
  return html`<div class="cards">
      ${names.map((name) => html`<${Limit} key=${name} name=${name} now=${limits[name]} perS=${settings.limits[name]?.per_s} result=${result} api=${api} left=${left} again=${again} />`)}
      ${names.length === 0 && html`<div class="card"><h3>${say("noLimit")}</h3><p>${say("noLimitMore")}</p></div>`}
      <${NewLimit} settings=${settings} />
    </div>
    <${Brings} api=${api} left=${left} result=${result} setResult=${setResult} names=${names} />`;
}

const each = (perS) => (perS === null || perS === undefined ? say("inAll") : (say("periods")[perS] ?? say("eachS", { s: number(perS) })));

function Limit({ name, now, perS, result, api, left, again }) {
  const [most, setMost] = useState(now.limit);
  const top = useRef(Math.max(3 * now.limit, 1)).current; // where the slider ends; more can be typed
  const [busy, wrong, act] = useDoing(left);
  useEffect(() => setMost(now.limit), [now.limit]);
  const apply = () => act(async () => (await api.ask("PATCH", "/v1/limits", { limit: { [name]: most } }), again()));
  const set = (event) => Number.isFinite(event.target.valueAsNumber) && setMost(Math.max(event.target.valueAsNumber, 0));
  const then = at(result, name, now.limit, most);
  const before = at(result, name, now.limit, now.limit);
  return html`<div class="card"><h3>${name}</h3>
    <p>${say("limitNow", { limit: number(now.limit), each: each(perS), left: number(now.left) })} ${say("priceNow", { price: number(now.price) })}</p>
    ${now.why && html`<p class="note">${now.why}</p>`}
    <label>${say("newLimit", { each: each(perS) })}<input type="range" min="0" max=${top} step="any" value=${Math.min(most, top)} onInput=${set} /></label>
    <div class="fields"><label>${say("amount")}<input type="number" min="0" step="any" value=${Number(most.toPrecision(4))} onChange=${set} /></label></div>
    <p aria-live="polite">${then === null ? say(result ? "notTold" : "notAsked") : say("wouldBring", { then: percent(then), now: percent(before) })}</p>
    <div class="row"><button class="main" disabled=${busy || most === now.limit} onClick=${apply}>${say("apply")}</button>
      ${most !== now.limit && html`<button onClick=${() => setMost(now.limit)}>${say("asItWas")}</button>`}</div>
    <${Trouble} trouble=${wrong} /></div>`;
}

/** How often verdicts would be right with this amount in the place of the limit; null where the log tells nothing. */
function at(result, name, limit, most) {
  const points = result?.frontiers[name];
  const aCase = result?.a_case[name];
  if (!points?.length || !(aCase > 0) || !(limit > 0)) return null;
  return between(points, (most / limit) * aCase);
}

function between(points, spent) {
  const sorted = [...points].sort((a, b) => a.spent - b.spent);
  const next = sorted.findIndex((p) => p.spent >= spent);
  if (next < 0) return sorted.at(-1).accuracy;
  if (next === 0 || sorted[next].spent === sorted[next - 1].spent) return sorted[next].accuracy;
  const [a, b] = [sorted[next - 1], sorted[next]];
  return a.accuracy + ((spent - a.spent) / (b.spent - a.spent)) * (b.accuracy - a.accuracy);
}

/** What each amount would bring: a what-if of the service on its own log, or on the history that it began with. */
function Brings({ api, left, result, setResult, names }) {
  const [share, setShare] = useState(null); // of the way, while it runs
  const [busy, wrong, act] = useDoing(left);
  const there = useRef(true);
  useEffect(() => () => (there.current = false), []);
  const go = () =>
    act(async () => {
      let told = await api.post("/v1/what-if", { shares: SHARES });
      while (told.state === "running" && there.current) {
        setShare(told.progress ?? 0);
        await new Promise((go) => setTimeout(go, LOOK_MS));
        told = await api.get("/v1/what-if");
      }
      setShare(null);
      if (told.state === "done") setResult(told.result);
      else setResult({ frontiers: {}, a_case: {}, says: [told.problem ?? say("cancelled")], not_learnable: [] });
    });
  const shown = Object.entries(result?.frontiers ?? {}).filter(([name, points]) => (names.includes(name) || names.length === 0) && points.length > 1);
  return html`<h3>${say("brings")}</h3><p>${say("bringsMore")}</p>
    <div class="row"><button disabled=${busy} onClick=${go}>${say(result ? "askAgain" : "askBrings")}</button>
      ${share !== null && html`<progress max="1" value=${share} aria-label=${say("brings")}></progress> <span class="soft">${percent(share)}</span>`}</div>
    <${Trouble} trouble=${wrong} />
    <div role="status">${result?.says.map((sentence) => html`<p key=${sentence}>${sentence}</p>`)}</div>
    <div class="cards">${shown.map(([name, points]) => html`<${Frontier} key=${name} name=${name} points=${points} />`)}</div>
    ${result?.not_learnable.length > 0 && html`<details><summary>${say("cannotTold")}</summary><ul>${result.not_learnable.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul></details>`}`;
}

const [WIDE, HIGH, EDGE] = [320, 160, 34];

/** A curve: what is spent a case, and how often verdicts are right then; below it the same as a table. */
function Frontier({ name, points }) {
  const sorted = [...points].sort((a, b) => a.spent - b.spent);
  const rights = sorted.map((p) => p.accuracy);
  const most = sorted.at(-1).spent || 1;
  const [low, high] = [Math.min(...rights), Math.max(...rights)];
  const room = Math.max(high - low, 0.01);
  const x = (p) => EDGE + ((WIDE - EDGE - 10) * p.spent) / most;
  const y = (p) => 10 + (HIGH - EDGE - 10) * (1 - (p.accuracy - low) / room);
  return html`<figure class="card"><figcaption>${say("frontierOf", { name })}</figcaption>
    <svg viewBox=${`0 0 ${WIDE} ${HIGH}`} role="img" aria-label=${say("frontierSays", { low: percent(rights[0]), high: percent(high), most: number(most) })}>
      <path class="axis" d=${`M${EDGE} 6V${HIGH - EDGE}H${WIDE - 6}`} />
      <polyline points=${sorted.map((p) => `${x(p)},${y(p)}`).join(" ")} />
      ${sorted.map((p, i) => html`<circle key=${i} cx=${x(p)} cy=${y(p)} r="3" />`)}
      <text x="0" y=${y({ accuracy: high }) + 4}>${percent(high)}</text>${room === high - low && html`<text x="0" y=${y({ accuracy: low }) + 4}>${percent(low)}</text>`}
      <text x=${EDGE} y=${HIGH - 14}>0</text><text x=${WIDE - 6} y=${HIGH - 14} text-anchor="end">${say("aCase", { n: number(most) })}</text>
    </svg>
    <details><summary>${say("asNumbers")}</summary><table><thead><tr>${say("frontierColumns").map((word) => html`<th key=${word} scope="col">${word}</th>`)}</tr></thead>
      <tbody>${sorted.map((p, i) => html`<tr key=${i}><td class="number">${number(p.spent)}</td><td class="number">${percent(p.accuracy)}</td></tr>`)}</tbody></table></details></figure>`;
}

/** A limit that is new is written into service.yaml. */
function NewLimit({ settings }) {
  const [name, setName] = useState("people.minutes");
  const [most, setMost] = useState(60);
  const [perS, setPerS] = useState(String(DAY));
  const limits = { ...settings.limits, [name]: { limit: most, per_s: perS === "" ? null : Number(perS) } };
  const lines = `limits:\n${Object.entries(limits).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}\n`).join("")}`;
  return html`<details class="card wide"><summary>${say("addLimit")}</summary><p>${say("restart")}</p>
    <div class="fields"><label>${say("resource")}<input list="resources" value=${name} onInput=${(e) => setName(e.target.value)} />
      <datalist id="resources">${["people.minutes", "human_answers", "cpu_s", "net_mb"].map((r) => html`<option key=${r} value=${r}></option>`)}</datalist></label>
      <label>${say("amount")}<input type="number" min="0" value=${most} onInput=${(e) => setMost(e.target.valueAsNumber || 0)} /></label>
      <label>${say("period")}<select value=${perS} onChange=${(e) => setPerS(e.target.value)}>${["3600", "86400", "604800", ""].map((s) => html`<option key=${s} value=${s}>${each(s === "" ? null : Number(s))}</option>`)}</select></label></div>
    <${Copy} lines=${Object.keys(limits).length + 1} label="service.yaml" text=${lines} /></details>`;
}
