// Who answers: people with their load, skill and cost, and whether they get cases; and machines.

import { useState } from "preact/hooks";
import { Hours } from "./board_hours.js";
import { Card, Table } from "./board_parts.js";
import { figure, moment, percent, share, word } from "./board_words.js";
import { html } from "./html.js";
import { say } from "./words.js";

const FEW = 30; // people that are shown at first, those with most to do

const standingOf = (p) => (!p.active ? "off" : !p.on_shift ? "shift" : p.has ? "busy" : p.waits ? "waits" : "free");
const RANK = ["busy", "waits", "free", "shift", "off"];

export function People({ api, people, steers, done }) {
  const [all, setAll] = useState(false);
  const [wrong, setWrong] = useState("");
  const [hours, setHours] = useState(""); // of whom they are looked at; not in the row, which moves while others come and go
  const act = (promise) => promise.then(() => (setWrong(""), done())).catch((error) => setWrong(error.message));
  const sorted = [...people].sort((a, b) => RANK.indexOf(standingOf(a)) - RANK.indexOf(standingOf(b)) || b.today - a.today || (a.id < b.id ? -1 : 1));
  const head = ["person", "state", "has", "today", "answers", "right", "seconds", "agreement", ...(steers ? ["steer"] : [])].map((name) => word(name));
  return html`<${Card} id="people" title=${word("people")} told=${people} path="GET /v1/board people" wide>
    ${people.length === 0 ? html`<p>${word("noPeople")}</p>` : html`<${Table} label=${word("people")} head=${head}>
      ${(all ? sorted : sorted.slice(0, FEW)).map((p) => html`<${Person} key=${p.id} p=${p} api=${api} steers=${steers} act=${act} hours=${setHours} />`)}<//>`}
    ${people.length > FEW && html`<button onClick=${() => setAll(!all)}>${all ? word("fewer") : word("all", { n: figure(people.length) })}</button>`}
    ${hours && html`<${Hours} key=${hours} api=${api} person=${hours} close=${() => setHours("")} done=${done} />`}
    ${wrong && html`<p role="alert" class="wrong">${wrong}</p>`}<//>`;
}

function Person({ p, api, steers, act, hours }) {
  const { skill } = p;
  const known = skill.right + skill.wrong > 0;
  const give = () => act(api.ask("PATCH", `/v1/agents/${encodeURIComponent(p.id)}`, { active: !p.active }));
  const shift = () => act(api.post("/v1/shift", { person: p.id, on: !p.on_shift }));
  return html`<tr><th scope="row">${p.id}</th>
    <td>${word("standing")[standingOf(p)]}${p.why_not && p.active && p.on_shift && html`<div class="soft" lang="en">${p.why_not}</div>`}</td>
    <td class="number">${figure(p.has)}</td><td class="number">${figure(p.today)}</td><td class="number">${figure(p.answers)}</td>
    <td class=${known ? "" : "soft"}>${percent(skill.accuracy)} (${skill.accuracy_95.map((x) => (100 * x).toFixed(0)).join("–")})</td>
    <td class="number">${figure(skill.seconds)}</td><td>${share(p.agreement)}</td>
    ${steers && html`<td class="acts"><button aria-label=${`${word(p.active ? "giveNone" : "give")}: ${p.id}`} onClick=${give}>${word(p.active ? "giveNone" : "give")}</button>
      <button aria-label=${`${word(p.on_shift ? "offShift" : "onShift")}: ${p.id}`} onClick=${shift}>${word(p.on_shift ? "offShift" : "onShift")}</button>
      <button aria-label=${`${say("hours").open}: ${p.id}`} onClick=${() => hours(p.id)}>${say("hours").open}</button></td>`}</tr>`;
}

export function Machines({ machines }) {
  const here = machines.some((m) => m.here); // else nothing is known of loads and failures, and nothing is to be shown
  const uses = machines.some((m) => Object.keys(m.uses).length > 0);
  const head = ["machine", "state", ...(here ? ["has", "answers", "failures"] : []), "right", ...(uses ? ["uses"] : [])];
  return html`<${Card} id="machines" title=${word("machines")} told=${machines} path="GET /v1/board machines">
    ${machines.length === 0 ? html`<p>${word("noMachines")}</p>` : html`<${Table} label=${word("machines")} head=${head.map((name) => word(name))}>
      ${machines.map((m) => html`<tr key=${m.id}><th scope="row">${m.id}</th>
        <td>${m.aside_until ? word("aside", { at: moment(m.aside_until) }) : word(m.here ? "runsHere" : "comesWith")}</td>
        ${here && html`<td class="number">${m.here ? figure(m.has) : "–"}</td><td class="number">${m.here ? figure(m.answers) : "–"}</td><td class="number">${m.here ? figure(m.failures) : "–"}</td>`}
        <td>${share(m.skill)}</td>${uses && html`<td>${Object.entries(m.uses).map(([r, x]) => `${figure(x)} ${r}`).join(", ") || "–"}</td>`}</tr>`)}<//>`}<//>`;
}
