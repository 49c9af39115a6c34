// Points on a plane, such as a network of sensors: joined by lines, coloured by level, some of them ringed. Drawn here; nothing is fetched.

import { html, styled } from "./html.js";
import { say, teach } from "./words.js";

teach({
  en: { pointsSay: "{title}: {n} points", ofLevel: "{n} {level}", isRinged: "ringed: {what}", ringedHere: "ringed" },
  zh: { pointsSay: "{title}：{n} 个点", ofLevel: "{level} {n} 个", isRinged: "圈出：{what}", ringedHere: "圈出" },
});

await styled("/static/points.css"); // before the first one is drawn

const WIDE = 1000;
const EDGE = 32;
const LEVELS = 6; // colours that there are

/** `at` [[x, y], ...], x to the right and y down, in any unit; the others may be left out: `level` of each point, a place in the words
 * `levels`; `lines` [[a, b], ...] and `ringed` [a, ...], places in `at`. */
export function Points({ part }) {
  const { at, level = [], levels = [], lines = [], ringed = [] } = part.points;
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = (WIDE - 2 * EDGE) / (Math.max(wide, high) || 1);
  const x = (i) => (EDGE + (xs[i] - left) * scale).toFixed(1);
  const y = (i) => (EDGE + (ys[i] - top) * scale).toFixed(1);
  const r = Math.min(12, WIDE / (9 * Math.sqrt(at.length)));
  const there = (i) => Number.isInteger(i) && i >= 0 && i < at.length;
  const colour = (i) => (Number.isInteger(level[i]) && level[i] >= 0 && level[i] < LEVELS ? `level${level[i]}` : "none");
  const counts = levels.map((word, k) => say("ofLevel", { n: level.filter((one) => one === k).length, level: word }));
  const rings = ringed.filter(there);
  const what = rings.map((i) => levels[level[i]]).filter(Boolean).join(say("comma"));
  const told = [say("pointsSay", { title: part.title ?? "", n: at.length }), ...counts, ...(what ? [say("isRinged", { what })] : [])].join(say("comma"));
  return html`<figure class="points">${part.title && html`<figcaption>${part.title}</figcaption>`}
    <svg viewBox=${`0 0 ${(wide * scale + 2 * EDGE).toFixed(1)} ${(high * scale + 2 * EDGE).toFixed(1)}`} role="img" aria-label=${told}>
      <path class="line" d=${lines.filter(([a, b]) => there(a) && there(b)).map(([a, b]) => `M${x(a)} ${y(a)}L${x(b)} ${y(b)}`).join("")} />
      ${at.map((_, i) => html`<circle key=${i} class=${colour(i)} cx=${x(i)} cy=${y(i)} r=${r} />`)}
      ${rings.map((i) => html`<circle key=${`ring ${i}`} class="ring" cx=${x(i)} cy=${y(i)} r=${Math.max(2.2 * r, 20)} />`)}
    </svg>
    <p class="legend">${levels.slice(0, LEVELS).map((word, k) => html`<span key=${k}><i class=${`dot level${k}`}></i>${word}</span>`)}
      ${rings.length > 0 && html`<span><i class="dot ring"></i>${say("ringedHere")}</span>`}</p></figure>`;
}
