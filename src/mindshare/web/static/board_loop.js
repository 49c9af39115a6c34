// The five steps of the article as the loop that runs now, with figures on each: in a row where there is room, else one below the other.

import { useEffect, useState } from "preact/hooks";
import { clock, figure, percent, word } from "./board_words.js";
import { html } from "./html.js";

const WIDE = matchMedia("(min-width: 900px)");

/** The figures of each step, in sentences of a few words. */
export function stepsOf(board, count) {
  const { learning, models, limits, cases, people, agreement, quality } = board;
  const changed = Math.max(0, ...models.map((m) => m.changed_at ?? 0));
  const pairs = Object.values(agreement).reduce((sum, a) => ({ hits: sum.hits + a.hits, count: sum.count + a.count }), { hits: 0, count: 0 });
  const dear = Object.entries(limits).sort(([, a], [, b]) => b.spent / (b.limit || 1) - a.spent / (a.limit || 1)).slice(0, 2);
  const next = learning.is_due ? word("isDue") : learning.next === null ? word("noNext") : word("nextAt", { n: figure(learning.next) });
  return [
    [models.every((m) => m.assumed) ? word("assumed") : word("learntFrom", { n: figure(learning.learnt || models.reduce((n, m) => n + m.learnt_from, 0)) }),
      word("known", { n: figure(learning.outcomes) }), next],
    dear.length
      ? dear.flatMap(([r, l]) => [word("spentOf", { r, spent: figure(l.spent), limit: figure(l.limit) }), word("costs", { price: figure(l.price) })]).slice(0, dear.length > 1 ? 4 : 2)
      : [word("noLimits")],
    [word("waitingN", { n: figure(cases.waiting) }), word("withPeople", { n: figure(cases.leased) }), word("working", { n: figure(cases.runs) }), word("verdictsN", { n: figure(count("verdicts")) })],
    [word("askedN", { n: figure(people.reduce((n, p) => n + p.asked, 0)) }), word("answeredN", { n: figure(count("answers")) }),
      pairs.count ? word("agree", { x: percent(pairs.hits / pairs.count) }) : word("noPairs")],
    [word("cameN", { n: figure(count("outcomes")) }),
      word("rightN", { x: quality.all.share === null ? word("noOutcomes") : `${percent(quality.all.share)} (${quality.all.ci95.map((x) => (100 * x).toFixed(0)).join("–")})` }),
      changed ? word("changedAt", { at: clock(changed) }) : word("firstModel")],
  ];
}

/** A word no wider than its box: the rest is left out, and told to whoever points at it. */
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function Loop({ steps }) {
  const [wide, setWide] = useState(WIDE.matches);
  useEffect(() => {
    const turned = () => setWide(WIDE.matches);
    WIDE.addEventListener("change", turned);
    return () => WIDE.removeEventListener("change", turned);
  }, []);
  const names = word("steps");
  const all = names.map((name, i) => `${i + 1}. ${name}: ${steps[i].join(", ")}`).join(". ");
  const box = wide ? { w: 236, h: 128, dx: 262, dy: 0 } : { w: 292, h: 126, dx: 0, dy: 154 };
  const size = wide ? [4 * box.dx + box.w + 8, box.h + 48] : [box.w + 44, 4 * box.dy + box.h + 8];
  const back = wide
    ? `M${4 * box.dx + box.w / 2 + 4} ${box.h + 4} v24 q0 10 -10 10 H${box.w / 2 + 14} q-10 0 -10 -10 V${box.h + 12}`
    : `M${box.w + 4} ${4 * box.dy + box.h / 2} h20 q10 0 10 -10 V${box.h / 2 + 14} q0 -10 -10 -10 H${box.w + 12}`;
  return html`<svg class=${wide ? "loop" : "loop tall"} viewBox=${`0 0 ${size[0]} ${size[1]}`} role="img" aria-label=${word("loopSays", { all })}>
    <defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 L8 4 L0 8 z" /></marker></defs>
    ${names.map((name, i) => {
      const x = 4 + i * box.dx;
      const y = 4 + i * box.dy;
      return html`<g key=${i} transform=${`translate(${x} ${y})`}>
        <rect class="step" width=${box.w} height=${box.h} rx="10" />
        <text class="name" x="12" y="26">${i + 1} ${name}</text>
        ${steps[i].map((line, k) => html`<text key=${k} x="12" y=${50 + 20 * k}><title>${line}</title>${short(line, wide ? 29 : 38)}</text>`)}
        ${i < 4 && html`<path class="arrow" marker-end="url(#tip)" d=${wide ? `M${box.w + 3} ${box.h / 2} h20` : `M${box.w / 2} ${box.h + 3} v22`} />`}
      </g>`;
    })}
    <path class="arrow" marker-end="url(#tip)" d=${back} />
  </svg>`;
}
