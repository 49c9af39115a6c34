// Cases: those of the history that have no truth yet, those of a file, those that a program sends.

import { useState } from "preact/hooks";
import { html } from "../html.js";
import { say, spoken } from "../words.js";
import { Copy, Trouble, useDoing, useTold } from "./told.js";

const AT_ONCE = 100; // cases of one request
const OPEN = ["received", "waiting", "leased", "reopened"];

export function Cases({ api, service, left }) {
  const [first, trouble, again] = useTold(() => api.get("/v1/first-cases"), left);
  return html`<div class="cards">
    ${first?.count > 0 && html`<${First} api=${api} first=${first} left=${left} again=${again} />`}
    <${Upload} api=${api} left=${left} />
    <${Program} api=${api} service=${service} left=${left} />
    <${Trouble} trouble=${trouble} again=${again} /></div>`;
}

/** Sends cases in parts: {sent, of, waiting, decided, refused, why}, told after each part; the same case again changes nothing. */
async function send(api, cases, tell) {
  const told = { sent: 0, of: cases.length, waiting: 0, decided: 0, refused: 0, why: "" };
  tell({ ...told });
  for (let at = 0; at < cases.length; at += AT_ONCE) {
    for (const part of await api.post("/v1/cases", cases.slice(at, at + AT_ONCE))) {
      told.sent += 1;
      if (part.error) {
        told.refused += 1;
        told.why ||= part.error.message;
      } else told[OPEN.includes(part.state) ? "waiting" : "decided"] += 1;
    }
    tell({ ...told });
  }
  return told;
}

function Sent({ told }) {
  if (!told) return null;
  const done = told.sent === told.of;
  return html`<div role="status"><progress max=${told.of} value=${told.sent} aria-label=${say("sending")}></progress>
    <p>${say(done ? "sentAll" : "sentSome", told)} ${done && (told.waiting ? say("goAnswer") : say("noneWaits"))}</p>
    ${told.refused > 0 && html`<p class="wrong">${say("refusedSome", told)} ${told.why}</p>`}</div>`;
}

function First({ api, first, left, again }) {
  const [told, setTold] = useState(null);
  const [busy, wrong, act] = useDoing(left);
  const go = () => act(async () => {
    const { refused } = await send(api, first.cases, setTold);
    if (!refused) await api.ask("DELETE", "/v1/first-cases");
  });
  return html`<div class="card"><h3>${say("firstCases", { n: first.count.toLocaleString(spoken()) })}</h3><p>${say("firstCasesMore")}</p>
    ${!told && html`<button class="main" disabled=${busy} onClick=${go}>${say("sendThem")}</button>`}
    <${Sent} told=${told} /><${Trouble} trouble=${wrong} /></div>`;
}

/** The letters of a file: UTF-8, else what tables of this language are mostly written in. */
function decoded(bytes) {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), note: [] };
  } catch {
    const other = spoken() === "zh" ? "gb18030" : "windows-1252";
    return { text: new TextDecoder(other).decode(bytes), note: [say("readAs", { name: other })] };
  }
}

/** A file is read first, and what was understood is shown; then it is sent. */
function Upload({ api, left }) {
  const [read, setRead] = useState(null);
  const [told, setTold] = useState(null);
  const [busy, wrong, act] = useDoing(left);
  const pick = (event) => {
    const [file] = event.target.files;
    if (!file) return;
    setRead(null);
    setTold(null);
    act(async () => {
      const { text, note } = decoded(await file.arrayBuffer());
      const told = await api.post("/v1/read-cases", { name: file.name, text });
      setRead({ ...told, said: [...note, ...told.said] });
    });
  };
  return html`<div class=${read ? "card wide" : "card"}><h3>${say("fromFile")}</h3><p>${say("fromFileMore")}</p>
    <label>${say("file")}<input type="file" accept=".csv,.tsv,.txt,.json,.jsonl" onChange=${pick} disabled=${busy && !read} /></label>
    ${busy && !read && html`<p role="status">${say("reading")}</p>`}
    <${Trouble} trouble=${wrong} />
    ${read && html`<${Understood} read=${read} />`}
    ${read && !told && html`<button class="main" disabled=${busy || read.count === 0} onClick=${() => act(() => send(api, read.cases, setTold))}>${say("sendN", { n: read.count.toLocaleString(spoken()) })}</button>`}
    <${Sent} told=${told} /></div>`;
}

function Understood({ read }) {
  const [one] = read.cases;
  return html`<p role="status">${say("understood", { file: read.file, rows: read.rows.toLocaleString(spoken()), n: read.count.toLocaleString(spoken()) })}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${say("columns")}><table>
      <thead><tr>${say("readColumns").map((word) => html`<th key=${word} scope="col">${word}</th>`)}</tr></thead>
      <tbody>${read.columns.map((c) => html`<tr key=${c.column}><th scope="row">${c.column}</th><td>${c.taken_as}</td><td>${c.why}</td></tr>`)}</tbody></table></div>
    ${read.said.map((sentence) => html`<p key=${sentence} class="note">${sentence}</p>`)}
    ${one && html`<details><summary>${say("firstAsSent")}</summary><pre tabindex="0">${JSON.stringify(one, null, 2)}</pre></details>`}`;
}

/** How a program sends a case, with this service's address, labels and, at a click, a token. */
function Program({ api, service, left }) {
  const [token, setToken] = useState("");
  const [busy, wrong, act] = useDoing(left);
  const [asks] = service.kinds;
  const bearer = token || "TOKEN";
  const sent = { id: "case-1", ...(asks.kind ? { kind: asks.kind } : {}), features: asks.example, answers: [{ agent: asks.machines[0] ?? "machine_1", label: asks.labels[0], confidence: 0.8 }] };
  const quoted = (what) => `'${JSON.stringify(what).replaceAll("'", "'\\''")}'`;
  const curl = (path, what) => `curl ${location.origin}${path} -H "Authorization: Bearer ${bearer}" -d ${quoted(what)}`;
  const python = `import mindshare as ms\n\nwith ms.Client("${location.origin}", "${bearer}") as client:\n    print(client.submit(${JSON.stringify(sent)}).state)\n    # later, when it is known what was true:\n    # client.outcome("case-1", ${JSON.stringify(asks.labels[0])})\n`;
  return html`<div class="card wide"><h3>${say("fromProgram")}</h3><p>${say("fromProgramMore", { labels: asks.labels.slice(0, 12).join(", ") })}</p>
    ${token ? html`<p role="status">${say("tokenOnce")}</p>` : html`<button disabled=${busy} onClick=${() => act(async () => setToken((await api.post("/v1/tokens", { role: "lead", name: "setup" })).token))}>${say("makeToken")}</button>`}
    <${Trouble} trouble=${wrong} />
    <h4>curl</h4><${Copy} lines=${4} label="curl" text=${`${curl("/v1/cases", sent)}\n${curl("/v1/outcomes", { case: "case-1", label: asks.labels[0] })}\n`} />
    <h4>Python</h4><${Copy} lines=${8} label="Python" text=${python} />
    <p class="note">${say("allRequests")} <a href="/openapi.json" target="_blank" rel="noopener">/openapi.json</a></p></div>`;
}
