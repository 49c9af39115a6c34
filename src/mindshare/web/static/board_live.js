// What the service does now, followed: the board once a second while something happens, every event as it comes, at most four redraws a second.

import { Refused } from "./api.js";

const LOOK_MS = 1_000; // between two looks at the board while events come
const IDLE_MS = 5_000; // and while nothing happens: ages grow, people come and go
const REDRAW_MS = 250;
const AGAIN_MS = 2_000; // before what did not get through is tried again
const KEPT = 200; // verdicts
const POINTS = 1_800; // of prices; then every second one of the older half goes
const PAST_FRAMES = 2_000; // of the log that are read for what was before
const PAGES = 3;
const COUNTED = { received: "arrived", decided: "verdicts", answered: "answers", outcome: "outcomes" }; // event: a count of the board
const FOLLOWED = [...Object.keys(COUNTED), "leased", "skipped", "sent_up", "expired", "undone", "running", "failed", "cancelled", "reopened", "overridden",
  "escalated", "limited", "rules", "stopped", "resumed", "agent", "shift", "model"];

/** "12-3" as numbers; "12" is before all of its events. */
const placed = (place) => {
  const [frame, event] = place.split("-");
  return [Number(frame), event === undefined ? -1 : Number(event)];
};
const behind = ([frame, event], [other, its]) => frame > other || (frame === other && event > its);

/** The events in a stretch of a stream, each as [id, name, JSON]; what is left over waits for the next stretch. */
export function eventsOf(text) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop();
  const events = [];
  for (const block of blocks) {
    const told = {};
    for (const line of block.split("\n")) {
      const at = line.indexOf(": ");
      if (at > 0) told[line.slice(0, at)] = line.slice(at + 2);
    }
    if (told.id) events.push([told.id, told.event, told.data]);
  }
  return { events, rest };
}

export class Live {
  /** `changed`: called whenever something is to be drawn anew; `left`: the token is good no more. */
  constructor(api, changed, left) {
    Object.assign(this, { api, changed, left });
    this.board = null;
    this.away = false; // nothing comes
    this.wrong = ""; // why, in the service's words or none
    this.verdicts = []; // newest first
    this.read = false; // those of before this page was opened
    this.points = []; // {at, price: {resource}, spent: {resource} or null}
    this.place = ""; // of the last event that came, or where the first board stood
    this.since = []; // events behind the board: [place, name]
    this.over = false;
  }

  start() {
    this.over = false;
    this.follow();
  }

  stop() {
    this.over = true;
    this.ends?.abort();
    clearTimeout(this.drawing);
    clearTimeout(this.looking);
  }

  /** A count of the board, with the events that came since. */
  count(name) {
    return this.board.cases[name] + this.since.filter(([, event]) => COUNTED[event] === name).length;
  }

  async follow() {
    while (!this.over) {
      this.ends = new AbortController();
      try {
        await this.look();
        if (!this.points.some((p) => p.past)) await this.past();
        this.away = false;
        await this.stream(this.from());
      } catch (error) {
        if (this.over) return;
        if (error instanceof Refused && error.status === 401) return this.left();
        this.wrong = error instanceof Refused ? error.message : "";
      }
      if (this.over) return;
      this.away = true;
      this.draw();
      await new Promise((go) => setTimeout(go, AGAIN_MS));
    }
  }

  /** Where to go on: behind the last event that came, if that is not long ago, so that no verdict is missing. */
  from() {
    const lost = placed(this.board.place)[0] - placed(this.place)[0];
    return lost < PAST_FRAMES ? this.place : this.board.place;
  }

  /** The board of now. */
  async look() {
    clearTimeout(this.looking);
    this.looks = true;
    try {
      const board = await this.api.get("/v1/board", { signal: this.ends.signal });
      this.board = board;
      this.place ||= board.place;
      this.looked = performance.now();
      this.end = placed(board.place);
      this.since = this.since.filter(([at]) => behind(at, this.end));
      this.point({ at: board.at, price: each(board.limits, "price"), spent: each(board.limits, "spent") });
    } finally {
      this.looks = false;
    }
    this.looking = setTimeout(() => this.again(), IDLE_MS);
    this.draw();
  }

  async again() {
    if (this.over || this.looks) return;
    try {
      await this.look();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return this.left();
      this.ends.abort(); // the stream will say the same: begin anew
    }
  }

  /** What verdicts cost before this page was opened, as the log tells it. */
  async past() {
    const here = placed(this.board.place); // what came behind it comes with the stream
    let after = String(Math.max(here[0] - PAST_FRAMES, 0));
    const found = [];
    for (let page = 0; page < PAGES; page++) {
      const { events, next } = await this.api.get(`/v1/events?only=decided&limit=1000&after=${after}`, { signal: this.ends.signal });
      found.push(...events.filter(({ id }) => !behind(placed(id), here)).map(whole));
      if (next === after || events.length < 1000) break;
      after = next;
    }
    const seldom = Math.ceil(found.length / 300);
    const old = found.filter((_, i) => i % seldom === 0).map(({ at, price }) => ({ at, price, spent: null, past: true }));
    this.points = [...(old.length ? old : [{ ...this.points[0], past: true }]), ...this.points];
    this.verdicts = found.slice(-KEPT).reverse();
    this.read = true;
    this.draw();
  }

  async stream(place) {
    const reply = await fetch(`/v1/events/stream?after=${place}&only=${FOLLOWED}`, {
      headers: { Authorization: `Bearer ${this.api.token}` }, signal: this.ends.signal,
    });
    if (!reply.ok) throw new Refused(reply.status, "failed", (await reply.json().catch(() => null))?.error?.message ?? `HTTP ${reply.status}`);
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const { events, rest } = eventsOf(text + value);
      text = rest;
      for (const event of events) this.hear(...event);
      if (events.length) this.soon();
    }
  }

  hear(id, name, data) {
    this.place = id;
    if (behind(placed(id), this.end)) this.since.push([placed(id), name]);
    if (name !== "decided") return;
    const verdict = whole(JSON.parse(data));
    this.verdicts.unshift(verdict);
    if (this.verdicts.length > 2 * KEPT) this.verdicts.length = KEPT;
    this.point({ at: verdict.at, price: verdict.price, spent: null });
  }

  /** Something happened: it is drawn in a moment, and the board is looked at if it was not in the last second. */
  soon() {
    this.draw();
    const wait = Math.max(0, LOOK_MS - (performance.now() - this.looked));
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.again(), wait);
  }

  draw() {
    if (this.drawing) return;
    const wait = Math.max(0, REDRAW_MS - (performance.now() - (this.drawn ?? 0)));
    this.drawing = setTimeout(() => {
      this.drawing = 0;
      this.drawn = performance.now();
      if (!this.over) this.changed();
    }, wait);
  }

  /** One point a second is enough of a price. */
  point(new_) {
    const last = this.points.at(-1);
    if (last && new_.at - last.at < 1 && !last.past) {
      last.price = new_.price;
      last.spent = new_.spent ?? last.spent;
    } else if (!last || new_.at > last.at) this.points.push(new_);
    if (this.points.length > POINTS) this.points = this.points.filter((_, i) => i > POINTS / 2 || i % 2 === 0);
  }
}

/** An event leaves out what is as usual. */
const whole = (verdict) => ({ by: "rule", asked: [], price: {}, ...verdict });
const each = (limits, part) => Object.fromEntries(Object.entries(limits).map(([name, told]) => [name, told[part]]));
