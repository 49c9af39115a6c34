// Where a machine looked, never why: grids of weights over pictures, parts of texts and series, and both told in words.

import { useMemo } from "preact/hooks";
import { html } from "./html.js";
import { say, spoken, teach } from "./words.js";

const TOLD = 3; // places that a sentence names
const FULL = 0.7; // opacity of the largest weight of a picture
const CUT = 40; // characters of a text that it quotes

teach({
  en: {
    looked: "Where {agent} looked", strongest: "Strongest: {places}.", alike: "The same everywhere ({share}).", partsAlike: "The same in all {n} parts ({share}).", nowhere: "Nowhere.",
    placeOf: "{place} ({share})", samples: "samples {from} to {to}", samplesOf: "samples {from} to {to} of {channel}", quoted: "“{text}”", comma: ", ",
    regions: [["upper left", "top", "upper right"], ["left", "middle", "right"], ["lower left", "bottom", "lower right"]],
    notHere: "It also names channels that this series does not have: {names}.", showOf: "Show where {agent} looked",
  },
  zh: {
    looked: "{agent} 所关注之处", strongest: "最强：{places}。", alike: "各处相同（{share}）。", partsAlike: "全部 {n} 段相同（{share}）。", nowhere: "没有任何位置。",
    placeOf: "{place}（{share}）", samples: "第 {from} 至 {to} 个采样", samplesOf: "{channel} 第 {from} 至 {to} 个采样", quoted: "“{text}”", comma: "、",
    regions: [["左上", "上方", "右上"], ["左侧", "中央", "右侧"], ["左下", "下方", "右下"]],
    notHere: "还提到了此序列没有的通道：{names}。", showOf: "显示 {agent} 所关注之处",
  },
});

/** A share in percent, small ones with one decimal. */
export const percent = (share) => `${new Intl.NumberFormat(spoken(), { maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(100 * share)}\u00a0%`;

const isRow = (row) => Array.isArray(row) && row.length > 0 && row.every(Number.isFinite);

/** Whether this is a grid of weights. */
export const isGrid = (told) => Array.isArray(told) && told.length > 0 && told.every((row) => isRow(row) && row.length === told[0].length);

/** Parts of a text or a series as [{channel, from, to, weight}]; a channel of null is all of them. */
export function partsOf(told) {
  const of = (channel, parts) => (Array.isArray(parts) ? parts : []).filter((p) => isRow(p) && p.length === 3).map(([from, to, weight]) => ({ channel, from, to, weight }));
  return Array.isArray(told) ? of(null, told) : Object.entries(told ?? {}).flatMap(([name, parts]) => of(name, parts));
}

const largest = (weights) => weights.reduce((a, b) => Math.max(a, b), 0);

/** Characters of a text as they are counted in `where` and in marks: code points, as in Python. */
export const cut = (text, from, to) => Array.from(text).slice(from, to).join("");

/** The largest weight, which is drawn as full colour. */
export const most = (form, told) => largest(form === "picture" ? told.flat() : partsOf(told).map((p) => p.weight));

/** The strongest places, in a sentence. `text`: what the parts are of, where that is a text. */
export function inWords(form, told, text) {
  const places = form === "picture" ? cells(told) : partsOf(told).map((p) => ({ weight: p.weight, place: partName(p, text) }));
  const top = largest(places.map((p) => p.weight));
  if (!(top > 0)) return say("nowhere");
  const share = percent(top);
  if (places.length > TOLD && places.every((p) => p.weight === top))
    return form === "picture" ? say("alike", { share }) : say("partsAlike", { n: places.length, share });
  const best = new Map(); // each place once
  for (const { place, weight } of [...places].sort((a, b) => b.weight - a.weight))
    if (weight >= top / 2 && !best.has(place)) best.set(place, weight);
  const names = [...best].slice(0, TOLD).map(([place, weight]) => say("placeOf", { place, share: percent(weight) }));
  return say("strongest", { places: names.join(say("comma")) });
}

function partName({ channel, from, to }, text) {
  if (text === undefined) return say(channel === null ? "samples" : "samplesOf", { from, to, channel });
  return say("quoted", { text: cut(text, from, Math.min(to, from + CUT)) + (to - from > CUT ? "…" : "") });
}

/** Of each cell its weight, and in which ninth of the picture it is. */
function cells(grid) {
  const third = (i, n) => Math.min(2, Math.floor((3 * (i + 0.5)) / n));
  return grid.flatMap((row, y) => row.map((weight, x) => ({ weight, place: say("regions")[third(y, grid.length)][third(x, row.length)] })));
}

/** A grid over a picture of `width` by `height`: the warmer the more a cell weighs, and a line around the cells of half the largest weight or more. */
export function Overlay({ grid, agent, width, height, scale = 1, style }) {
  const drawn = useMemo(() => {
    const top = most("picture", grid) || 1;
    const [wide, high] = [width / grid[0].length, height / grid.length];
    return {
      cells: grid.flatMap((row, y) => row.map((weight, x) => weight > 0 && html`<rect x=${x * wide} y=${y * high} width=${wide} height=${high} fill-opacity=${(FULL * weight) / top} />`)),
      line: outline(grid, top / 2, wide, high),
    };
  }, [grid, width, height]);
  return html`<svg class="overlay" role="img" aria-label=${`${say("looked", { agent })}. ${inWords("picture", grid)}`} viewBox=${`0 0 ${width} ${height}`} style=${style}>
    <g shape-rendering="crispEdges">${drawn.cells}</g>
    <path class="around" d=${drawn.line} stroke-width=${3.5 / scale} /><path d=${drawn.line} stroke-width=${1.5 / scale} /></svg>`;
}

/** The border between cells that weigh at least `least` and the others; none where all do. */
function outline(grid, least, wide, high) {
  const is = (y, x) => (grid[y]?.[x] ?? 0) >= least;
  if (grid.every((row) => row.every((weight) => weight >= least))) return "";
  let line = "";
  grid.forEach((row, y) => row.forEach((_, x) => {
    if (!is(y, x)) return;
    const [left, top] = [x * wide, y * high];
    if (!is(y - 1, x)) line += `M${left} ${top}h${wide}`;
    if (!is(y + 1, x)) line += `M${left} ${top + high}h${wide}`;
    if (!is(y, x - 1)) line += `M${left} ${top}v${high}`;
    if (!is(y, x + 1)) line += `M${left + wide} ${top}v${high}`;
  }));
  return line;
}

/** What the colours say: from no weight to the largest. */
export function Legend({ form, agent, told }) {
  return html`<span class="legend">${say("looked", { agent })}: ${percent(0)} <span class=${`ramp ${form}`}></span> ${percent(most(form, told))}</span>`;
}
