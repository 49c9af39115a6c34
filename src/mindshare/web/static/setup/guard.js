// Rules that no price can buy, in a form: those that hold, others, and none; the whole guard is applied at once.

import { useMemo, useState } from "preact/hooks";
import { html } from "../html.js";
import { say } from "../words.js";
import { Less, SetBy, useChange } from "./change.js";

const RULES = ["mandatory_review", "two_persons", "audit_share", "never_automate", "opt_out"]; // what is safe while STOP is on is kept as it is
const NEW = { audit_share: { share: 0.05 } };
const CONDITIONS = ["stakes", "group", "label", "belief", "waited"];
const NOT_OF = { audit_share: ["label", "belief", "waited"], opt_out: ["label", "belief"] }; // what is audited must not hang on what is proposed

let number = 0;
const row = (rule, body) => ({ id: (number += 1), rule, body: body ?? {} });
const rowsOf = (tree) => Object.entries(tree).flatMap(([rule, body]) => (Array.isArray(body) ? body.map((each) => row(rule, each)) : [row(rule, body)]));

/** The rows as service.yaml has them: one is a mapping, several are a list. */
function treeOf(rows) {
  const tree = {};
  for (const { rule, body } of rows) (tree[rule] ??= []).push(body);
  return Object.fromEntries(Object.entries(tree).map(([rule, each]) => [rule, each.length === 1 ? each[0] : each]));
}

export function Guard({ service, session, ...with_ }) {
  const told = with_.rules.guard;
  const [edited, setEdited] = useState(null); // null: as it is
  const [reason, setReason] = useState("");
  const change = useChange(with_, () => (setEdited(null), setReason("")));
  const asItIs = useMemo(() => rowsOf(told.rules), [told]);
  const rows = edited ?? asItIs;
  const other = edited !== null && JSON.stringify(treeOf(edited)) !== JSON.stringify(treeOf(asItIs));
  const put = (at, body) => setEdited(rows.map((each, i) => (i === at ? { ...each, body } : each)));
  const submit = (event) => (event.preventDefault(), change.send({ guard: treeOf(rows), reason }));
  return html`<form class="card wide" onSubmit=${submit}><h3>${say("guard")}</h3>
    <p>${say("guardMore")}</p>${session.role !== "admin" && html`<p class="note">${say("onlyStricter")}</p>`}
    ${rows.length === 0 && html`<p>${say("noRule")}</p>`}
    ${rows.map((each, i) => html`<${Rule} key=${each.id} each=${each} service=${service} put=${(body) => put(i, body)} drop=${() => setEdited(rows.filter((_, at) => at !== i))} />`)}
    <p class="note">${say("alwaysRules")}</p>
    <label class="short">${say("addRule")}<select value="" onChange=${(e) => e.target.value && (setEdited([...rows, row(e.target.value, NEW[e.target.value])]), (e.target.value = ""))}>
      <option value="">–</option>${RULES.map((name) => html`<option key=${name} value=${name}>${say("ruleNames")[name]}</option>`)}</select></label>
    <${SetBy} told=${told} />
    <label>${say("whyChange")}<input maxlength="2000" value=${reason} onInput=${(e) => setReason(e.target.value)} /></label>
    <div class="row"><button class="main" disabled=${change.busy || !other}>${say("apply")}</button>
      <button type="button" disabled=${!other} onClick=${() => setEdited(null)}>${say("asItWas")}</button></div>
    <${Less} change=${change} /></form>`;
}

/** One rule: its settings, and when it holds. */
function Rule({ each: { id, rule, body }, service, put, drop }) {
  const name = say("ruleNames")[rule] ?? rule;
  if (!RULES.includes(rule)) return html`<fieldset class="rule"><legend>${name}</legend><p class="note">${JSON.stringify(body)}</p></fieldset>`;
  const when = body.when ?? {};
  const kinds = service.kinds.map(({ kind }) => kind).filter(Boolean);
  const features = [...new Set(service.kinds.flatMap(({ example }) => Object.keys(example)))].map((feature) => `feature.${feature}`);
  const names = [...CONDITIONS.filter((what) => !NOT_OF[rule]?.includes(what)), ...features];
  const set = (more) => put({ ...body, ...more });
  const setWhen = (entries) => {
    const { when: _, ...rest } = body;
    put(entries.length ? { ...rest, when: Object.fromEntries(entries) } : rest);
  };
  const listed = kinds.length > 1 && (when.kind === undefined || kinds.includes(when.kind)); // one kind, or all: a list; else it is written
  const conditions = Object.entries(when).filter(([what]) => !(listed && what === "kind"));
  const others = Object.entries(when).filter(([what]) => listed && what === "kind");
  const free = names.filter((what) => when[what] === undefined);
  const move = (at, entry) => setWhen([...others, ...conditions.map((old, i) => (i === at ? entry : old))]);
  return html`<fieldset class="rule"><legend>${name}</legend><div class="fields">
      ${rule === "mandatory_review" && html`<label>${say("howMany")}<input type="number" min="1" step="1" required value=${body.people ?? 1} onInput=${(e) => set({ people: e.target.valueAsNumber })} /></label>`}
      ${rule === "audit_share" && html`<label>${say("ofCases")}<input type="number" min="0" max="100" step="any" required value=${Number((100 * body.share).toPrecision(6))} onInput=${(e) => set({ share: e.target.valueAsNumber / 100 })} /></label>`}
      ${rule === "two_persons" && html`<label>${say("third")}<input value=${written(body.adjudicators ?? "")} onChange=${(e) => set({ adjudicators: e.target.value.trim() ? read(e.target.value) : undefined })} /></label>`}
      ${listed && html`<label>${say("forKind")}<select value=${when.kind ?? ""} onChange=${(e) => setWhen([...(e.target.value ? [["kind", e.target.value]] : []), ...conditions])}>
        <option value="">${say("everyKind")}</option>${kinds.map((kind) => html`<option key=${kind} value=${kind}>${kind}</option>`)}</select></label>`}</div>
    ${rule === "opt_out" && html`<label class="check"><input type="checkbox" checked=${body.machines_attend ?? false} onChange=${(e) => set({ machines_attend: e.target.checked })} />${say("machinesAttend")}</label>`}
    ${conditions.map(([what, value], i) => html`<div class="condition" key=${`${id} ${i}`}>
      <label>${say("onlyIf")}<select value=${what} onChange=${(e) => move(i, [e.target.value, value])}>${[what, ...free].map((each) => html`<option key=${each} value=${each}>${say("conditions")[each] ?? each.replace("feature.", "")}</option>`)}</select></label>
      <label>${say("isSo")}<input required placeholder=">=5" value=${written(value)} onChange=${(e) => move(i, [what, read(e.target.value)])} /></label>
      <button type="button" aria-label=${say("dropCondition", { what })} onClick=${() => setWhen([...others, ...conditions.filter((_, at) => at !== i)])}>✕</button></div>`)}
    <div class="row">${free.length > 0 && html`<button type="button" onClick=${() => setWhen([...others, ...conditions, [free[0], ""]])}>${say("addCondition")}</button>`}
      <button type="button" aria-label=${`${say("dropRule")}: ${name}`} onClick=${drop}>${say("dropRule")}</button></div></fieldset>`;
}

/** Words with commas between; what compares with a number stays as it is written. */
const written = (value) => (Array.isArray(value) ? value.join(", ") : String(value));
const read = (text) => {
  const words = text.split(",").map((word) => word.trim()).filter(Boolean);
  return words.length > 1 ? words : (words[0] ?? "");
};
