// Which key does what: as the desk comes, as a kind of case wants it for its labels, and as a person has set it in this browser.

import { useState } from "preact/hooks";
import { Dialog } from "./frame.js";
import { html } from "./html.js";
import { say } from "./words.js";

const KEPT = "keys of "; // and an account, in this browser
const NOTICES = "notices of ";
export const KEYED = 9; // labels that have a key by their place
export const USUAL = {
  search: "/", cannotTell: "x", skip: "s", escalate: "e", undo: "u", confidence: "c", note: "n", look: "v", machines: "m", heat: "h", pause: " ", figures: "f",
  settings: ",", help: "?", ...Object.fromEntries(Array.from({ length: KEYED }, (_, i) => [`label${i + 1}`, String(i + 1)])),
};

/** action -> key, for this person. */
export const keysOf = (account) => ({ ...USUAL, ...JSON.parse(localStorage.getItem(KEPT + account) ?? "{}") });

/** A key as it stands on a button; "" where an action has none here. */
export const printed = (key) => (key === " " ? "Space" : (key ?? "").toUpperCase());

/** What stands on the button of an action: nothing where a label of this case has its key. */
export const keyOf = (keys, action, labels = {}) => (Object.values(labels).includes(keys[action]) ? "" : printed(keys[action]));

/** label -> key, of the labels of a case: as its kind says, else by their places. */
export function labelKeys(lease, keys) {
  const own = Object.create(null); // a label may have any name, also one that every object has
  const out = Object.create(null);
  for (const [label, key] of Object.entries(lease.keys ?? {})) own[label] = key.toLowerCase();
  lease.labels.forEach((label, i) => {
    const key = own[label] ?? (i < KEYED ? keys[`label${i + 1}`] : undefined);
    if (key && !(label in own) && Object.values(own).includes(key)) return;
    if (key) out[label] = key;
  });
  return out;
}

/** Whether a person wants to be told of a case that comes while the page is out of sight. */
export const wantsNotices = (account) => localStorage.getItem(NOTICES + account) === "yes";

/** Where a person sets keys and notices. */
export function Settings({ account, close }) {
  const [keys, setKeys] = useState(() => keysOf(account));
  const [waits, setWaits] = useState(""); // the action whose new key is waited for
  const [wrong, setWrong] = useState("");
  const [notices, setNotices] = useState(wantsNotices(account));
  const names = say("keys");
  const name = (action) => (action.startsWith("label") ? say("placed", { n: action.slice(5) }) : names[action]);
  const keep = (next) => {
    localStorage.setItem(KEPT + account, JSON.stringify(Object.fromEntries(Object.entries(next).filter(([a, k]) => USUAL[a] !== k))));
    setKeys(next);
  };
  const press = (event) => {
    if (!waits || event.key === "Tab" || event.key === "Shift") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return setWaits(""), setWrong("");
    const key = event.key.toLowerCase();
    const other = Object.keys(keys).find((action) => keys[action] === key && action !== waits);
    if (key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return setWrong(say("noKey"));
    if (other) return setWrong(say("keyTaken", { key: printed(key), what: name(other) }));
    keep({ ...keys, [waits]: key });
    setWaits("");
    setWrong("");
  };
  const wish = async (on) => {
    if (on && "Notification" in window && Notification.permission === "default") await Notification.requestPermission();
    localStorage.setItem(NOTICES + account, on ? "yes" : "no");
    setNotices(on);
  };
  return html`<${Dialog} title=${say("settings")} close=${close}>
    <p class="note">${say("settingsMore")}</p>
    <div class="keymap" onKeyDown=${press}>${Object.keys(USUAL).map((action) => html`<button key=${action} aria-pressed=${waits === action} onClick=${() => (setWaits(action), setWrong(""))}>
      <span>${name(action)}</span> <kbd>${waits === action ? "…" : printed(keys[action])}</kbd></button>`)}</div>
    <p role="alert" class="wrong">${wrong || (waits && say("pressKey"))}</p>
    <label class="check"><input type="checkbox" checked=${notices} onChange=${(e) => wish(e.target.checked)} /> ${say("notices")}</label>
    <div class="row"><button class="main" autofocus onClick=${close}>${say("close")}</button>
      <button class="plain" onClick=${() => (keep({ ...USUAL }), setWrong(""))}>${say("usualKeys")}</button></div><//>`;
}
