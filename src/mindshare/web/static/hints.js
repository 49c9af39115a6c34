// The first minute on a service with simulated people: three hints, one after another, that go away by themselves or by Escape.

import { useEffect, useState } from "preact/hooks";
import { Api } from "./api.js";
import { html } from "./html.js";
import { say } from "./words.js";

const EACH_MS = 20_000;
const SEEN = "hints seen";

/** Each answer brings the next hint. */
export function Hints({ token }) {
  const [names, setNames] = useState("");
  const [at, setAt] = useState(sessionStorage.getItem(SEEN) ? 3 : 0);
  const over = at >= say("hints").length;
  const move = (next) => {
    setAt(next);
    if (next >= say("hints").length) sessionStorage.setItem(SEEN, "1");
  };
  useEffect(() => {
    if (!over) new Api(token).get("/v1/service").then(({ simulated }) => setNames(simulated.join(", ")), () => null); // hints are no reason to complain
  }, []);
  useEffect(() => {
    if (over || !names) return;
    const timer = setTimeout(() => move(at + 1), EACH_MS);
    const pressed = (event) => event.key === "Escape" && move(say("hints").length);
    const answered = () => move(at + 1);
    document.addEventListener("keydown", pressed);
    addEventListener("answered", answered);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", pressed);
      removeEventListener("answered", answered);
    };
  }, [at, names]);
  if (!names) return null;
  return html`<aside class="hints" role="status" aria-label=${say("hint")}>${!over && html`<p>${say("hints")[at].replace("{names}", names)}</p>
    <p class="soft">${at + 1} / ${say("hints").length} <button class="plain" onClick=${() => move(say("hints").length)}>${say("close")} <kbd>Esc</kbd></button></p>`}</aside>`;
}
