// A picture of few pixels: a matrix of numbers, drawn dark on light, the largest darkest; and the same as numbers.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Legend, Overlay, isGrid } from "./heat.js";
import { html } from "./html.js";
import { say } from "./words.js";

const MOST = 256; // pixels a side

/** Whether this is a matrix of numbers that can be drawn. */
export const isPicture = (pixels) =>
  Array.isArray(pixels) && pixels.length > 0 && pixels.length <= MOST && Array.isArray(pixels[0]) && pixels[0].length > 0 && pixels[0].length <= MOST
  && pixels.every((row) => Array.isArray(row) && row.length === pixels[0].length && row.every(Number.isFinite));

/** `heat`: where a machine looked, {agent, told}, laid over it. */
export function Pixels({ pixels, heat }) {
  const box = useRef(null);
  const [height, width] = [pixels.length, pixels[0].length];
  useLayoutEffect(() => {
    const most = Math.max(...pixels.map((row) => Math.max(...row)), 0) || 1;
    const image = new ImageData(width, height);
    pixels.flat().forEach((value, i) => {
      const grey = Math.round(255 * (1 - Math.min(Math.max(value / most, 0), 1)));
      image.data.set([grey, grey, grey, 255], 4 * i);
    });
    box.current.getContext("2d").putImageData(image, 0, 0);
  }, [pixels]);
  const warm = heat && isGrid(heat.told);
  return html`<div class="layers"><canvas class="pixels" ref=${box} width=${width} height=${height} role="img" aria-label=${say("pixels", { width, height })}></canvas>
    ${warm && html`<${Overlay} grid=${heat.told} agent=${heat.agent} width=${width} height=${height} />`}</div>
    ${warm && html`<p class="note"><${Legend} form="picture" agent=${heat.agent} told=${heat.told} /></p>`}
    <details><summary>${say("asNumbers")}</summary><div class="scroll" tabindex="0" role="region" aria-label=${say("asNumbers")}><table>
      <tbody>${pixels.map((row, y) => html`<tr key=${y}>${row.map((value, x) => html`<td key=${x} class="number">${value}</td>`)}</tr>`)}</tbody></table></div></details>`;
}
