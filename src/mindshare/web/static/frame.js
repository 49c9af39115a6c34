// What all pages have: the line at the top, signing in, dialogs, buttons that say their key.

import { render } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Api } from "./api.js";
import { html } from "./html.js";
import { say, speak, spoken } from "./words.js";

const TOKEN = "session";
const LINK = "#link="; // and a code that signs this browser in, once
const PAGES = { desk: ["person"], board: ["reader", "lead", "admin"], setup: ["lead", "admin"], sheets: ["reader", "person", "lead", "admin"] }; // and who may use them

/** Shows a page to whoever is signed in. `Page` gets `session` ({token, account, role}) and `left`, to be called where the token is good no
 * more, and `renewed`, where another one took its place; `leaving` is called before somebody signs out, and says whether that may be. */
export function begin(name, Page, leaving = async () => true) {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  addEventListener("hashchange", () => location.hash.includes("=") && location.reload()); // a link that is opened where the page is open already
  render(html`<${Frame} name=${name} Page=${Page} leaving=${leaving} />`, document.getElementById("app"));
}

function Frame({ name, Page, leaving }) {
  const [, again] = useReducer((n) => n + 1, 0);
  const [session, setSession] = useState(() => JSON.parse(sessionStorage.getItem(TOKEN) ?? "null"));
  const signIn = (told) => {
    if (told) sessionStorage.setItem(TOKEN, JSON.stringify(told));
    else sessionStorage.removeItem(TOKEN); // answers that have not got through are sent when this person signs in again
    setSession(told);
  };
  /** A link must not put somebody to work under another name unawares. */
  const other = (told) => {
    if (!session || session.account === told.account || confirm(say("otherAccount", { now: session.account, then: told.account }))) return signIn(told);
    return new Api(told.token).ask("DELETE", "/v1/session").catch(() => null);
  };
  const [linked, setLinked] = useState(() => location.hash.startsWith(LINK)); // and not signed in yet
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    if (!linked) return;
    const code = location.hash.slice(LINK.length);
    history.replaceState(null, "", location.pathname); // so that it is not read over a shoulder, nor kept as a bookmark
    new Api().post("/v1/links/accept", { code }).then(other, (error) => setWrong(error.message)).finally(() => setLinked(false));
  }, []);
  const leave = async () => {
    if (!(await leaving())) return;
    setWrong("");
    await new Api(session.token).ask("DELETE", "/v1/session").catch(() => null);
    signIn(null);
  };
  /** The service knows this session no more, whatever the page was doing. */
  const ended = () => {
    setWrong(say("ended"));
    signIn(null);
  };
  const [hasSheets, setHasSheets] = useState(name === "sheets");
  useEffect(() => {
    if (session && name !== "sheets") new Api(session.token).get("/v1/sheets").then(({ sheets }) => setHasSheets(sheets.length > 0), () => null); // the page itself says what is wrong
  }, [session?.token]);
  if (linked) return html`<${Top} name=${name} again=${again} /><main class="narrow" aria-busy="true"><h1>${say("signingIn")}</h1></main>`;
  const may = session && PAGES[name].includes(session.role);
  return html`<${Top} name=${name} session=${session} hasSheets=${hasSheets} again=${again} leave=${leave} />
    ${may && html`<${Page} key=${spoken()} session=${session} left=${ended} renewed=${signIn} />`}
    ${session && !may && html`<${Elsewhere} name=${name} session=${session} />`}
    ${!session && html`<${SignIn} name=${name} told=${wrong} done=${signIn} />`}`;
}

/** Pages for this role; sheets only where there are any. */
const open = (role, hasSheets = false) => Object.keys(PAGES).filter((page) => PAGES[page].includes(role) && (page !== "sheets" || hasSheets));

function Top({ name, session, hasSheets, again, leave }) {
  const other = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  };
  const speakOther = () => {
    speak(spoken() === "en" ? "zh" : "en");
    again();
  };
  const others = session ? open(session.role, hasSheets) : [];
  return html`<header class="top">
    <span class="name">Mindshare</span>
    ${others.length > 1 && html`<nav>${others.map((page) => html`<a key=${page} href=${`/${page}`} aria-current=${page === name ? "page" : undefined}>${say("pages")[page]}</a>`)}</nav>`}
    <span class="fill"></span>
    ${session && html`<span class="who">${session.account}</span>`}
    <button class="plain" lang=${spoken() === "en" ? "zh" : "en"} onClick=${speakOther}>${say("language")}</button>
    <button class="plain" aria-label=${say("theme")} title=${say("theme")} onClick=${other}>◐</button>
    ${session && html`<button class="plain" onClick=${leave}>${say("signOut")}</button>`}
  </header>`;
}

function Elsewhere({ name, session }) {
  return html`<main class="narrow"><h1>${say("otherRole", { page: say("pages")[name], role: session.role })}</h1>
    ${open(session.role).map((page) => html`<p key=${page}><a href=${`/${page}`}>${say("pages")[page]}</a></p>`)}</main>`;
}

function SignIn({ name, told = "", done }) {
  const [coded, setCoded] = useState(location.hash.startsWith("#code="));
  const [wrong, setWrong] = useState(told);
  const first = useRef(null);
  useEffect(() => first.current?.focus(), [coded]);
  const submit = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    try {
      const api = new Api();
      let { account } = given;
      if (coded) ({ id: account } = await api.post("/v1/invitations/accept", { code: given.code, password: given.password }));
      const told = await api.post("/v1/session", { account, password: given.password });
      history.replaceState(null, "", location.pathname);
      done(told);
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<main class="narrow"><h1>${say("signInTo", { page: say("pages")[name] })}</h1>
    <form onSubmit=${submit}>
      ${coded
        ? html`<label>${say("code")}<input ref=${first} name="code" required autocomplete="one-time-code" defaultValue=${location.hash.slice(6)} /></label>`
        : html`<label>${say("account")}<input ref=${first} name="account" required autocomplete="username" /></label>`}
      <label>${say(coded ? "newPassword" : "password")}
        <input name="password" type="password" required minlength=${coded ? 12 : 1} autocomplete=${coded ? "new-password" : "current-password"} /></label>
      <p role="alert" class="wrong">${wrong}</p>
      <button class="main">${say(coded ? "accept" : "signIn")}</button>
      <button type="button" class="plain" onClick=${() => setCoded(!coded)}>${say(coded ? "havePassword" : "haveCode")}</button>
    </form></main>`;
}

/** A window above the page; Escape closes it. */
export function Dialog({ title, close, children }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.showModal();
    box.current.scrollTop = 0; // a long one begins with its title, although its button below has the focus
  }, []);
  return html`<dialog ref=${box} onClose=${close} aria-labelledby="title"><h2 id="title">${title}</h2>${children}</dialog>`;
}

/** A button with its key on it. */
export function Key({ word, press, act, on }) {
  return html`<button aria-pressed=${on === undefined ? undefined : on} onClick=${act}>${say(word)} <kbd>${press}</kbd></button>`;
}
