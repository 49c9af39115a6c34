// How far people rely on what machines say. The whole log is read for it, so it is asked for at a click.

import { useState } from "preact/hooks";
import { Card, Table } from "./board_parts.js";
import { percent, word } from "./board_words.js";
import { html } from "./html.js";

const PATH = "GET /v1/reliance";

export function Reliance({ api }) {
  const [told, setTold] = useState(null);
  const [state, setState] = useState(""); // busy, or what went wrong
  const ask = async () => {
    setState("busy");
    try {
      setTold(await api.get("/v1/reliance"));
      setState("");
    } catch (error) {
      setState(error.message);
    }
  };
  const share = ({ of, mean, mean_95: [low, high] }) => (of ? `${percent(mean)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})` : "–");
  return html`<${Card} id="reliance" title=${word("reliance")} told=${told ?? {}} path=${PATH}>
    <p class="soft">${word("relianceSays")}</p>
    <div class="row"><button disabled=${state === "busy"} onClick=${ask}>${word(state === "busy" ? "relianceBusy" : "relianceAsk")}</button></div>
    <div role="status">${told && (told.with_advice === 0 ? html`<p>${word("noAdvice")}</p>` : html`<${Table} label=${word("reliance")} head=${word("relianceColumns")}>
      ${told.people.map((p) => html`<tr key=${p.id}><th scope="row">${p.id}${p.simulated ? ` (${word("simulated")})` : ""}</th><td class="number">${p.answers}</td>
        <td>${share(p.follows_wrong)}</td><td>${share(p.follows_right)}</td><td>${word("looksLike")[p.looks_like]}</td></tr>`)}<//>`)}</div>
    ${state && state !== "busy" && html`<p role="alert" class="wrong">${state}</p>`}<//>`;
}
