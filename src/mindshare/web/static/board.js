// The board: what the service does now, and what a lead may change. A reader sees the same and changes nothing.

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Api } from "./api.js";
import { CasePanel } from "./board_case.js";
import { Live } from "./board_live.js";
import { Loop, stepsOf } from "./board_loop.js";
import { Bar, Card, Table, Whisker } from "./board_parts.js";
import { Plot } from "./board_plot.js";
import { Reliance } from "./board_reliance.js";
import { NewLimit, Stop, Stopped, WhatIf } from "./board_steer.js";
import { Machines, People } from "./board_team.js";
import { clock, figure, percent, share, span, word } from "./board_words.js";
import { begin } from "./frame.js";
import { html, styled } from "./html.js";
import { say } from "./words.js";

const STEER = ["lead", "admin"];
const PATIENCE_MS = 15_000; // with the service; then it is said that nothing comes
const ROWS = 25; // verdicts that are shown
const BOARD = "GET /v1/board";
let kept = null; // what was seen before the language changed

function Board({ session, left }) {
  const [drawn, changed] = useReducer((n) => n + 1, 0);
  const [open, setOpen] = useState(""); // the case that is looked at
  const live = useMemo(() => {
    if (kept?.api.token !== session.token) kept = new Live(new Api(session.token, PATIENCE_MS), changed, left);
    return Object.assign(kept, { changed, left });
  }, [session.token]);
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  const api = useMemo(() => new Api(session.token), [session.token]);
  const { board } = live;
  const [simulated, setSimulated] = useState([]); // people that are made up
  useEffect(() => void api.get("/v1/service").then((service) => setSimulated(service.simulated), () => null), [api]); // the figures stay without it
  const steers = STEER.includes(session.role);
  const look = () => live.again();
  const cards = useMemo(() => board && html`<${Cases} api=${api} board=${board} pick=${setOpen} />
    <${Limits} api=${api} board=${board} points=${live.points} steers=${steers} done=${look} />`, [board]);
  const rest = useMemo(() => board && html`<${People} api=${api} people=${board.people} steers=${steers} done=${look} />
    <${Machines} machines=${board.machines} />
    <${Groups} groups=${board.groups} />
    <${Quality} board=${board} />`, [board]);
  if (!board)
    return html`<main class="narrow" aria-busy=${!live.away}><h1>${word(live.away ? "away" : "loading")}</h1><p>${live.wrong}</p></main>`;
  return html`<main class="board" data-place=${live.place || board.place}>
    <div class="row heading"><h1>${word("title")}</h1>
      <span role="status" class=${live.away ? "away" : "live"}>${live.away ? `${word("away")} ${live.wrong}` : word("live")}</span>
      <span class="soft">${word("asOf", { at: clock(board.at) })}</span>
      <span class="fill"></span>
      ${steers && html`<${Stop} api=${api} kinds=${board.kinds} done=${look} />`}</div>
    ${!steers && html`<p class="soft">${word("reader")}</p>`}
    ${simulated.length > 0 && html`<p class="soft">${word("simulatedHere", { names: simulated.join(say("comma")) })}</p>`}
    <${Stopped} api=${api} stopped=${board.stopped} steers=${steers} done=${look} />
    <div class="tiles">
      <${Card} id="loop" title=${word("loop")} told=${board} path=${BOARD} wide><${Loop} steps=${stepsOf(board, (name) => live.count(name))} /><//>
      ${cards}
      <${Verdicts} verdicts=${live.verdicts} read=${live.read} pick=${setOpen} />
      ${rest}
      ${steers && html`<${Reliance} api=${api} />`}
      <${WhatIf} api=${api} limits=${board.limits} steers=${steers} />
    </div>
    ${open && html`<${CasePanel} key=${open} api=${api} id=${open} steers=${steers} close=${() => (setOpen(""), look())} />`}
  </main>`;
}

function Cases({ api, board, pick }) {
  const { cases, queue } = board;
  const states = word("states");
  const most = Math.max(1, ...Object.keys(word("ends")).map((end) => queue[end]));
  return html`<${Card} id="cases" title=${word("cases")} told=${{ cases, queue }} path=${`${BOARD} cases, queue`}>
    <dl class="figures">${Object.keys(states).map((name) => html`<div key=${name}><dt>${states[name]}</dt><dd>${figure(cases[name])}</dd></div>`)}</dl>
    <${SentUp} api=${api} count=${cases.escalated} pick=${pick} />
    <h3>${word("queue")}</h3>
    <dl class="bars">${Object.entries(word("ends")).map(([end, name]) => html`<div key=${end} class=${end === "over" ? "late" : ""}><dt>${name}</dt>
      <dd><${Bar} part=${queue[end] / most} /><span>${figure(queue[end])}</span></dd></div>`)}</dl>
    <p class="soft">${queue.oldest ? word("oldest", { case: queue.oldest.case, s: span(queue.oldest.waits_s), half: span(queue.median_s) }) : word("empty")}
      ${queue.must > 0 && ` ${word("must", { n: figure(queue.must) })}`}</p><//>`;
}

/** Cases that people sent to the lead: a click, and they can be decided or given back. */
function SentUp({ api, count, pick }) {
  const [cases, setCases] = useState([]);
  useEffect(() => {
    if (count) api.get("/v1/cases?state=escalated&limit=20").then((page) => setCases(page.cases)).catch(() => setCases([])); // the count stays
    else setCases([]);
  }, [count]);
  if (!cases.length) return null;
  return html`<h3>${word("sentUp")}</h3><div class="row">${cases.map(({ id }) => html`<button key=${id} class="link" onClick=${() => pick(id)}>${id}</button>`)}</div>`;
}

function Limits({ api, board, points, steers, done }) {
  const names = Object.keys(board.limits);
  const [of, setOf] = useState(names[0]);
  const [edit, setEdit] = useState("");
  const resource = names.includes(of) ? of : names[0];
  return html`<${Card} id="limits" title=${word("limits")} told=${board.limits} path=${`${BOARD} limits`}>
    ${names.length === 0 && html`<p>${word("noLimitsMore")}</p>`}
    ${names.map((r) => html`<${OneLimit} key=${r} name=${r} told=${board.limits[r]} steers=${steers} change=${() => setEdit(r)}>
      ${edit === r && html`<${NewLimit} api=${api} name=${r} limit=${board.limits[r].told ?? board.limits[r].limit} done=${done} close=${() => setEdit("")} />`}<//>`)}
    ${names.length > 1 && html`<label>${word("resource")}<select value=${resource} onChange=${(e) => setOf(e.target.value)}>${names.map((r) => html`<option key=${r} value=${r}>${r}</option>`)}</select></label>`}
    ${resource && html`<${Plot} points=${points} resource=${resource} drawn=${board} />`}<//>`;
}

function OneLimit({ name, told, steers, change, children }) {
  return html`<div class=${told.left > 0 ? "limit" : "limit late"} data-limit=${name}><div class="row"><b>${name}</b>
      <span class="soft">${told.per_s === null ? word("ever") : word("perPeriod", { s: span(told.per_s) })}</span><span class="fill"></span>
      ${steers && html`<button aria-label=${`${word("change")}: ${name}`} onClick=${change}>${word("change")}</button>`}</div>
    <${Bar} part=${told.limit > 0 ? told.spent / told.limit : 1} />
    <dl class="figures">${[["limit", told.limit], ["spent", told.spent], ["free", told.left], ["price", told.price]].map(([what, x]) => html`<div key=${what} class=${what}><dt>${word(what)}</dt><dd>${figure(x)}</dd></div>`)}</dl>
    ${told.why && html`<p class="soft" lang="en">${word("told", { n: figure(told.told) })}. ${told.why}</p>`}
    ${children}</div>`;
}

function Verdicts({ verdicts, read, pick }) {
  const [held, setHeld] = useState(null); // the list as it was when it was held
  const [find, setFind] = useState("");
  const inside = useRef(false);
  const shown = held ?? verdicts.slice(0, ROWS);
  const newer = held ? verdicts.indexOf(held[0]) : 0;
  const hold = (on) => setHeld(on ? verdicts.slice(0, ROWS) : null);
  const looked = (event) => {
    event.preventDefault();
    if (find.trim()) pick(find.trim());
  };
  const focused = (on) => {
    if (inside.current === on) return;
    inside.current = on;
    hold(on);
  };
  return html`<${Card} id="verdicts" title=${word("verdicts")} told=${verdicts} path="GET /v1/events?only=decided" wide>
    <div class="row"><p class="soft">${word("newest")}</p><span class="fill"></span>
      <button aria-pressed=${held !== null} onClick=${() => hold(held === null)}>${word("hold")}</button>
      <form class="row find" role="search" onSubmit=${looked}><input aria-label=${word("find")} placeholder=${word("find")} value=${find} onInput=${(e) => setFind(e.target.value)} /><button>${word("why")}</button></form></div>
    <p class="soft held" role="status">${held ? word("held", { n: figure(newer < 0 ? verdicts.length : newer) }) : ""}</p>
    ${shown.length === 0 ? html`<p>${word(read ? "noVerdicts" : "loading")}</p>` : html`<div class="stream" onFocusIn=${() => focused(true)} onFocusOut=${(e) => !e.currentTarget.contains(e.relatedTarget) && !document.querySelector("dialog[open]") && focused(false)}>
      <${Table} label=${word("verdicts")} head=${[word("time"), word("find"), word("label"), word("belief"), word("who"), word("heard")]}>
      ${shown.map((v) => html`<tr key=${v.id}><td>${clock(v.at)}</td>
        <td><button class="link" onClick=${() => pick(v.case)}>${v.case}</button></td><td>${v.label}</td><td class="number">${percent(Math.max(...v.belief))}</td>
        <td>${word("by")[v.by] ?? v.by}</td><td>${v.asked.join(", ") || html`<span class="soft">${word("machinesAlone")}</span>`}</td></tr>`)}<//></div>`}<//>`;
}

function Quality({ board }) {
  const { quality, agreement, rules } = board;
  const told = Object.entries(agreement);
  return html`<${Card} id="quality" title=${word("quality")} told=${{ quality, kinds_quality: board.kinds_quality, agreement, rules }} path=${`${BOARD} quality, agreement, rules`}>
    <p class="soft">${word("qualitySays")}</p>
    <dl class="bars">${Object.entries(word("rightBy")).map(([who, name]) => html`<${Part} key=${who} name=${name} told=${quality[who]} />`)}</dl>
    <h3>${word("between")}</h3>
    ${told.length === 0 ? html`<p>${word("noPairs")}</p>` : html`<dl class="bars">${told.map(([kind, a]) => html`<${Part} key=${kind} name=${kind || word("cases")} told=${a}
      more=${a.by_chance !== null && word("byChance", { x: percent(a.by_chance), beyond: figure(a.beyond, 2) })} />`)}</dl>`}
    <h3>${word("rules")}</h3>
    ${Object.keys(rules).length === 0 ? html`<p class="soft">${word("noRules")}</p>` : html`<dl class="figures">${Object.entries(rules).map(([rule, r]) => html`<div key=${rule}><dt>${word("ruleNames")[rule] ?? rule}</dt>
      <dd>${word("ofAll", { n: figure(r.cases), x: percent(r.share, 1) })}</dd></div>`)}</dl>`}<//>`;
}

function Part({ name, told, more }) {
  return html`<div><dt>${name}</dt><dd><${Whisker} told=${told} /><span>${told.share === null ? word("noOutcomes") : share(told)}
    <span class="soft"> ${told.count > 0 && word("ofN", { hits: figure(told.hits), n: figure(told.count) })}${more && html`${say("stop")}${more}`}</span></span></dd></div>`;
}

function Groups({ groups }) {
  return html`<${Card} id="groups" title=${word("groups")} told=${groups} path=${`${BOARD} groups`}>
    ${groups.groups.length === 0 ? html`<p>${word("noGroups")}</p>` : html`<${Table} label=${word("groups")} head=${[word("group"), word("casesN"), word("attended"), word("minutes"), word("right")]}>
      ${groups.groups.map((g) => html`<tr key=${g.group}><th scope="row">${g.group || word("noGroup")}</th><td class="number">${figure(g.cases)}</td><td>${share(g.attended)}</td>
        <td class="number">${figure(g.minutes / g.cases, 2)}</td><td>${share(g.right)}</td></tr>`)}<//>`}
    ${groups.more > 0 && html`<p class="soft">${word("more", { n: figure(groups.more) })}</p>`}<//>`;
}

await styled("/static/board.css"); // before the first picture, so that nothing moves
begin("board", Board);
