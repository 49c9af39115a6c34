// What the service tells a section: asked once when the section is there, and again when something was changed.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api.js";
import { html } from "../html.js";
import { say } from "../words.js";

/** [what was told, null until then; the sentence why not, or ""; ask again]. `left` hears that the token is good no more. */
export function useTold(ask, left) {
  const [told, setTold] = useState(null);
  const [trouble, setTrouble] = useState("");
  const there = useRef(true);
  const again = useCallback(async () => {
    try {
      const now = await ask();
      if (!there.current) return;
      setTold(now);
      setTrouble("");
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return left();
      if (there.current) setTrouble(error instanceof Refused ? error.message : say("stopped"));
    }
  }, []);
  useEffect(() => {
    there.current = true;
    again();
    return () => (there.current = false);
  }, []);
  return [told, trouble, again];
}

/** One thing at a time that a button does: [it runs, why it failed, do it]. */
export function useDoing(left) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const act = async (what) => {
    setBusy(true);
    setWrong("");
    try {
      return await what();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) left();
      else setWrong(error instanceof Refused ? error.message : say("stopped"));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return [busy, wrong, act];
}

/** A sentence that says what went wrong, and a button to try again. */
export function Trouble({ trouble, again }) {
  return html`<div role="alert">${trouble && html`<p class="wrong">${trouble}</p>${again && html`<button onClick=${again}>${say("tryAgain")}</button>`}`}</div>`;
}

/** A text to take away: copied at a click, or marked where the browser lets no page copy. */
export function Copy({ text, label, lines = 1 }) {
  const box = useRef(null);
  const [done, setDone] = useState(false);
  const copy = async () => {
    box.current.select();
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
    } catch {
      setDone(false); // it is marked: Ctrl-C takes it
    }
  };
  useEffect(() => setDone(false), [text]);
  return html`<div class="copy">
    ${lines === 1 ? html`<input ref=${box} readonly aria-label=${label} value=${text} />` : html`<textarea ref=${box} readonly aria-label=${label} rows=${lines} value=${text}></textarea>`}
    <button onClick=${copy}>${say(done ? "copied" : "copy")}</button></div>`;
}
