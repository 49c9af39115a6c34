// People: who answers, who steers, who is asked in; links to send them.

import { useEffect, useState } from "preact/hooks";
import { html } from "../html.js";
import { say, spoken } from "../words.js";
import { Copy, Trouble, useDoing, useTold } from "./told.js";

const ME = "me"; // the id under which a lead answers, where nothing else is written
const PAGE = { person: "desk", reader: "board", lead: "setup", admin: "setup" };
const LOOK_MS = 5_000; // between looks at who came meanwhile
const HERE = ["localhost", "127.0.0.1", "[::1]"];
const linkOf = (role, how, code) => `${location.origin}/${PAGE[role]}#${how}=${code}`;

export function People({ api, session, left, renewed }) {
  const [told, trouble, again] = useTold(() => Promise.all([api.get("/v1/accounts"), api.get("/v1/agents")]), left);
  useEffect(() => {
    const looks = setInterval(() => document.hidden || again(), LOOK_MS);
    return () => clearInterval(looks);
  }, []);
  if (!told) return html`<${Trouble} trouble=${trouble} again=${again} />${!trouble && html`<p class="soft">${say("loading")}</p>`}`;
  const accounts = told[0].accounts;
  const people = told[1].agents.filter((agent) => agent.kind === "person");
  const mine = accounts.find(({ id }) => id === session.account);
  const can = (p) => p.active && (p.waits || p.has > 0 || p.answers > 0 || accounts.some(({ id }) => id === p.id)); // whoever only stands in a history cannot come
  return html`
    ${!people.some(can) && html`<p class="next">${say("nobodyYet")}</p>`}
    <div class="cards">
      <${Myself} api=${api} accounts=${accounts} left=${left} again=${again} />
      <${Invite} api=${api} session=${session} left=${left} again=${again} />
      ${mine && !mine.password && html`<${OwnPassword} api=${api} session=${session} left=${left} renewed=${renewed} again=${again} />`}
    </div>
    <${Everybody} api=${api} session=${session} accounts=${accounts} people=${people} left=${left} again=${again} />`;
}

/** A lead answers cases too, as an account of a person. */
function Myself({ api, accounts, left, again }) {
  const [code, setCode] = useState("");
  const [busy, wrong, act] = useDoing(left);
  const join = () =>
    act(async () => {
      if (!accounts.some(({ id }) => id === ME)) await api.post("/v1/accounts", { account: ME, role: "person" });
      setCode((await api.post("/v1/links", { account: ME })).code);
      again();
    });
  return html`<div class="card"><h3>${say("myself")}</h3><p>${say("myselfMore", { id: ME })}</p>
    ${code
      ? html`<a class="button main" href=${linkOf("person", "link", code)} target="_blank" rel="noopener" onClick=${() => setTimeout(() => setCode(""), 0)}>${say("openDesk")}</a>`
      : html`<button class="main" disabled=${busy} onClick=${join}>${say(accounts.some(({ id }) => id === ME) ? "joinAgain" : "join")}</button>`}
    <${Trouble} trouble=${wrong} /></div>`;
}

function Invite({ api, session, left, again }) {
  const [made, setMade] = useState(null);
  const [busy, wrong, act] = useDoing(left);
  const roles = session.role === "admin" ? ["person", "reader", "lead", "admin"] : ["person", "reader"];
  const submit = (event) => {
    event.preventDefault();
    const { account, role } = Object.fromEntries(new FormData(event.target));
    act(async () => {
      setMade(await api.post("/v1/invitations", { account: account.trim(), role }));
      event.target.reset();
      again();
    });
  };
  return html`<form class="card" onSubmit=${submit}><h3>${say("invite")}</h3><p>${say("inviteMore")}</p>
    <div class="fields"><label>${say("account")}<input name="account" required maxlength="200" autocomplete="off" /></label>
      <label>${say("role")}<select name="role">${roles.map((role) => html`<option key=${role} value=${role}>${say("roles")[role]}</option>`)}</select></label></div>
    <button disabled=${busy}>${say("makeLink")}</button>
    ${made && html`<${Given} role=${made.role} account=${made.account} how="code" code=${made.code} until=${made.expires} />`}
    <${Trouble} trouble=${wrong} /></form>`;
}

/** A link for somebody else, told once. */
function Given({ role, account, how, code, until }) {
  return html`<div role="status"><p>${say("sendThis", { id: account, at: new Date(1000 * until).toLocaleString(spoken()) })}</p>
    <${Copy} text=${linkOf(role, how, code)} label=${say("linkOf", { id: account })} />
    ${HERE.includes(location.hostname) && html`<p class="note">${say("onlyHere")}</p>`}</div>`;
}

/** Whoever was signed in by the link of the start sets a password, to come back later. */
function OwnPassword({ api, session, left, renewed, again }) {
  const [busy, wrong, act] = useDoing(left);
  const [done, setDone] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    const { password } = Object.fromEntries(new FormData(event.target));
    act(async () => {
      const { code } = await api.post("/v1/invitations", { account: session.account, role: session.role });
      await api.post("/v1/invitations/accept", { code, password });
      const told = await api.post("/v1/session", { account: session.account, password });
      api.token = told.token; // all sections ask with it from now on
      renewed(told);
      setDone(true);
      again();
    });
  };
  if (done) return null;
  return html`<form class="card" onSubmit=${submit}><h3>${say("ownPassword")}</h3><p>${say("ownPasswordMore", { id: session.account })}</p>
    <input hidden name="username" autocomplete="username" value=${session.account} />
    <label>${say("newPassword")}<input name="password" type="password" minlength="12" required autocomplete="new-password" /></label>
    <button disabled=${busy}>${say("accept")}</button><${Trouble} trouble=${wrong} /></form>`;
}

/** All accounts, and people who answered before there were any. */
function Everybody({ api, session, accounts, people, left, again }) {
  const [made, setMade] = useState(null);
  const [busy, wrong, act] = useDoing(left);
  const agent = Object.fromEntries(people.map((p) => [p.id, p]));
  const rows = [...accounts, ...people.filter(({ id }) => !accounts.some((a) => a.id === id)).map(({ id, active }) => ({ id, active, role: "person", known: true }))];
  const may = ({ id, role }) => id !== session.account && (session.role === "admin" || role === "person" || role === "reader");
  const change = (row) => act(async () => (await api.ask("PATCH", row.known ? `/v1/agents/${encodeURIComponent(row.id)}` : `/v1/accounts/${encodeURIComponent(row.id)}`, { active: !row.active }), again()));
  const anew = (row) => act(async () => (setMade(await api.post("/v1/invitations", { account: row.id, role: row.role })), again()));
  const state = (row) => {
    if (!row.active) return say("closed");
    const p = agent[row.id];
    if (row.role !== "person") return say(row.password ? "hasPassword" : "noPassword");
    return p?.why_not ?? (p?.waits ? say("isWaiting") : p?.has ? say("hasCase") : say(row.known ? "noAccount" : row.password ? "hasPassword" : "noPassword"));
  };
  if (rows.length === 0) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${say("everybody")}><table>
      <thead><tr>${say("peopleColumns").map((word) => html`<th key=${word} scope="col">${word}</th>`)}<th scope="col"><span class="unseen">${say("actions")}</span></th></tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.id}><th scope="row">${row.id}</th><td>${say("roles")[row.role]}</td><td>${state(row)}</td>
        <td class="number">${agent[row.id]?.answers ?? ""}</td>
        <td>${may(row) && html`<span class="row tight">
          <button disabled=${busy} onClick=${() => change(row)} aria-label=${`${say(row.active ? "close_" : "open_")}: ${row.id}`}>${say(row.active ? "close_" : "open_")}</button>
          ${row.active && html`<button disabled=${busy} onClick=${() => anew(row)} aria-label=${`${say("newLink")}: ${row.id}`}>${say("newLink")}</button>`}</span>`}</td></tr>`)}</tbody></table></div>
    ${made && html`<${Given} role=${made.role} account=${made.account} how="code" code=${made.code} until=${made.expires} />`}
    <${Trouble} trouble=${wrong} />`;
}
