// What cards of the board are made of: a frame with its JSON, bars, shares.

import { useState } from "preact/hooks";
import { word } from "./board_words.js";
import { Dialog } from "./frame.js";
import { html } from "./html.js";

/** A part of the board, with what programs read of it. `path`: where that comes from. */
export function Card({ id, title, told, path, children, wide }) {
  const [open, setOpen] = useState(false);
  return html`<section id=${id} class=${wide ? "tile wide" : "tile"} aria-labelledby=${`${id}-title`}>
    <header><h2 id=${`${id}-title`}>${title}</h2>
      <button class="plain json" aria-label=${word("jsonOf", { what: title })} onClick=${() => setOpen(true)}>${word("json")}</button></header>
    ${children}
    ${open && html`<${Json} title=${title} told=${told} path=${path} close=${() => setOpen(false)} />`}
  </section>`;
}

function Json({ title, told, path, close }) {
  const [text] = useState(() => JSON.stringify(told, null, 2)); // as it was when it was opened
  const keep = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `${path.split(" ")[1].replace(/[^a-z]+/gi, "-").replace(/^-|-$/g, "")}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`<${Dialog} title=${word("jsonOf", { what: title })} close=${close}><div class="broad">
    <p class="soft">${word("jsonFrom", { path })}</p>
    <pre class="json" tabindex="0">${text}</pre>
    <div class="row"><button class="main" autofocus onClick=${close}>${word("close")}</button><button onClick=${keep}>${word("download")}</button></div></div><//>`;
}

/** How much of something, as a bar; whoever does not see it reads the figure beside it. */
export function Bar({ part }) {
  const x = Math.max(0, Math.min(1, part || 0));
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="8" /><rect class="part" width=${100 * x} height="8" /></svg>`;
}

/** A share of 0 to 1 with its interval, drawn. */
export function Whisker({ told }) {
  if (!told || told.share === null) return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="8" /></svg>`;
  const [low, high] = told.ci95.map((x) => 100 * x);
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="8" />
    <rect class="reach" x=${low} width=${Math.max(high - low, 0.5)} height="8" /><rect class="part" x=${100 * told.share - 0.6} width="1.2" height="8" /></svg>`;
}

/** A table that may be wider than its card: it scrolls alone, also by keys. */
export function Table({ label, head, children }) {
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${label}><table>
    <thead><tr>${head.map((h) => html`<th scope="col" key=${h}>${h}</th>`)}</tr></thead><tbody>${children}</tbody></table></div>`;
}
