// What a case shows: text, a table, numbers, pictures, series, several together. Whatever stands in it is text to the browser.

import { useEffect, useReducer, useState } from "preact/hooks";
import { fileOf, show, unwant, want } from "./files.js";
import { cut } from "./heat.js";
import { html } from "./html.js";
import { Pixels, isPicture } from "./pixels.js";
import { say, spoken, teach } from "./words.js";

teach({ en: { moreText: "Show more: {shown} of {all} characters are shown" }, zh: { moreText: "显示更多：已显示 {all} 个字符中的 {shown} 个" } });

const MOST = 20_000; // characters of one text at once: browsers need gigabytes for a million
const LONG = 80; // characters, from which on a feature is a text of its own
const LATER = { image: ["Picture", () => import("./picture.js")], window: ["Series", () => import("./series.js")], points: ["Points", () => import("./points.js")] };
const FILES = ["image", "window"]; // of these, those that may be files
const MOST_POINTS = 5_000;
const there = {}; // of these, once they were loaded
const FEATURE = Symbol("feature"); // of a part that shows one

/** `show` of a case ({text, table, image, window, items}, or anything) and its features, in the order of the template where there is one.
 * `heat`: where a machine looked, {agent, where}: shown in pictures and series. */
export function Evidence({ lease, heat }) {
  useState(() => show(lease.token, filesOf(lease))); // before anything of the last case goes
  useEffect(() => () => unwant(lease.token), []);
  return groups(partsOf(lease)).map((part, i) => html`<${Shown} key=${i} what=${part} heat=${heatOf(part, lease, heat)} />`);
}

/** What a name in `where` stands for: {title, form: picture, series or text, text}; a feature goes before a part of `show` with this title. */
export function placeOf(lease, name) {
  if (!Object.hasOwn(lease.features, name)) return formOf(partsOf(lease).find((part) => part?.[FEATURE] === undefined && !part?.fact && titleOf(part) === name));
  const laid = lease.template?.length ? partsOf(lease).find((part) => part?.[FEATURE] === name) : null;
  const told = formOf(laid);
  return ["picture", "series"].includes(told.form) ? told : { title: name, form: "text", text: String(lease.features[name]) };
}

const titleOf = (part) => (typeof part?.title === "string" ? part.title : "");

function formOf(part) {
  const title = titleOf(part);
  if (part?.image || isPicture(part?.pixels)) return { title, form: "picture" };
  if (part?.window) return { title, form: "series" };
  const text = typeof part === "string" ? part : part?.text;
  return typeof text === "string" ? { title, form: "text", text } : {};
}

/** Where the machine looked in this part, {agent, told}. */
function heatOf(part, lease, heat) {
  const name = part?.[FEATURE] ?? titleOf(part);
  const isOther = part?.[FEATURE] === undefined && Object.hasOwn(lease.features, name);
  const told = heat && !isOther && Object.hasOwn(heat.where, name) ? heat.where[name] : null;
  return told !== null && typeof told === "object" ? { agent: heat.agent, told } : null;
}

/** Fetches what the case of this lease will show, so that it is there at once. */
export function prefetchEvidence(lease) {
  want(lease.token, filesOf(lease), true);
  for (const name of filesOf(lease)) fileOf(name);
  for (const part of partsOf(lease)) {
    if (part?.image) load("image");
    if (isPlane(part?.points)) load("points");
    if (part?.window) load("window").then(() => typeof part.window === "string" && there.window.ready(part));
  }
}

function partsOf({ features, show: shown, template }) {
  const own = shown === null || shown === undefined ? [] : [shown].flat(Infinity);
  if (template?.length)
    return template.flatMap((part) => (part.feature === "" ? own : [asPart(part, features[part.feature] ?? null)]));
  const isLong = (value) => typeof value === "string" && value.length >= LONG;
  const all = Object.entries(features);
  return [
    ...own,
    ...all.filter(([, value]) => isLong(value)).map(([title, text]) => ({ title, text, [FEATURE]: title })),
    ...all.filter(([, value]) => !isLong(value)).map(([name, value]) => ({ fact: [name, value] })),
  ];
}

function asPart({ feature, title, as, unit }, value) {
  const name = title || feature;
  const its = (part) => ({ title: name, ...part, [FEATURE]: feature });
  if (value !== null && (as === "image" || as === "window") && typeof value === "string") return its({ [as]: value });
  if (as === "text") return its({ text: value === null ? "–" : String(value) });
  if (as === "table" && typeof value === "string") return its({ table: { rows: value.trim().split("\n").map((line) => line.split(/[\t;,]/)) } });
  return { fact: [name, value === null || !unit ? value : `${word(value)} ${unit}`] };
}

/** Facts that stand together become one list. */
function groups(parts) {
  const out = [];
  for (const part of parts) {
    const last = out[out.length - 1];
    if (part?.fact && last?.facts) last.facts.push(part.fact);
    else out.push(part?.fact ? { facts: [part.fact] } : part);
  }
  return out;
}

const filesOf = (lease) =>
  partsOf(lease).flatMap((part) => FILES.filter((name) => typeof part?.[name] === "string").map((name) => part[name]));

/** Whether these are points that can be drawn. */
const isPlane = (points) =>
  Array.isArray(points?.at) && points.at.length > 0 && points.at.length <= MOST_POINTS && points.at.every((one) => Array.isArray(one) && Number.isFinite(one[0]) && Number.isFinite(one[1]))
  && ["level", "levels", "ringed"].every((name) => Array.isArray(points[name] ?? [])) && Array.isArray(points.lines ?? []) && (points.lines ?? []).every(Array.isArray);

function Shown({ what, heat }) {
  if (typeof what !== "object" || what === null) return html`<${Text} text=${String(what)} />`;
  if (what.facts) return html`<${Facts} facts=${what.facts} />`;
  const later = what.image && typeof what.image === "string" ? "image" : what.window && typeof what.window !== "number" ? "window" : isPlane(what.points) ? "points" : null;
  if (later) return html`<${Later} name=${later} part=${what} heat=${heat} />`;
  const title = what.title && html`<figcaption>${what.title}</figcaption>`;
  if (typeof what.text === "string")
    return html`<figure>${title}<${Text} text=${what.text} marks=${what.highlights} /></figure>`;
  if (Array.isArray(what.table?.rows)) return html`<figure>${title}<${Table} table=${what.table} /></figure>`;
  if (isPicture(what.pixels)) return html`<figure>${title}<${Pixels} pixels=${what.pixels} heat=${heat} /></figure>`;
  return html`<${Facts} facts=${Object.entries(what)} />`;
}

/** A part whose code is loaded when the first case shows one. */
function Later({ name, part, heat }) {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    if (!there[name]) load(name).then(again);
  }, []);
  return there[name] ? html`<${there[name]} part=${part} heat=${heat} />` : html`<figure class=${name}></figure>`;
}

async function load(name) {
  const [what, from] = LATER[name];
  there[name] = (await from())[what];
}

/** A text; of a very long one as much as somebody wants. */
function Text({ text, marks }) {
  const [most, more] = useState(MOST);
  const number = (n) => n.toLocaleString(spoken());
  return html`<p class="text" dir="auto"><${Marked} text=${text.slice(0, most)} marks=${marks ?? []} /></p>
    ${text.length > most && html`<button class="plain" onClick=${() => more(most + MOST)}>${say("moreText", { shown: number(most), all: number(text.length) })}</button>`}`;
}

/** Text in which parts [from, to] are marked. */
function Marked({ text, marks }) {
  const parts = [];
  let at = 0;
  for (const [from, to] of [...marks].filter(Array.isArray).sort((a, b) => a[0] - b[0])) {
    if (from < at || to <= from || from >= text.length) continue;
    parts.push(cut(text, at, from), html`<mark>${cut(text, from, to)}</mark>`);
    at = to;
  }
  return [...parts, cut(text, at)];
}

function Table({ table }) {
  return html`<div class="scroll" tabindex="0" role="region"><table>
    ${table.columns && html`<thead><tr>${table.columns.map((c) => html`<th scope="col">${word(c)}</th>`)}</tr></thead>`}
    <tbody>${table.rows.map((row) => html`<tr>${row.map((cell) => html`<td class=${typeof cell === "number" ? "number" : ""}>${word(cell)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function Facts({ facts }) {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${word(value)}</dd></div>`)}</dl>`;
}

const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });

function word(value) {
  if (typeof value === "number") return number.format(value);
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
