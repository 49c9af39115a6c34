// Advice: what machines say of a case, asked for by key or shown after the own answer. The service writes it down before it tells anything.

import { useEffect, useRef } from "preact/hooks";
import { Offline, Refused } from "./api.js";
import { placeOf } from "./evidence.js";
import { cut, inWords, isGrid, most, percent as inPercent } from "./heat.js";
import { html } from "./html.js";
import { say, teach } from "./words.js";

teach({
  en: {
    heat: "Where it looked", heatMore: "Where {agent} looked. This says nothing of why.",
    askMachines: "Machines", ownFirst: "Your own answer first. Then you may be shown what machines say, and decide.",
    youSaid: "You said", same: "as you", other: "not as you", keep: "Keep my answer", asking: "What machines say is asked for …",
    decidedAlone: "Decided without advice: on some cases none is given.",
    adviceKeys: { Enter: "keep my answer, once machines have spoken" },
    policy: "Some practice cases carry wrong advice on purpose",
    policyMore: "Now and then you get a practice case whose answer is known. On some of these, what machines are said to say is wrong on purpose, so that it can be measured how far people follow advice that is wrong. This is never done on a case that counts. Trust your own eyes.",
    understood: "I have read this",
  },
  zh: {
    heat: "关注之处", heatMore: "{agent} 所关注之处。这并不说明原因。",
    askMachines: "机器意见", ownFirst: "请先给出您自己的回答。之后您可能会看到机器的意见，再作决定。",
    youSaid: "您的回答", same: "与您一致", other: "与您不同", keep: "保留我的回答", asking: "正在获取机器的意见……",
    decidedAlone: "本例未提供机器意见：部分案例不提供。",
    adviceKeys: { Enter: "看过机器意见后保留我的回答" },
    policy: "部分练习案例会故意给出错误的意见",
    policyMore: "您有时会遇到答案已知的练习案例。其中一部分显示的机器意见是故意写错的，以便衡量人们在多大程度上会跟随错误的意见。在真实案例上绝不会这样做。请相信您自己的判断。",
    understood: "我已阅读",
  },
});

const POLICY = "policy read by "; // and an account, in this browser

/** Whether this case waits until its person has read that some practice cases carry wrong advice. */
export const unread = (lease, account) => Boolean(lease.planted) && !localStorage.getItem(POLICY + account);

/** Asks for what machines say; `own`: the own answer before that, {label, ...}. Where none is given, the own answer is the answer. */
export async function reveal(work, own) {
  const { lease } = work;
  if (work.phase !== "case" || lease.answers || lease.asking) return;
  lease.asking = true;
  work.told = "";
  work.changed();
  let told = null;
  let why = "";
  try {
    told = await work.api.post("/v1/reveal", { token: lease.token, ...(own ? { label: own.label } : {}) });
    if (!told && work.lease === lease) return work.next(); // nobody needs the answer any more
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return work.left();
    if (!(error instanceof Offline || error instanceof Refused)) throw error;
    why = error.message;
  }
  lease.asking = false;
  if (work.lease !== lease || work.phase !== "case") return;
  if (told) Object.assign(lease, { answers: told.answers, advice: "", own });
  else if (own) {
    work.answer(own.label, own.more);
    work.told = "decidedAlone";
  } else Object.assign(work, { told: why });
  work.changed();
}

/** Whether a machine's answer says where it looked. */
export const hasHeat = (lease) => lease.answers?.some((a) => a.where) ?? false;

const DRAWN = ["picture", "series"]; // what is drawn in the evidence itself, of one machine at a time

const drawable = (lease) => (lease.answers ?? []).filter((a) => Object.entries(a.where ?? {}).some(([name, told]) => typeof told === "object" && DRAWN.includes(placeOf(lease, name).form)));

/** The machine whose places are drawn in the evidence, the chosen one or the first; null where none told of any. */
export const drawnOf = (lease, whose) => drawable(lease).find((a) => a.agent === whose) ?? drawable(lease)[0] ?? null;

/** What machines say, beside the own answer; `heat`: with where they looked, `drawn`: whose places the evidence shows, `draw`: chooses that. */
export function Advice({ lease, keep, heat, drawn, draw, toggle, press }) {
  const box = useRef(null);
  const { answers, own } = lease;
  const seen = answers?.length > 0;
  useEffect(() => {
    if (seen && own) box.current?.scrollIntoView({ block: "nearest" });
  }, [seen]);
  const beside = (label) => (own && label !== null ? ` · ${say(label === own.label ? "same" : "other")}` : "");
  return html`<div class="advice" ref=${box} aria-live="polite">
    ${lease.advice === "after" && html`<p class="note">${say(lease.asking ? "asking" : "ownFirst")}</p>`}
    ${lease.advice === "request" && lease.asking && html`<p class="note">${say("asking")}</p>`}
    ${seen && html`<h2>${say("machines")}</h2><dl class="facts">
      ${own && html`<div><dt>${say("youSaid")}</dt><dd><strong>${own.label ?? say("cannotTell")}</strong></dd></div>`}
      ${answers.map((a) => html`<div key=${a.agent}><dt>${a.agent}</dt><dd>${a.label ?? "–"}${percent(a.confidence)}${beside(a.label)}</dd></div>`)}</dl>`}
    ${seen && own && html`<button class="main keep" onClick=${keep}>${say("keep")} <kbd>Enter</kbd></button>`}
    ${hasHeat(lease) && html`<button aria-pressed=${heat} onClick=${toggle}>${say("heat")} <kbd>${press}</kbd></button>`}
    ${heat && answers.filter((a) => a.where).map((a) => html`<${Heat} key=${a.agent} agent=${a.agent} where=${a.where} lease=${lease}>
      ${drawable(lease).length > 1 && drawable(lease).includes(a) && html`<button aria-pressed=${a === drawn} onClick=${() => draw(a.agent)}>${say("showOf", { agent: a.agent })}</button>`}<//>`)}
  </div>`;
}

function Heat({ agent, where, lease, children }) {
  return html`<figure class="heat"><figcaption>${say("heatMore", { agent })}</figcaption>${children}
    ${Object.entries(where).map(([name, told]) =>
      typeof told === "number"
        ? html`<label key=${name}>${name}<meter min="0" max="1" value=${told}>${Math.round(100 * told)} %</meter></label>`
        : html`<${Places} key=${name} told=${told} place=${placeOf(lease, name)} />`)}
  </figure>`;
}

/** Of one text, picture or series: the strongest places in words, and a text with them. */
function Places({ told, place: { title, form, text } }) {
  const fits = form === "picture" ? isGrid(told) : form === "series" || (form === "text" && Array.isArray(told));
  if (!fits) return null; // the kind shows it otherwise than when the case came
  return html`${form === "text" && html`<p class="text"><${Warm} text=${text} parts=${told} /></p>`}
    <p class="strongest">${title && form !== "text" ? html`<strong>${title}</strong> · ` : ""}${inWords(form, told, text)}</p>`;
}

/** A text, each part [from, to, weight] of it the warmer the more it weighs. */
function Warm({ text, parts }) {
  const out = [];
  const top = most("text", parts) || 1;
  let at = 0;
  for (const [from, to, weight] of [...parts].sort((a, b) => a[0] - b[0])) {
    if (from < at) continue;
    const style = { background: `color-mix(in srgb, var(--mark) ${Math.round((100 * weight) / top)}%, transparent)` };
    out.push(cut(text, at, from), html`<mark style=${style} title=${inPercent(weight)}>${cut(text, from, to)}</mark>`);
    at = to;
  }
  return [...out, cut(text, at)];
}

const percent = (share) => (typeof share === "number" ? ` (${Math.round(100 * share)} %)` : "");

/** The policy, in the place of the first case: its clock stands still until this is read. */
export function Policy({ work, account, read }) {
  const button = useRef(null);
  useEffect(() => {
    work.clock(false);
    button.current?.focus();
  }, []);
  const done = () => {
    localStorage.setItem(POLICY + account, "1");
    work.clock(true);
    read();
  };
  return html`<main class="narrow"><h1>${say("policy")}</h1><p>${say("policyMore")}</p>
    <button class="main" ref=${button} onClick=${done}>${say("understood")}</button></main>`;
}

/** Of the list of keys: those of advice, and the policy. */
export function AdviceHelp({ lease }) {
  return html`<dl class="facts keylist">${Object.entries(say("adviceKeys")).map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    ${lease.planted && html`<h2>${say("policy")}</h2><p>${say("policyMore")}</p>`}`;
}
