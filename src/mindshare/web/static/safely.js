// Whatever a case holds, the page around it stays: what cannot be drawn is shown as it came.

import { useErrorBoundary } from "preact/hooks";
import { html } from "./html.js";
import { say, teach } from "./words.js";

teach({ en: { asItCame: "As it came" }, zh: { asItCame: "原样" } });

/** Shows `children`; where they raise, `what` they should have shown, as text. */
export function Safely({ what, children }) {
  const [raised] = useErrorBoundary();
  if (!raised) return children;
  return html`<figure><figcaption>${say("asItCame")}</figcaption><p class="text">${JSON.stringify(what, null, 1)}</p></figure>`;
}
