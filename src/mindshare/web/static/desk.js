// The desk. Signing in comes first and needs little; what shows cases is fetched meanwhile.

import { useEffect, useState } from "preact/hooks";
import { begin } from "./frame.js";
import { html } from "./html.js";
import { say } from "./words.js";

const work = import("./cases.js");

function Desk(props) {
  const [Cases, come] = useState(null);
  const [missing, miss] = useState(false); // the code did not come
  useEffect(() => void work.then((told) => come(() => told.Cases), () => miss(true)), []);
  if (missing)
    return html`<main class="narrow" role="alert"><h1>${say("notLoaded")}</h1><p>${say("notLoadedMore")}</p>
      <button class="main" onClick=${() => location.reload()}>${say("loadAgain")}</button></main>`;
  return Cases && html`<${Cases} ...${props} />`;
}

begin("desk", Desk, () => work.then((told) => told.leaving(), () => true));
