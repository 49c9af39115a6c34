// The price of a resource and what is spent of it, over time. The plotting library is loaded when it is first needed.

import { useEffect, useRef } from "preact/hooks";
import { clock, figure, moment, word } from "./board_words.js";
import { html, styled } from "./html.js";

const HEIGHT = 220;
let loads;
const library = () => (loads ??= Promise.all([import("uplot"), styled("/static/vendor/uplot.css")]).then(([{ default: Plot }]) => Plot));

/** Times, prices and amounts of one resource, as the library takes them. */
function series(points, resource) {
  const mine = points.filter((p) => resource in p.price);
  return [mine.map((p) => p.at), mine.map((p) => p.price[resource]), mine.map((p) => p.spent?.[resource] ?? null)];
}

export function Plot({ points, resource, drawn }) {
  const box = useRef(null);
  const plot = useRef(null);
  useEffect(() => {
    let over = false;
    const make = async () => {
      const Plot = await library();
      if (over || !box.current) return;
      plot.current?.destroy();
      plot.current = new Plot(options(box.current), series(points, resource), box.current);
    };
    make();
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: box.current.clientWidth, height: HEIGHT }));
    sized.observe(box.current);
    const themed = new MutationObserver(make); // colours are taken from the page when it is made
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", make);
    return () => {
      over = true;
      sized.disconnect();
      themed.disconnect();
      dark.removeEventListener("change", make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [resource]);
  useEffect(() => plot.current?.setData(series(points, resource)), [drawn]);
  const last = points.at(-1);
  const says = word("priceNow", { r: resource, price: figure(last?.price[resource]), n: figure(points.length), at: moment(points[0]?.at ?? 0) });
  return html`<figure class="plot"><figcaption>${word("over_time", { r: resource })}:
      <span class="key price"> ${word("plotPrice")}</span> <span class="key spent"> ${word("plotSpent")}</span></figcaption>
    <div ref=${box} class="canvas" role="img" aria-label=${says}></div></figure>`;
}

function options(box) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule") }, font: "12px system-ui, sans-serif" };
  return {
    width: box.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { y: false, drag: { x: true, y: false } },
    scales: { price: { range: (_, low, high) => [0, (high || 1) * 1.1] }, spent: { range: (_, low, high) => [0, (high || 1) * 1.1] } },
    axes: [
      { ...axis, values: (_, at) => at.map(clock), space: 90 },
      { ...axis, scale: "price", size: 62, values: (_, at) => at.map((x) => figure(x)) },
      { ...axis, scale: "spent", side: 1, size: 58, grid: { show: false }, values: (_, at) => at.map((x) => figure(x)) },
    ],
    series: [
      {},
      { scale: "price", stroke: colour("--ours"), width: 2, points: { show: false } },
      { scale: "spent", stroke: colour("--soft"), width: 1, dash: [6, 4], spanGaps: true, points: { show: false } },
    ],
  };
}
