// Sheets: what whoever keeps the service lays beside it. One is shown at a time, in a frame in which nothing runs; tables are downloaded.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api, Offline, Refused } from "./api.js";
import { begin } from "./frame.js";
import { html, styled } from "./html.js";
import { say, spoken, teach } from "./words.js";

teach({
  en: { sheetsSay: "What whoever keeps this service lays beside it. Each is as its file is now.", noSheets: "There are no sheets here.", written: "Written {at}, {size}", again: "Read again", alone: "In a tab, to print", download: "Download", openSheets: "Sheets to open" },
  zh: { sheetsSay: "由维护此服务的人放在这里。显示的是文件当前的内容。", noSheets: "这里没有图表。", written: "写于 {at}，{size}", again: "重新读取", alone: "在新标签页中打开（可打印）", download: "下载", openSheets: "可打开的图表" },
});

const LOOK_MS = 20_000; // between looks at whether a file was written anew
const FRAME = "sheet";

/** The browser opens a sheet with the token of whoever looks, as a form: it stands in no address. */
function open(title, token, target) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: `/sheets/${encodeURIComponent(title)}`, target, rel: target === "_blank" ? "noopener" : "" });
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "token", value: token });
  form.append(field);
  document.body.append(form);
  form.submit();
  form.remove();
}

const isTable = (sheet) => sheet.type === "text/csv";
const size = (bytes) => new Intl.NumberFormat(spoken(), { style: "unit", unit: "kilobyte", maximumSignificantDigits: 2 }).format(Math.ceil(bytes / 100) / 10);
const moment = (at) => new Date(1000 * at).toLocaleString(spoken(), { dateStyle: "medium", timeStyle: "medium" });
function asked() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // an address that somebody cut
  }
}

function Sheets({ session, left }) {
  const api = useMemo(() => new Api(session.token), [session.token]);
  const [sheets, setSheets] = useState(null);
  const [wrong, setWrong] = useState("");
  const [title, setTitle] = useState(asked);
  const look = async () => {
    try {
      const told = (await api.get("/v1/sheets")).sheets;
      setSheets(told);
      setTitle((now) => (told.some((sheet) => sheet.title === now) ? now : (told.find((sheet) => !isTable(sheet) && !sheet.wrong) ?? told[0])?.title ?? ""));
      setWrong("");
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return left();
      if (!(error instanceof Offline || error instanceof Refused)) throw error;
      setWrong(error.message);
    }
  };
  useEffect(() => {
    look();
    const every = setInterval(() => !document.hidden && look(), LOOK_MS);
    return () => clearInterval(every);
  }, [api]);
  const shown = sheets?.find((sheet) => sheet.title === title);
  const pick = (sheet) => {
    history.replaceState(null, "", `#${encodeURIComponent(sheet.title)}`);
    setTitle(sheet.title);
    look();
  };
  return html`<main class="sheets" aria-busy=${!sheets && !wrong}>
    <h1>${say("pages").sheets}</h1>
    <p class="soft">${say(sheets?.length === 0 ? "noSheets" : "sheetsSay")}</p>
    <p role="alert" class="wrong">${wrong}</p>
    ${sheets?.length > 0 && html`<nav class="row" aria-label=${say("openSheets")}>${sheets.map((sheet) => html`<button key=${sheet.title} aria-pressed=${sheet === shown} onClick=${() => pick(sheet)}><bdi>${sheet.title}</bdi></button>`)}</nav>`}
    ${shown && html`<${One} key=${shown.title} sheet=${shown} token=${session.token} look=${look} />`}
  </main>`;
}

function One({ sheet, token, look }) {
  const { title, written, wrong } = sheet;
  const [asks, setAsks] = useState(0);
  const frame = useRef(null);
  useEffect(() => {
    if (frame.current) open(title, token, FRAME);
  }, [title, written, wrong, asks]); // also when its file was written anew; in a frame of its own, so that no step back leads to the one before
  const again = () => {
    look();
    setAsks(asks + 1);
  };
  if (wrong) return html`<p role="alert" class="wrong">${wrong}</p><button onClick=${look}>${say("again")}</button>`;
  return html`<section aria-label=${title}>
    <div class="row"><span class="soft" role="status">${say("written", { at: moment(written), size: size(sheet.bytes) })}</span><span class="fill"></span>
      ${isTable(sheet) ? html`<button class="main" onClick=${() => open(title, token, "_self")}>${say("download")}</button>`
        : html`<button onClick=${again}>${say("again")}</button><button onClick=${() => open(title, token, "_blank")}>${say("alone")}</button>`}</div>
    ${!isTable(sheet) && html`<iframe key=${`${written} ${asks}`} ref=${frame} name=${FRAME} title=${title} sandbox="" referrerpolicy="no-referrer"></iframe>`}</section>`;
}

await styled("/static/sheets.css"); // before the first picture, so that nothing moves
begin("sheets", Sheets);
