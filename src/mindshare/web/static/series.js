// A window of a series with several channels: a row for each, drawn by uPlot, all zoomed together.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { fileOf } from "./files.js";
import { Legend, inWords, most as mostOf, partsOf } from "./heat.js";
import { html } from "./html.js";
import { Zoom, useFile } from "./picture.js";
import { readSeries } from "./series_read.js";
import { say, teach } from "./words.js";

const ROW = 104; // pixels
const MOST = 32; // rows
const BAR = 8; // pixels, of the largest weight
const FEW = 4; // rows that are kept free for a file that has not come yet
/** Blue, vermilion and green of Okabe and Ito, as dark or as light as each paper wants. */
export const colours = { light: ["#0072b2", "#b34a00", "#00735a"], dark: ["#56b4e9", "#e69f00", "#4fd3b6"] };

teach({
  en: { seriesKeys: "{title}: + and - zoom, arrows move, 0 shows all of it", series: "Series", badSeries: "This series cannot be read: {why}",
    channel: "{name}: {n} values from {low} to {high}", moreChannels: "{n} more channels are not shown.", seconds: "seconds" },
  zh: { seriesKeys: "{title}：+ 和 - 缩放，方向键移动，0 显示全部", series: "序列", badSeries: "无法读取此序列：{why}",
    channel: "{name}：{n} 个值，从 {low} 到 {high}", moreChannels: "另有 {n} 个通道未显示。", seconds: "秒" },
});

if (!document.querySelector("link[href='/static/vendor/uplot.css']"))
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/vendor/uplot.css" }));

const look = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const isDark = () => look("color-scheme") === "dark" || (look("color-scheme") !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);

/** `heat`: where a machine looked, {agent, told}: bands under the curves. */
export function Series({ part, heat }) {
  const name = typeof part.window === "string" ? part.window : null;
  const { blob, wrong } = useFile(name);
  const [read, setRead] = useState(() => (name === null ? null : fileOf(name).read ?? null));
  useEffect(() => {
    let mine = true;
    if (blob && !read) Series.ready(part).then((told) => mine && setRead(told));
    return () => void (mine = false);
  }, [blob]);
  const told = useMemo(() => (name === null ? readSeries.inline(part.window) : read), [read, part]);
  const title = part.title || say("series");
  const rows = told?.channels ? Math.min(told.channels.length, MOST) : FEW;
  return html`<figure class="series">${part.title && html`<figcaption>${part.title}</figcaption>`}
    ${wrong}${told?.wrong && html`<p role="alert" class="wrong">${say("badSeries", { why: told.wrong })}</p>`}
    ${!wrong && !told?.wrong && html`<div style=${{ minHeight: `${rows * ROW + 72}px` }}>
      ${told?.channels ? html`<${Rows} told=${told} title=${title} heat=${heat} />` : html`<p class="soft" role="status">${say("loading")}</p>`}</div>`}
  </figure>`;
}

/** Reads the file of a part, so that it is there when it is shown. */
Series.ready = async (part) => {
  const file = await fileOf(part.window).there;
  if (file.blob) file.read ??= await readSeries(file.blob, part);
  return file.read;
};

function Rows({ told, title, heat }) {
  const box = useRef(null);
  const warm = useRef(null);
  warm.current = heat;
  const plots = useRef([]);
  const shown = told.channels.slice(0, MOST);
  const first = told.x[0];
  const last = told.x[told.x.length - 1];
  useEffect(() => {
    const places = [...box.current.querySelectorAll(".channel")];
    const sync = `series-${Math.random()}`;
    const dark = isDark;
    plots.current = shown.map((channel, i) => new uPlot(options(i, i === shown.length - 1, places[i].clientWidth, sync, dark, bands(warm, channel.name)), [told.x, channel.values], places[i]));
    const sized = new ResizeObserver(() => plots.current.forEach((u, i) => u.setSize({ width: places[i].clientWidth, height: height(i === shown.length - 1) })));
    sized.observe(box.current);
    const redraw = () => plots.current.forEach((u) => u.redraw(false, true));
    const themed = new MutationObserver(redraw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", redraw);
    return () => {
      sized.disconnect();
      themed.disconnect();
      system.removeEventListener("change", redraw);
      plots.current.forEach((u) => u.destroy());
    };
  }, [told]);
  useEffect(() => plots.current.forEach((u) => u.redraw(false, false)), [heat?.agent, heat?.told]);

  const span = () => {
    const { min, max } = plots.current[0].scales.x;
    return [min ?? first, max ?? last];
  };
  const set = (min, max) => {
    const wide = Math.min(max - min, last - first);
    const low = Math.min(Math.max(min, first), last - wide);
    plots.current.forEach((u) => u.setScale("x", { min: low, max: low + wide }));
  };
  const zoom = (by) => {
    const [min, max] = span();
    const half = (max - min) / 2 / by;
    set((min + max) / 2 - half, (min + max) / 2 + half);
  };
  const move = (part) => {
    const [min, max] = span();
    set(min + part * (max - min), max + part * (max - min));
  };
  const whole = () => set(first, last);
  const names = new Set(told.channels.map((channel) => channel.name));
  const foreign = [...new Set(heat ? partsOf(heat.told).map((p) => p.channel) : [])].filter((name) => name !== null && !names.has(name));
  const keys = { "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: whole, ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2) };
  const press = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return html`<div class="rows" ref=${box} tabindex="0" role="group" aria-label=${say("seriesKeys", { title })} onKeyDown=${press}>
      ${shown.map((channel) => html`<div key=${channel.name} class="channelrow"><span class="channelname">${channel.name}</span>
        <div class="channel" role="img" aria-label=${say("channel", { name: channel.name, n: channel.values.length, low: short(least(channel.values)), high: short(most(channel.values)) }) + lookedAt(heat, channel.name)}></div></div>`)}
    </div>
    ${told.channels.length > MOST && html`<p class="note">${say("moreChannels", { n: told.channels.length - MOST })}</p>`}
    <${Zoom} closer=${() => zoom(1.5)} farther=${() => zoom(1 / 1.5)} whole=${whole} at="">${heat && html`<${Legend} form="series" agent=${heat.agent} told=${heat.told} />`}<//>
    ${foreign.length > 0 && html`<p class="note">${say("notHere", { names: foreign.join(", ") })}</p>`}`;
}

/** What is told of this channel, or of all. */
const ofChannel = (heat, name) => (heat ? partsOf(heat.told).filter((p) => p.channel === null || p.channel === name) : []);

/** Where a machine looked in this channel, after what the channel is. */
function lookedAt(heat, name) {
  const mine = ofChannel(heat, name).map(({ from, to, weight }) => [from, to, weight]);
  return mine.length ? `. ${say("looked", { agent: heat.agent })}: ${inWords("series", mine)}` : "";
}

/** Draws the bands of a channel below its curve: the warmer the more they weigh, and at the foot of each a bar as high as its weight. */
function bands(warm, name) {
  return (u) => {
    const heat = warm.current;
    const mine = ofChannel(heat, name).filter((p) => p.weight > 0);
    if (!mine.length) return;
    const top = mostOf("series", heat.told);
    const { left, top: above, width: wide, height: high } = u.bbox;
    const [xs, ratio] = [u.data[0], devicePixelRatio];
    const at = (i) => u.valToPos(xs[Math.min(i, xs.length - 1)], "x", true);
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, above, wide, high);
    u.ctx.clip();
    for (const { from, to, weight } of mine) {
      if (from >= xs.length) continue;
      const [x, share] = [at(from), weight / top];
      const width = Math.max(at(to) - x, ratio);
      u.ctx.fillStyle = look("--heat");
      u.ctx.globalAlpha = 0.06 + 0.39 * share;
      u.ctx.fillRect(x, above, width, high);
      u.ctx.fillStyle = look("--soft");
      u.ctx.globalAlpha = 1;
      u.ctx.fillRect(x, above + high - BAR * share * ratio, width, BAR * share * ratio);
    }
    u.ctx.restore();
  };
}

const height = (isLast) => ROW - 24 + (isLast ? 22 : 0);

function options(i, isLast, width, sync, dark, below) {
  const soft = () => look("--soft");
  const rule = () => ({ stroke: () => look("--rule"), width: 1 });
  return {
    width,
    height: height(isLast),
    legend: { show: false },
    hooks: { drawClear: [below] },
    cursor: { sync: { key: sync }, drag: { x: true, y: false }, points: { size: 6 } },
    scales: { x: { time: false } },
    axes: [{ show: isLast, stroke: soft, grid: rule(), ticks: rule(), size: 28 }, { stroke: soft, grid: rule(), ticks: rule(), size: 52 }],
    series: [{}, { stroke: () => colours[dark() ? "dark" : "light"][i % colours.light.length], width: 1.5, points: { show: false } }],
    padding: [6, 8, 0, 0],
  };
}

const least = (values) => values.reduce((a, b) => (b === null || a <= b ? a : b), Infinity);
const most = (values) => values.reduce((a, b) => (b === null || a >= b ? a : b), -Infinity);
const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–");
