// One case: why it is where it is, what would have been otherwise, its history; and for a lead, an appeal or a verdict of one's own.

import { useEffect, useRef, useState } from "preact/hooks";
import { figure, moment, percent, word } from "./board_words.js";
import { Evidence } from "./evidence.js";
import { Dialog } from "./frame.js";
import { html } from "./html.js";
import { Safely } from "./safely.js";

const SMALL = 0.0005; // a belief that would be printed as 0.0 %
const MOST = 6; // labels whose belief is told

export function CasePanel({ api, id, steers, close }) {
  const [told, setTold] = useState(null); // {case, why, story}
  const [wrong, setWrong] = useState("");
  const [heard, setHeard] = useState(""); // what would be otherwise, in the service's words
  const [round, setRound] = useState(0);
  const path = `/v1/cases/${encodeURIComponent(id)}`;
  const asked = (promise) => promise.catch((error) => setWrong(error.message));
  useEffect(() => {
    let over = false;
    asked((async () => {
      const stands = await api.get(path);
      const why = await api.get(`${path}/why`).catch((error) => ({ why: error.message })); // erased contents explain nothing, and say so
      const story = await api.get(`${path}/story`);
      const seen = steers ? await api.get(`${path}/seen`).catch(() => null) : null; // nothing of it is left where it was erased
      if (!over) setTold({ stands, why: why.why, story, seen });
    })());
    return () => (over = true);
  }, [id, round]);
  const more = () => asked((async () => {
    const story = await api.get(`${path}/story?after=${told.story.next}`);
    setTold({ ...told, story: { ...story, steps: [...told.story.steps, ...story.steps] } });
  })());
  const otherwise = (change) => asked(api.post(`${path}/otherwise`, change).then(({ says }) => (setHeard(says), setWrong(""))));
  return html`<${Dialog} title=${word("caseTitle", { id })} close=${close}><div class="broad case-panel" aria-busy=${!told && !wrong}>
    ${!told && !wrong && html`<p>${word("loading")}</p>`}
    ${told && html`<${Stands} told=${told} />
      ${told.seen && html`<h3>${word("theCase")}</h3><div class="looked" tabindex="0" role="region" aria-label=${word("theCase")}><${Safely} what=${[told.seen.show, told.seen.features]}><${Evidence} lease=${{ ...told.seen, token: `looked at ${id}` }} /><//></div>`}
      <${Otherwise} told=${told} heard=${heard} ask=${otherwise} />
      ${steers && html`<${Steer} api=${api} path=${path} told=${told} done=${() => setRound(round + 1)} />`}
      <h3>${word("history")}</h3>
      <ol class="story">${told.story.steps.map((step, i) => html`<${Step} key=${i} step=${step} />`)}</ol>
      ${told.story.next !== null && html`<button onClick=${more}>${word("moreSteps")}</button>`}`}
    <p role="alert" class="wrong">${wrong}</p>
    <div class="row"><button class="main" autofocus onClick=${close}>${word("close")}</button></div></div><//>`;
}

function Stands({ told }) {
  const { stands, why } = told;
  const { verdict } = stands;
  const belief = Object.entries(verdict?.belief ?? {}).filter(([, x]) => x >= SMALL).sort(([, a], [, b]) => b - a).slice(0, MOST);
  return html`<p class="why" lang="en">${why}</p>
    <dl class="facts">
      <div><dt>${word("stateNow")}</dt><dd>${word("states")[stands.state] ?? word("reopened")}</dd></div>
      ${stands.kind && html`<div><dt>${word("kind")}</dt><dd>${stands.kind}</dd></div>`}
      ${verdict && html`<div><dt>${word("label")}</dt><dd>${verdict.label} · ${word("by")[verdict.by] ?? verdict.by}</dd></div>`}
      ${belief.length > 0 && html`<div><dt>${word("belief")}</dt><dd>${belief.map(([label, x], i) => html`${i > 0 && ", "}<bdi>${label}</bdi> ${percent(x, 1)}`)}</dd></div>`}
      ${stands.outcome && html`<div><dt>${word("outcome")}</dt><dd>${stands.outcome}</dd></div>`}
    </dl>`;
}

/** Who was heard by the end of a story: each agent with what he, she or it said last. */
const heardOf = (story) => (story.steps.at(-1)?.known ?? []).reduce((all, { agent, label }) => all.set(agent, label), new Map());

function Otherwise({ told, heard, ask }) {
  const agents = [...heardOf(told.story).keys()];
  const labels = Object.keys(told.stands.verdict?.belief ?? told.story.steps.findLast((s) => s.now)?.now.belief ?? {});
  const [agent, setAgent] = useState(agents[0] ?? "");
  return html`<h3 id="otherwise">${word("otherwise")}</h3>
    <div class="row" role="group" aria-labelledby="otherwise">
      <button onClick=${() => ask({ nobody: true })}>${word("nobody")}</button>
      ${agents.map((name) => html`<button key=${name} onClick=${() => ask({ without: [name] })}>${word("without", { agent: name })}</button>`)}</div>
    ${agents.length > 0 && labels.length > 0 && html`<div class="row">
      <select aria-label=${word("heard")} value=${agent} onChange=${(e) => setAgent(e.target.value)}>${agents.map((name) => html`<option key=${name}>${name}</option>`)}</select>
      <span>${word("said", { agent: "" }).trim()}</span>
      ${labels.map((label) => html`<button key=${label} onClick=${() => ask({ said: { [agent]: label } })}>${label}</button>`)}</div>`}
    <p role="status" class="heard" lang="en">${heard}</p>`;
}

function Steer({ api, path, told, done }) {
  const [open, setOpen] = useState(""); // reopen, override
  const [wrong, setWrong] = useState("");
  const [said, setSaid] = useState("");
  const labels = Object.keys(told.stands.verdict?.belief ?? told.story.steps.findLast((s) => s.now)?.now.belief ?? {});
  const form = useRef(null);
  const act = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form.current));
    try {
      await api.post(`${path}/${open}`, given);
      setOpen("");
      setWrong("");
      setSaid(word("done"));
      done();
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<div class="row">
      <button aria-expanded=${open === "reopen"} onClick=${() => setOpen(open === "reopen" ? "" : "reopen")}>${word("appeal")}</button>
      <button aria-expanded=${open === "override"} onClick=${() => setOpen(open === "override" ? "" : "override")}>${word("override")}</button>
      <span role="status">${said}</span></div>
    ${open && html`<form ref=${form} onSubmit=${act}><p class="soft">${word(open === "reopen" ? "appealSays" : "overrideSays")}</p>
      ${open === "override" && html`<label>${word("label")}<select name="label" required><option value="">–</option>${labels.map((label) => html`<option key=${label} value=${label}>${label}</option>`)}</select></label>`}
      <label>${word("reason")}<textarea name="reason" required maxlength="2000" ref=${(box) => box?.focus()}></textarea></label>
      <p role="alert" class="wrong">${wrong}</p>
      <button class="main">${word("do")}</button></form>`}`;
}

const NAMED = ["agent", "person", "by", "label", "reason", "why", "value", "net", "seconds"];

/** A step in a line: when, what, by whom, and what became of the verdict. */
function Step({ step }) {
  const { what } = step;
  const parts = NAMED.filter((name) => what[name] !== undefined && what[name] !== null && what[name] !== "" && what[name] !== 0)
    .map((name) => (typeof what[name] === "number" ? `${name} ${figure(what[name])}` : String(what[name])));
  return html`<li><span class="soft">${moment(step.at)}</span> <b>${word("happened")[step.is] ?? step.is}</b> ${parts.join(" · ")}
    ${step.says && html`<div lang="en">${step.says}</div>`}
    ${step.now && html`<div class="soft">${step.now.label}: ${percent(step.now.belief[step.now.label], 1)}</div>`}</li>`;
}

