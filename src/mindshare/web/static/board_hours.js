// The hours of a person: what holds now, and other ones from now on.

import { useEffect, useState } from "preact/hooks";
import { moment } from "./board_words.js";
import { Dialog } from "./frame.js";
import { html } from "./html.js";
import { say, teach } from "./words.js";

const en = {
  open: "Hours", title: "Hours of {person}", loading: "Looking …", now: "Now: {why}", atWork: "Now: on shift.",
  always: "No hours are written of this person: cases come at any time.", settings: "These are the hours of the settings.", changed: "{by} changed these hours on {at}.",
  shift: "Shift {n}", days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], from: "From", to: "To", night: "ends on the next day", more: "One more shift", remove: "Remove shift {n}",
  zone: "Time zone", per_day: "Minutes a day (empty: all)", per_shift: "Minutes a shift (empty: all)", off: "Days off stay as they are: {days}.", pause: "A break of {minutes} min is due after {after} min, as before.",
  follows: "Holds from now on, also after a restart, until the settings say something else of this person. A case in hand stays.", save: "From now on", back: "As the settings say", cancel: "Cancel",
  noDay: "Choose a day for each shift, with a time from and to.",
};

const zh = {
  open: "工时", title: "{person} 的工时", loading: "正在查看……", now: "现在：{why}", atWork: "现在：在班。",
  always: "此人没有写明工时：随时可以分到案例。", settings: "这是设置中写明的工时。", changed: "{by} 于 {at} 更改了工时。",
  shift: "班次 {n}", days: ["周一", "周二", "周三", "周四", "周五", "周六", "周日"], from: "从", to: "到", night: "次日结束", more: "再加一个班次", remove: "删除班次 {n}",
  zone: "时区", per_day: "每天分钟数（留空：全部）", per_shift: "每班分钟数（留空：全部）", off: "休息日不变：{days}。", pause: "休息不变：工作 {after} 分钟后休息 {minutes} 分钟。",
  follows: "从现在起生效，重启后仍然有效，直到设置对此人另有规定。手中的案例保留。", save: "从现在起", back: "按设置", cancel: "取消",
  noDay: "请为每个班次选择日期以及起止时间。",
};

teach({ en: { hours: en }, zh: { hours: zh } });

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MIDNIGHT = "24:00"; // as an end; a field for a time has 00:00
const told = (name, values = {}) => say("hours")[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const zones = () => [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A week as it is written, day by day, as lines: the days that have the same shift stand together. */
export function linesOf(week) {
  const lines = new Map();
  for (const day of DAYS)
    for (const span of week[day] ?? []) {
      const [from, to] = span.split("-");
      const line = lines.get(span) ?? { days: [], from, to: to === MIDNIGHT ? "00:00" : to };
      lines.set(span, { ...line, days: [...line.days, day] });
    }
  return [...lines.values()];
}

/** The same week, written day by day. */
export function weekOf(lines) {
  const week = {};
  for (const { days, from, to } of lines)
    for (const day of days) week[day] = [...(week[day] ?? []), `${from}-${to === "00:00" ? MIDNIGHT : to}`];
  return week;
}

export function Hours({ api, person, close, done }) {
  const [known, setKnown] = useState(null); // as the service tells it
  const [lines, setLines] = useState([]);
  const [wrong, setWrong] = useState("");
  const path = `/v1/people/${encodeURIComponent(person)}/shifts`;
  useEffect(() => {
    api.get(path).then((it) => {
      setKnown(it);
      setLines(linesOf(it.shifts?.week ?? Object.fromEntries(DAYS.map((day) => [day, [`00:00-${MIDNIGHT}`]]))));
    }).catch((error) => setWrong(error.message));
  }, []);
  const send = (shifts) => api.post(path, { shifts }).then(() => (done(), close())).catch((error) => setWrong(error.message));
  const save = (event) => {
    event.preventDefault();
    const { zone, minutes } = Object.fromEntries(new FormData(event.target));
    if (!lines.length || lines.some((line) => !line.days.length || !line.from || !line.to)) return setWrong(told("noDay"));
    const { minutes: _, ...rest } = known.shifts ?? {}; // days off and breaks stay
    return send({ ...rest, zone, week: weekOf(lines), ...(minutes === "" ? {} : { minutes: Number(minutes) }) });
  };
  const change = (at, part) => setLines(lines.map((line, i) => (i === at ? { ...line, ...part } : line)));
  const more = () => setLines([...lines, { days: [], from: "09:00", to: "17:00" }]);
  return html`<${Dialog} title=${told("title", { person })} close=${close}><div class="hours" aria-busy=${!known && !wrong}>
    ${!known && !wrong && html`<p>${told("loading")}</p>`}
    ${known && html`<${Holds} known=${known} /><form onSubmit=${save}>
      ${lines.map((line, i) => html`<${Line} key=${i} n=${i + 1} line=${line} change=${(part) => change(i, part)} remove=${lines.length > 1 && (() => setLines(lines.filter((_, j) => j !== i)))} />`)}
      <button type="button" class="plain" onClick=${more}>${told("more")}</button>
      <label>${told("zone")}<input name="zone" list="zones" required maxlength="60" autocomplete="off" defaultValue=${known.shifts?.zone ?? here()} /></label>
      <datalist id="zones">${zones().map((zone) => html`<option key=${zone} value=${zone}></option>`)}</datalist>
      <label>${told(`per_${known.shifts?.per ?? "day"}`)}<input name="minutes" type="number" min="0" step="any" defaultValue=${known.shifts?.minutes ?? ""} /></label>
      <${Stays} shifts=${known.shifts} />
      <p class="soft">${told("follows")}</p>
      <p role="alert" class="wrong">${wrong}</p>
      <div class="row"><button class="main">${told("save")}</button>
        ${known.changed && html`<button type="button" onClick=${() => send(null)}>${told("back")}</button>`}
        <button type="button" class="plain" onClick=${close}>${told("cancel")}</button></div></form>`}
    ${!known && html`<p role="alert" class="wrong">${wrong}</p>`}</div><//>`;
}

/** What holds now, and who said so. */
function Holds({ known }) {
  const { changed, why_not: why } = known;
  return html`<p>${why ? html`<span lang="en">${told("now", { why })}</span>` : told("atWork")}</p>
    <p class="soft">${changed ? told("changed", { by: changed.by, at: moment(changed.at) }) : told(known.shifts ? "settings" : "always")}</p>`;
}

function Line({ n, line, change, remove }) {
  const { days, from, to } = line;
  const flip = (day) => change({ days: days.includes(day) ? days.filter((d) => d !== day) : DAYS.filter((d) => d === day || days.includes(d)) });
  return html`<fieldset><legend>${told("shift", { n })}</legend>
    <div class="days">${DAYS.map((day, i) => html`<label key=${day}><input type="checkbox" checked=${days.includes(day)} onChange=${() => flip(day)} />${say("hours").days[i]}</label>`)}</div>
    <div class="span"><label>${told("from")}<input type="time" required value=${from} onInput=${(e) => change({ from: e.target.value })} /></label>
      <label>${told("to")}<input type="time" required value=${to} onInput=${(e) => change({ to: e.target.value })} /></label>
      ${remove && html`<button type="button" aria-label=${told("remove", { n })} onClick=${remove}>×</button>`}</div>
    <p class="soft next-day">${to && from && to !== "00:00" && to <= from ? told("night") : ""}</p></fieldset>`;
}

/** What is not changed here. */
function Stays({ shifts }) {
  const { off, break: pause } = shifts ?? {};
  return html`${off && html`<p class="soft">${told("off", { days: off.join(", ") })}</p>`}
    ${pause && html`<p class="soft">${told("pause", pause)}</p>`}`;
}
