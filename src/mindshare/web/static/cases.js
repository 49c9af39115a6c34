// Cases at the desk: one case a screen, one key decides.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Advice, AdviceHelp, Policy, drawnOf, hasHeat, reveal, unread } from "./advice.js";
import { Api } from "./api.js";
import "./desk_words.js";
import { Evidence, prefetchEvidence } from "./evidence.js";
import { dropAll } from "./files.js";
import { Dialog, Key } from "./frame.js";
import { useGuidelines } from "./guidelines.js";
import { Hints } from "./hints.js";
import { html } from "./html.js";
import { KEYED, Settings, USUAL, keyOf, keysOf, labelKeys, printed, wantsNotices } from "./keys.js";
import { Own } from "./own.js";
import { Safely } from "./safely.js";
import { say, spoken } from "./words.js";
import { Work } from "./work.js";

const PATIENCE_MS = 10_000; // with the service at the desk; then it is said that nothing comes
const SURE = [null, 0.25, 0.5, 0.75, 0.95];

let mine = null; // the work of whoever is signed in

/** The work, and beside it what helps in the first minute. */
export function Cases({ session, left }) {
  return html`<${Working} session=${session} left=${left} /><${Hints} token=${session.token} />`;
}

function Working({ session, left }) {
  const [, changed] = useReducer((n) => n + 1, 0);
  const work = useRef(null);
  work.current ??= new Work(new Api(session.token, PATIENCE_MS), session.account, changed, left);
  useEffect(() => {
    mine = work.current;
    mine.start();
    const seen = () => work.current.phase === "case" && work.current.clock(!document.hidden);
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      work.current.stop();
      dropAll();
    };
  }, []);
  const { phase, lease, until, told, done } = work.current;
  useEffect(() => void (done && dispatchEvent(new Event("answered"))), [done]);
  useNotice(lease?.token, session.account);
  const { ahead } = work.current;
  useEffect(() => void (ahead && prefetchEvidence(ahead)), [ahead?.token]);
  if (lease) return html`<${OneCase} key=${lease.token} work=${work.current} lease=${lease} />`;
  return html`<main class="narrow" aria-live="polite" aria-busy=${phase === "asking"}>
    ${phase === "asking" && html`<h1 class="slowly">${say("looking")}</h1>`}
    ${phase === "waiting" && html`<h1>${say("waiting")}</h1><p>${say("waitingMore")}</p><p class="soft">${say("waitingLong")}</p>`}
    ${phase === "resting" && html`<h1>${say("resting")}</h1><p>${told}</p>${until && html`<p>${say("restingUntil", { at: when(until) })}</p>`}`}
    ${phase === "away" && html`<h1>${say("stopped")}</h1><p>${told || say("stoppedMore")}</p>`}
    <${Foot} work=${work.current} />
  </main>`;
}

const when = (at) => new Date(1000 * at).toLocaleString(spoken(), { dateStyle: "short", timeStyle: "short" });

/** A case that comes while the page is out of sight is told by the title, and by the system where the person wants that. */
function useNotice(token, account) {
  useEffect(() => {
    if (!token || !document.hidden) return undefined;
    const before = document.title;
    document.title = `● ${say("newCase")}`;
    const note = wantsNotices(account) && window.Notification?.permission === "granted" ? new Notification(say("newCase"), { body: say("newCaseMore"), tag: "case" }) : null;
    const back = () => {
      if (document.hidden) return;
      document.title = before;
      note?.close();
      document.removeEventListener("visibilitychange", back);
    };
    document.addEventListener("visibilitychange", back);
    return () => {
      document.title = before;
      document.removeEventListener("visibilitychange", back);
    };
  }, [token]);
}

function OneCase({ work, lease }) {
  const [sure, setSure] = useState(0);
  const [open, setOpen] = useState(""); // a dialog: skip, escalate, settings, figures, help; or note, search
  const [note, setNote] = useState("");
  const [policy, setPolicy] = useState(unread(lease, work.account));
  const [heat, setHeat] = useState(false);
  const [whose, setWhose] = useState(""); // of whom the evidence shows where a machine looked
  const [veiled, setVeiled] = useState(Boolean(lease.blur));
  const [changed, guidelines] = useGuidelines(lease, work.account);
  const head = useRef(null);
  useLayoutEffect(() => {
    head.current?.focus({ preventScroll: true });
    if (scrollY) scrollTo(0, 0);
  }, [policy]);
  const keys = keysOf(work.account);
  const labelled = labelKeys(lease, keys);
  const decide = (label) => {
    if (veiled) return undefined;
    const more = { ...(SURE[sure] === null ? {} : { confidence: SURE[sure] }), ...(note ? { comment: note } : {}) };
    return lease.advice === "after" ? (setOpen(""), reveal(work, { label, more })) : work.answer(label, more);
  };
  const keep = () => lease.own && decide(lease.own.label);
  const does = {
    cannotTell: () => decide(null), skip: () => setOpen("skip"), escalate: () => setOpen("escalate"), undo: () => work.undo(),
    confidence: () => setSure((sure + 1) % SURE.length), note: () => setOpen(open === "note" ? "" : "note"), help: () => setOpen("help"),
    search: () => setOpen("search"), pause: () => work.pause(), figures: () => setOpen("figures"), settings: () => setOpen("settings"),
    look: () => lease.blur && setVeiled(!veiled), machines: () => lease.advice === "request" && !veiled && reveal(work),
    heat: () => hasHeat(lease) && setHeat(!heat),
  };
  const acts = Object.assign(Object.create(null), Object.fromEntries(Object.entries(does).map(([action, act]) => [keys[action], act])));
  for (const [label, key] of Object.entries(labelled)) acts[key] = () => decide(label);
  const drawn = heat && hasHeat(lease) ? drawnOf(lease, whose) : null;
  const key = (action) => keyOf(keys, action, labelled);
  useLayoutEffect(() => {
    // at once, not after the next frame: no key of a quick hand is lost, and none is read as it was meant for the case before
    const pressed = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "Escape") return setOpen("");
      if (event.target.closest("input, textarea, dialog") || ([" ", "Enter"].includes(event.key) && event.target.closest("button, summary, a"))) return;
      const pressedKey = event.key.toLowerCase();
      const act = pressedKey === "enter" && lease.own ? keep : acts[pressedKey];
      if (!act || policy || (work.phase === "paused" && pressedKey !== keys.pause)) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  });
  if (policy) return html`<${Policy} work=${work} account=${work.account} read=${() => setPolicy(false)} />`;
  if (work.phase === "paused")
    return html`<main class="narrow"><h1 tabindex="-1" ref=${head}>${say("paused")}</h1><p>${say("pausedMore")}</p>
      <button class="main" onClick=${() => work.pause()}>${say("goOn")} <kbd>${printed(keys.pause)}</kbd></button></main>`;
  return html`<main class="case">
    <section class="seen" aria-label=${say("evidence")}>
      <h1 tabindex="-1" ref=${head}>${lease.kind ? `${lease.kind} · ${lease.case}` : lease.case}</h1>
      ${changed}
      ${lease.why && html`<p class="note">${say("why")}${say("colon")}${lease.why}</p>`}
      ${lease.deadline && html`<p class="note">${say("deadline", { at: new Date(1000 * lease.deadline).toLocaleString(spoken()) })}</p>`}
      <${Veil} on=${veiled} may=${lease.blur} press=${key("look")} act=${does.look}><${Safely} what=${[lease.show, lease.features]}><${Evidence} lease=${lease} heat=${drawn} /><//><//>
      ${guidelines}
    </section>
    <section class="answers" aria-label=${say("question")}>
      <h2>${say("question")}</h2>
      ${open === "search" ? html`<${Search} labels=${lease.labels} pick=${decide} />` : html`<${Labels} labels=${lease.labels} keys=${labelled} pick=${decide} find=${does.search} press=${key("search")} off=${veiled} />`}
      <div class="row">
        <${Key} word="cannotTell" press=${key("cannotTell")} act=${does.cannotTell} />
        <${Key} word="skip" press=${key("skip")} act=${does.skip} />
        <${Key} word="escalate" press=${key("escalate")} act=${does.escalate} />
        <${Key} word="pause" press=${key("pause")} act=${does.pause} />
        <${Key} word="note" press=${key("note")} act=${does.note} on=${open === "note" || note !== ""} />
        ${lease.advice === "request" && html`<${Key} word="askMachines" press=${key("machines")} act=${does.machines} />`}
        <button aria-live="polite" class="sure" onClick=${does.confidence}>${say("confidence")}${say("colon")}${say("sure")[sure]} <kbd>${key("confidence")}</kbd></button>
      </div>
      ${open === "note" && html`<label class="note">${say("noteHere")}<textarea autofocus ref=${(box) => box?.focus()} value=${note} onInput=${(e) => setNote(e.target.value)}></textarea></label>`}
      <${Advice} lease=${lease} keep=${keep} heat=${heat} drawn=${drawn} draw=${setWhose} toggle=${does.heat} press=${key("heat")} />
      <${Foot} work=${work} does=${does} press=${key} />
    </section>
    ${open === "skip" && html`<${Why} title=${say("reason")} reasons=${say("reasons")} close=${() => setOpen("")} go=${(why) => work.skip(why)} />`}
    ${open === "escalate" && html`<${Why} title=${say("whyUp")} reasons=${say("upReasons")} own close=${() => setOpen("")} go=${(why) => work.escalate(why)} />`}
    ${open === "settings" && html`<${Settings} account=${work.account} close=${() => setOpen("")} />`}
    ${open === "figures" && html`<${Own} api=${work.api} close=${() => setOpen("")} />`}
    ${open === "help" && html`<${Help} keys=${keys} lease=${lease} close=${() => setOpen("")} />`}
  </main>`;
}

function Labels({ labels, keys, pick, find, press, off }) {
  const first = labels.filter((label, i) => i < KEYED || keys[label]);
  const two = first.length > 6 && first.every((label) => label.length <= 14); // short ones stand in two columns, so that all below them is in sight
  return html`<div class=${two ? "labels two" : "labels"}>
    ${first.map((label) => html`<button key=${label} class="label" disabled=${off} onClick=${() => pick(label)}><kbd>${printed(keys[label])}</kbd> <bdi>${label}</bdi></button>`)}
    ${labels.length > first.length && html`<button class="label" disabled=${off} onClick=${find}><kbd>${press}</kbd> ${say("search")} (${labels.length})</button>`}
  </div>`;
}

/** What may weigh on people is blurred until somebody wants to look. */
function Veil({ on, may, press, act, children }) {
  if (!may) return children;
  return html`<div class="veil">
    <div class=${on ? "veiled" : ""} inert=${on}>${children}</div>
    ${on ? html`<div class="over"><h2>${say("blurred")}</h2><p>${say("blurredMore")}</p><button class="main" onClick=${act}>${say("look")} <kbd>${press}</kbd></button></div>`
      : html`<button class="plain" onClick=${act}>${say("cover")} <kbd>${press}</kbd></button>`}
  </div>`;
}

function Search({ labels, pick }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = labels.filter((label) => label.toLowerCase().includes(typed.toLowerCase()));
  const press = (event) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && found.length) pick(found[at]);
    else return;
    event.preventDefault();
  };
  return html`<div class="search">
    <input role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant=${found.length ? `found-${at}` : undefined} aria-label=${say("search")}
      placeholder=${say("search")} ref=${(box) => box?.focus()} value=${typed} onKeyDown=${press} onInput=${(e) => (setTyped(e.target.value), setAt(0))} />
    <ul id="found" role="listbox" aria-label=${say("question")}>${found.map((label, i) => html`<li id=${`found-${i}`} key=${label} role="option" aria-selected=${i === at} onClick=${() => pick(label)}>${label}</li>`)}</ul>
    ${found.length === 0 && html`<p role="status">${say("noMatch")}</p>`}
  </div>`;
}

function Foot({ work, does, press = () => "U" }) {
  return html`<footer class="row" aria-live="polite">
    ${work.last && html`<button onClick=${() => work.undo()}>${say("undo")} <kbd>${press("undo")}</kbd></button>`}
    ${does && ["figures", "settings", "help"].map((action) => html`<button key=${action} class="plain" onClick=${does[action]}>${say(action)} <kbd>${press(action)}</kbd></button>`)}
    <span class="soft">${say("done", { n: work.done })}</span>
    ${(work.queue.length > 1 || (work.late && work.queue.length > 0)) && html`<span class="soft">${say("waits", { n: work.queue.length })}</span>`}
    ${work.told && !["resting", "away"].includes(work.phase) && html`<span class=${say(work.told) ? "soft" : "wrong"}>${say(work.told) ?? work.told}</span>`}
  </footer>`;
}

/** A reason, of a few or (`own`) in the person's words. */
function Why({ title, reasons, own, close, go }) {
  const [words, setWords] = useState("");
  const done = (why) => (close(), go(why));
  const press = (e) => e.target.tagName !== "INPUT" && reasons[Number(e.key) - 1] && done(reasons[Number(e.key) - 1]);
  return html`<${Dialog} title=${title} close=${close}>
    <div class="labels" onKeyDown=${press}>
      ${reasons.map((why, i) => html`<button key=${why} class="label" autofocus=${i === 0} onClick=${() => done(why)}><kbd>${i + 1}</kbd> ${why}</button>`)}
      ${own && html`<form onSubmit=${(e) => (e.preventDefault(), words.trim() && done(words.trim()))}><label>${say("ownWords")}
        <input value=${words} maxlength="2000" onInput=${(e) => setWords(e.target.value)} /></label><button class="main">${say("send")}</button></form>`}
      <button class="plain" onClick=${close}>${say("cancel")}</button>
    </div><//>`;
}

function Help({ keys, lease, close }) {
  const names = say("keys");
  const labels = Object.values(labelKeys(lease, keys)).map(printed);
  const press = [["labels", labels.length > 3 ? `${labels[0]} … ${labels.at(-1)}` : labels.join(" ")], ...Object.keys(USUAL).filter((what) => names[what] && keys[what]).map((what) => [what, printed(keys[what])])];
  return html`<${Dialog} title=${say("help")} close=${close}>
    <dl class="facts keylist">${press.map(([what, key]) => html`<div key=${what}><dt><kbd>${key}</kbd></dt><dd>${names[what]}</dd></div>`)}</dl>
    <${AdviceHelp} lease=${lease} />
    <button class="main" autofocus onClick=${close}>${say("close")}</button><//>`;
}

/** Whether whoever is signed in may leave: answers that were not sent yet are lost then, and are asked about first. */
export async function leaving() {
  const n = mine?.queue.length;
  if (n && !confirm(say("unsent", { n }))) return false;
  await mine?.wipe();
  return true;
}
