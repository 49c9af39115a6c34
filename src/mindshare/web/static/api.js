// The API of the service that this page came from: one call, errors as the service tells them.

import { say } from "./words.js";

/** The service said no: `code` and its own sentence; `until`: when it may be asked again (seconds since 1970), where it says so;
 * `more`: all of what it said. */
export class Refused extends Error {
  constructor(status, code, message, until = null, more = {}) {
    super(message);
    Object.assign(this, { status, code, until, more });
  }
}

/** No answer came, or none in time: the network or the service is away. */
export class Offline extends Error {}

export const PATIENCE_MS = 60_000; // so long an answer is waited for: a network may hang without an end
const FILE_S = 120; // more, for a file over a thin link
/** Given up by whoever gave the signal, or by the network: what a browser says of that is no sentence for people, and it may call both an abort. */
const lost = (error, signal) => (signal?.aborted ? error : new Offline(say("silent"), { cause: error }));

export class Api {
  /** `patience`: milliseconds that an answer may take, beside what a request itself asks to wait. */
  constructor(token = "", patience = PATIENCE_MS) {
    Object.assign(this, { token, patience });
  }

  /** JSON of the answer, null where there is none. */
  async ask(method, path, body, more = {}) {
    const reply = await this.reply(method, path, body, more);
    if (reply.status === 204) return null;
    return reply.json().catch((error) => {
      if (error instanceof SyntaxError) return null;
      throw lost(error, more?.signal); // it began to come, and ended in between
    });
  }

  /** The bytes of the answer, with their type. */
  async blob(path) {
    const reply = await this.reply("GET", path, undefined, { wait_s: FILE_S });
    return reply.blob().catch((error) => {
      throw lost(error);
    });
  }

  async reply(method, path, body, { signal, wait_s = 0, ...more } = {}) {
    const late = AbortSignal.timeout(this.patience + 1000 * wait_s);
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    let reply;
    try {
      reply = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal: signal ? AbortSignal.any([signal, late]) : late, ...more });
    } catch (error) {
      throw lost(error, signal);
    }
    if (reply.ok) return reply;
    const error = (await reply.json().catch(() => null))?.error ?? {};
    throw new Refused(reply.status, error.code ?? "failed", error.message ?? `HTTP ${reply.status}`, error.until, error);
  }

  get = (path, more) => this.ask("GET", path, undefined, more);
  post = (path, body, more) => this.ask("POST", path, body, more);
}
