// What leaves the service: its log as tables, and its events.

import { html } from "../html.js";
import { Offline, Refused } from "../api.js";
import { say } from "../words.js";
import { Trouble, useDoing } from "./told.js";

const PAGE = 1_000; // events at once

export function Away({ api, left }) {
  const [busy, wrong, act] = useDoing(left);
  const history = () => act(async () => save(await packed(api.token), "history.zip"));
  const events = () => act(async () => save(new Blob(await lines(api), { type: "application/x-ndjson" }), "events.jsonl"));
  return html`<div class="cards">
    <div class="card"><h3>${say("asHistory")}</h3><p>${say("asHistoryMore")}</p><button disabled=${busy} onClick=${history}>${say("download", { file: "history.zip" })}</button></div>
    <div class="card"><h3>${say("asEvents")}</h3><p>${say("asEventsMore")}</p><button disabled=${busy} onClick=${events}>${say("download", { file: "events.jsonl" })}</button></div>
    <${Trouble} trouble=${wrong} /></div>`;
}

async function packed(token) {
  let reply;
  try {
    reply = await fetch("/v1/export", { headers: { Authorization: `Bearer ${token}` } });
  } catch (error) {
    throw new Offline(error.message);
  }
  if (reply.ok) return reply.blob();
  const told = await reply.json().catch(() => null);
  throw new Refused(reply.status, told?.error?.code ?? "failed", told?.error?.message ?? `HTTP ${reply.status}`);
}

async function lines(api) {
  const out = [];
  for (let after = "0"; ; ) {
    const { events, next } = await api.get(`/v1/events?limit=${PAGE}&after=${after}`);
    out.push(...events.map((event) => `${JSON.stringify(event)}\n`));
    if (next === after) return out;
    after = next;
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
