// A picture with zoom and pan: wheel, pinch, buttons, keys. Its place on the page is as large before it has come as after.

import { useEffect, useRef, useState } from "preact/hooks";
import { fileOf } from "./files.js";
import { Legend, Overlay, isGrid } from "./heat.js";
import { html } from "./html.js";
import { say, teach } from "./words.js";

const MOST = 16; // times
const STEP = 1.5;
const MOVE = 60; // pixels a key

teach({
  en: { closer: "Closer", farther: "Farther", whole: "All of it", pictureKeys: "{title}: + and - zoom, arrows move, 0 shows all of it", picture: "Picture",
    noFile: "This file cannot be shown: {why}", tryAgain: "Try again", loading: "It is loading." },
  zh: { closer: "放大", farther: "缩小", whole: "全部", pictureKeys: "{title}：+ 和 - 缩放，方向键移动，0 显示全部", picture: "图片",
    noFile: "无法显示此文件：{why}", tryAgain: "重试", loading: "正在加载。" },
});

/** A file once it is here, or what to show in its place. */
export function useFile(name) {
  const [, again] = useState(0);
  const file = name === null ? null : fileOf(name);
  useEffect(() => {
    let mine = true;
    file?.there.then(() => mine && again((n) => n + 1));
    return () => void (mine = false);
  }, [file]);
  if (file?.failed)
    return { wrong: html`<p role="alert" class="wrong">${say("noFile", { why: file.failed })} <button onClick=${() => (fileOf(name, true), again((n) => n + 1))}>${say("tryAgain")}</button></p>` };
  return { blob: file?.blob, url: file?.url };
}

/** `heat`: where a machine looked, {agent, told}, laid over the picture, once it is known how large that is. */
export function Picture({ part, heat }) {
  const { url, wrong } = useFile(part.image);
  const [size, setSize] = useState(null);
  const [view, setView] = useState({ x: 0, y: 0, k: 1 });
  const box = useRef(null);
  const points = useRef(new Map());
  const title = part.title || part.alt || say("picture");

  const held = ({ x, y, k }) => {
    const { clientWidth: w, clientHeight: h } = box.current;
    return { k, x: Math.min(0, Math.max(w * (1 - k), x)), y: Math.min(0, Math.max(h * (1 - k), y)) };
  };
  const zoom = (by, px, py) =>
    setView((v) => {
      const { clientWidth: w, clientHeight: h } = box.current;
      const k = Math.min(MOST, Math.max(1, v.k * by));
      const [x, y] = [px ?? w / 2, py ?? h / 2];
      return held({ k, x: x - ((x - v.x) * k) / v.k, y: y - ((y - v.y) * k) / v.k });
    });
  const move = (dx, dy) => setView((v) => held({ k: v.k, x: v.x + dx, y: v.y + dy }));
  const whole = () => setView({ x: 0, y: 0, k: 1 });
  const at = (event) => {
    const { left, top } = box.current.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };

  useEffect(() => {
    const turned = (event) => {
      if (view.k === 1 && event.deltaY > 0) return; // nothing is farther: the page scrolls
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), ...at(event));
    };
    const here = box.current;
    here.addEventListener("wheel", turned, { passive: false });
    return () => here.removeEventListener("wheel", turned);
  });

  const down = (event) => {
    points.current.set(event.pointerId, at(event));
    if (view.k > 1 || points.current.size > 1) box.current.setPointerCapture(event.pointerId);
  };
  const moved = (event) => {
    const before = points.current.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const other = [...points.current].find(([id]) => id !== event.pointerId)?.[1];
    if (other) zoom(far(now, other) / Math.max(far(before, other), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    else if (view.k > 1) move(now[0] - before[0], now[1] - before[1]);
    points.current.set(event.pointerId, now);
  };
  const up = (event) => points.current.delete(event.pointerId);
  const keys = {
    "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: whole,
    ArrowLeft: () => move(MOVE, 0), ArrowRight: () => move(-MOVE, 0), ArrowUp: () => move(0, MOVE), ArrowDown: () => move(0, -MOVE),
  };
  const press = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.key.startsWith("Arrow") && view.k === 1)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const style = { transform: `translate(${view.x}px, ${view.y}px) scale(${view.k})` };
  const warm = heat && isGrid(heat.told);
  return html`<figure class="picture">${part.title && html`<figcaption>${part.title}</figcaption>`}
    ${wrong}
    <div class="view" ref=${box} tabindex="0" role="group" aria-label=${say("pictureKeys", { title })} onKeyDown=${press} style=${{ touchAction: view.k > 1 ? "none" : "pan-y" }}
      onPointerDown=${down} onPointerMove=${moved} onPointerUp=${up} onPointerCancel=${up}>
      ${url && html`<img src=${url} alt=${part.alt || title} draggable=${false} style=${style} onLoad=${({ target: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })} />`}
      ${url && size && warm && html`<${Overlay} grid=${heat.told} agent=${heat.agent} ...${size} scale=${view.k} style=${style} />`}
      ${!url && !wrong && html`<p class="soft" role="status">${say("loading")}</p>`}
    </div>
    <${Zoom} closer=${() => zoom(STEP)} farther=${() => zoom(1 / STEP)} whole=${whole} at=${view.k > 1 ? `${view.k.toFixed(1)} ×` : ""}>${warm && html`<${Legend} form="picture" agent=${heat.agent} told=${heat.told} />`}<//>
  </figure>`;
}

/** Buttons that zoom, and what stands beside them. */
export function Zoom({ closer, farther, whole, at, children }) {
  return html`<div class="row zoom">
    <button aria-label=${say("closer")} title=${say("closer")} onClick=${closer}>+</button>
    <button aria-label=${say("farther")} title=${say("farther")} onClick=${farther}>−</button>
    <button onClick=${whole}>${say("whole")}</button><span class="soft" aria-live="polite">${at}</span>${children}</div>`;
}

const far = ([x, y], [p, q]) => Math.hypot(x - p, y - q);
