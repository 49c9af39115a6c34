// Guidelines at the desk: a note where they are others than at this person's last case of the kind.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { html } from "./html.js";
import { say, teach } from "./words.js";

teach({
  en: { guidelinesChanged: "The guidelines changed since your last case.", readThem: "Read them" },
  zh: { guidelinesChanged: "自您上一个案例以来，指南有变化。", readThem: "阅读" },
});

/** A number that tells texts apart (FNV-1a): the text itself is not kept in the browser. */
const mark = (text) => String([...text].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0), 0x01000193) >>> 0, 0x811c9dc5));

/** [the note, the guidelines]: the one above the evidence, the other below it. */
export function useGuidelines(lease, account) {
  const place = `guidelines ${account} ${lease.kind}`;
  const now = mark(lease.guidelines ?? "");
  const box = useRef(null);
  const changed = useMemo(() => ![null, now].includes(localStorage.getItem(place)), [lease.token, now]);
  useEffect(() => localStorage.setItem(place, now), [place, now]);
  const read = () => {
    box.current.open = true;
    box.current.scrollIntoView({ block: "center" });
    box.current.querySelector("summary").focus({ preventScroll: true });
  };
  if (!lease.guidelines) return [null, null];
  return [
    changed && html`<p class="changed" role="status">${say("guidelinesChanged")} <button onClick=${read}>${say("readThem")}</button></p>`,
    html`<details ref=${box}><summary>${say("guidelines")}</summary><p class="text">${lease.guidelines}</p></details>`,
  ];
}
