// A person's work: ask for a case, have it, answer it, ask again. No pages here; whoever shows it is told of each change.

import { Offline, Refused } from "./api.js";
import { load, save } from "./kept.js";

const WAIT_S = 25; // a request for a case waits so long in the service
const BEAT_MS = 30_000; // between signs of life
const AGAIN_MS = 2_000; // before what did not get through is tried again
const AHEAD_MS = [0, 300, 1_000, 3_000, 8_000]; // after a case is shown the next one is asked for, and again where there was none

export class Work {
  /** `changed`: called whenever something is other than before; `left`: the token is good no more. */
  constructor(api, account, changed, left) {
    Object.assign(this, { api, account, changed, left });
    this.phase = "asking"; // asking, waiting, case, paused, resting (a break, or off shift), away
    this.until = null; // when cases come again, where that is known: seconds since 1970
    this.lease = null;
    this.last = null; // the case that was answered last: it may be taken back
    this.done = 0;
    this.told = ""; // one sentence to show beside the case
    this.queue = []; // answers that the service does not have yet
    this.late = false; // one of them did not get through at its first try
    this.saving = Promise.resolve();
    this.ahead = null; // the case after this one, to be shown at once
    this.aside = null; // a case that waits while one before it is answered anew, and the milliseconds spent on it
    this.turn = 0; // counts cases and what comes between them
    this.over = false;
  }

  start() {
    this.beats = setInterval(() => this.beat(), BEAT_MS);
    const kept = load(this.account).then((before) => (this.queue = [...before, ...this.queue]));
    this.saving = kept.catch(() => this.notKept());
    this.saving.then(() => this.ask());
  }

  stop() {
    this.over = true;
    clearTimeout(this.later);
    clearTimeout(this.retry);
    clearInterval(this.beats);
    this.waiting?.abort();
  }

  /** What did not get through goes first; then the next case is asked for until there is one. */
  async ask() {
    this.waiting?.abort(); // one asks at a time
    const { signal } = (this.waiting = new AbortController());
    while (!this.over && !signal.aborted) {
      try {
        await this.send();
        const wait_s = this.atOnce() ? 0 : WAIT_S;
        const lease = await this.api.post("/v1/next", { wait_s }, { signal, wait_s });
        if (this.over) return;
        if (lease) return this.show(lease);
        this.to("waiting");
      } catch (error) {
        if (error.name === "AbortError") return;
        if (error instanceof Refused && error.status === 401) return this.left();
        if (!(error instanceof Offline || error instanceof Refused)) throw error;
        this.told = error instanceof Refused ? error.message : "";
        this.until = error.until ?? null;
        this.to(error.code === "not_now" ? "resting" : "away");
        await new Promise((go) => setTimeout(go, AGAIN_MS));
      }
    }
  }

  /** Whether a reply is wanted though there is no case: it ends what is shown, such as hours that a lead has changed meanwhile. */
  atOnce() {
    const ends = this.until !== null && 1_000 * this.until - Date.now() < 1_000 * WAIT_S;
    return this.phase === "asking" || (this.phase === "resting" && !ends);
  }

  show(lease) {
    this.turn += 1;
    this.lease = lease;
    this.spent = 0;
    this.since = performance.now();
    this.to("case");
    if (!lease.ahead) this.prefetch();
  }

  /** Asks for the case after this one, a few times. */
  prefetch(time = 0) {
    clearTimeout(this.later);
    const { lease } = this;
    this.later = setTimeout(async () => {
      if (this.lease !== lease || this.phase !== "case" || this.ahead || this.aside) return;
      try {
        const ahead = await this.api.post("/v1/next", { ahead: true });
        if (this.lease === lease && ahead) {
          this.ahead = ahead;
          this.changed(); // its files are fetched
        } else if (this.lease === lease && time + 1 < AHEAD_MS.length) this.prefetch(time + 1);
      } catch (error) {
        this.failed(error);
      }
    }, AHEAD_MS[time]);
  }

  /** The case that was asked for ahead, shown before the service has heard of it: it says whether it still should be. */
  async showAhead() {
    const lease = this.ahead;
    this.ahead = null;
    const sent = this.send();
    this.showing = this.api.post("/v1/shown", { token: lease.token });
    if (lease.answers) this.changed(); // what machines say is told only now; a case that comes with it waits for that
    else this.show(lease);
    const { turn } = this;
    try {
      const [told] = await Promise.all([this.showing, sent]);
      if (turn !== this.turn) return; // it is answered already
      if (!told) return this.next();
      if (this.lease && told.guidelines !== this.lease.guidelines) this.changed(Object.assign(this.lease, { guidelines: told.guidelines })); // they changed since
      if (this.lease) this.prefetch(); // not before: until then this case is the one that is kept
      else this.show(told);
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Refused && error.status === 409) return this.next(); // it went back, or somebody else has it
      if (!this.lease) return this.ask();
      this.failed(error);
    }
  }

  /** What went wrong beside a case: the case stays, unless the token is good no more; answers that did not get through are sent again. */
  failed(error) {
    if (error instanceof Refused && error.status === 401) return this.left();
    if (!(error instanceof Offline || error instanceof Refused)) throw error;
    clearTimeout(this.retry);
    if (this.queue.length && !this.late) {
      this.late = true;
      this.changed();
    }
    if (this.queue.length && !this.over) this.retry = setTimeout(() => this.send().catch((e) => this.failed(e)), AGAIN_MS);
  }

  /** Seconds of attention: the clock stands still while the work is paused or the page is out of sight. */
  get seconds() {
    return (this.spent + (this.since === null ? 0 : performance.now() - this.since)) / 1000;
  }

  clock(runs) {
    if (runs && this.since === null) this.since = performance.now();
    if (!runs && this.since !== null) {
      this.spent += performance.now() - this.since;
      this.since = null;
    }
  }

  /** An answer, null for "cannot tell": kept in this browser until the service has it. */
  answer(label, more = {}) {
    if (this.phase !== "case") return;
    const { case: id, token } = this.lease;
    this.keep([...this.queue, { case: id, token, label, seconds: Math.round(this.seconds * 100) / 100, ...more }]);
    this.last = { case: id, label };
    this.done += 1;
    this.told = "";
    if (this.ahead && !this.aside) {
      this.turn += 1;
      this.lease = null;
      this.phase = "asking"; // a second key finds no case to answer
      return this.showAhead();
    }
    this.next();
  }

  async skip(reason) {
    if (this.phase !== "case") return;
    const { token } = this.lease;
    this.told = "gaveBack";
    this.next(() => this.api.post("/v1/skip", { token, reason }));
  }

  /** The lead sees to it: nobody else is asked meanwhile. */
  async escalate(reason) {
    if (this.phase !== "case") return;
    const { token } = this.lease;
    this.told = "wentUp";
    this.next(() => this.api.post("/v1/escalate", { token, reason }));
  }

  async undo() {
    if (!this.last || this.phase === "paused") return;
    const { case: id } = this.last;
    this.last = null;
    this.waiting?.abort();
    try {
      await this.send();
      const { lease: now } = this;
      if (now && this.phase === "case") {
        await this.api.post("/v1/beat", { token: now.token, held: true });
        this.clock(false);
        if (this.lease === now) this.aside = { lease: now, spent: this.spent };
      }
      this.ahead = null; // it went back with the pause
      const back = await this.api.post(`/v1/cases/${encodeURIComponent(id)}/undo`, {});
      this.done -= 1;
      this.told = "undone";
      this.show(back);
    } catch (error) {
      this.told = error.message;
      if (this.phase !== "case") return this.next();
      this.aside = null;
      this.clock(true);
      this.to("case");
    }
  }

  async pause() {
    if (this.phase === "case") {
      this.clock(false);
      this.ahead = null; // it goes back
      this.to("paused");
      await this.beat();
    } else if (this.phase === "paused") {
      this.clock(true);
      this.to("case");
      await this.beat();
      this.prefetch();
    }
  }

  /** A sign of life, one after the other: what ends a lease waits for the one under way, so that none comes too late. */
  beat() {
    const before = this.beating;
    return (this.beating = (async () => {
      await before;
      await this.beatNow();
    })());
  }

  async beatNow() {
    const { lease, ahead, turn } = this;
    if (!lease || !["case", "paused"].includes(this.phase)) return;
    try {
      if (ahead) await this.api.post("/v1/beat", { token: ahead.token, held: false });
    } catch (error) {
      if (error instanceof Refused && this.ahead === ahead) this.ahead = null;
    }
    if (turn !== this.turn) return; // it is answered already
    try {
      await this.api.post("/v1/beat", { token: lease.token, held: this.phase === "paused" });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.left();
      else if (error instanceof Refused && turn === this.turn) this.next(); // the lease is over: somebody else has the case
    }
  }

  async next(before) {
    this.turn += 1;
    this.lease = null;
    this.to("asking");
    try {
      await this.beating;
      await before?.();
    } catch (error) {
      this.told = error.message;
    }
    if (!(await this.back())) this.ask();
  }

  /** The case that was put aside, if there is one and the person still has it. */
  async back() {
    const { aside } = this;
    this.aside = null;
    if (!aside) return false;
    try {
      await this.send();
      await this.api.post("/v1/beat", { token: aside.lease.token, held: false });
    } catch {
      return false; // it went back; what did not get through is sent before the next case is asked for
    }
    this.show(aside.lease);
    this.spent = aside.spent;
    return true;
  }

  /** Sends what waits, in its order; whoever calls while that goes on waits for the same. */
  send() {
    return (this.sending ??= this.sendAll().finally(() => (this.sending = null)));
  }

  /** This browser does not keep answers: they are in memory only, and the person is told. */
  notKept() {
    this.told = "notKept";
    this.changed();
  }

  /** Forgets what was not sent: the person signs out. */
  wipe() {
    this.keep([]);
    return this.saving;
  }

  async sendAll() {
    while (this.queue.length) {
      await this.showing?.catch(() => null); // that a case is shown is said before its answer
      await this.beating;
      try {
        await this.api.post("/v1/answers", this.queue[0]);
      } catch (error) {
        if (!(error instanceof Refused) || error.status === 401 || error.status === 429 || error.status >= 500) throw error;
        this.told = error.message; // it was refused for good, and is said so
      }
      this.late = false;
      this.keep(this.queue.slice(1));
    }
  }

  keep(queue) {
    this.queue = queue;
    this.saving = this.saving.then(() => save(this.account, this.queue)).catch(() => this.notKept());
    this.changed();
  }

  to(phase) {
    this.phase = phase;
    this.changed();
  }
}
