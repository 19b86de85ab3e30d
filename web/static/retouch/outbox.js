// @ts-check
/**
 * Strokes on their way to the server. They are sent while they are drawn, and kept in this browser
 * until the server has them on disk; each has its id, so that none is there twice.
 *
 * @typedef {{id: string, source: string, mode: string, match: boolean, brush: {diameter_px: number,
 *   hardness: number, opacity: number}, person: string, time: string, reason: string}} Head
 * @typedef {{stroke: Head, path: [number, number][], isEnded: boolean, have: number}} Sent
 * @typedef {"silent" | "anew" | "other" | ""} Trouble
 */

const EVERY_MS = 100;
const AGAIN_MS = 700;
const MOST_POINTS = 1500;

export class Outbox {
  /**
   * @param {string} kept begins the names of what is kept
   * @param {(deed: string, body: any) => Promise<{status: number, told: any}>} ask
   * @param {{done: (told: any, id: string) => void, trouble: (why: Trouble) => void, refused: (sentence: string, id: string) => void}} tell
   */
  constructor(kept, ask, tell) {
    this.kept = kept;
    this.ask = ask;
    this.tell = tell;
    /** @type {Sent[]} */
    this.waiting = [];
    /** @type {(() => void)[]} */
    this.idle = [];
    this.isRunning = false;
    /** Ends a wait. @type {() => void} */
    this.wake = () => {};
  }

  /** Strokes that an earlier page could not send; they end where it ended. */
  recall() {
    const found = this.#found().filter(([, sent]) => !this.waiting.some((one) => one.stroke.id === sent.stroke.id));
    found.sort((one, other) => one[1].stroke.time.localeCompare(other[1].stroke.time));
    for (const [, sent] of found) this.waiting.push({ ...sent, isEnded: true, have: 0 });
    void this.#run();
    return found.length;
  }

  /** @param {Head} stroke @param {[number, number]} point */
  begin(stroke, point) {
    const sent = { stroke, path: [point], isEnded: false, have: 0 };
    this.waiting.push(sent);
    this.#keep(sent);
    void this.#run();
    return sent;
  }

  /** @param {Sent} sent */
  end(sent) {
    sent.isEnded = true;
    this.#keep(sent);
    this.wake();
    void this.#run();
  }

  /** Once all is sent. */
  sent() {
    if (!this.waiting.length) return Promise.resolve();
    return new Promise((done) => this.idle.push(() => done(undefined)));
  }

  async #run() {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.waiting.length) await this.#next(this.waiting[0]);
    this.isRunning = false;
    for (const done of this.idle.splice(0)) done();
  }

  /** @param {Sent} sent */
  async #next(sent) {
    if (!sent.isEnded) {
      this.#keep(sent);
      if (sent.have === sent.path.length) return this.#soon();
    }
    const part = sent.path.slice(sent.have, sent.have + MOST_POINTS);
    const isLast = sent.isEnded && sent.have + part.length === sent.path.length;
    const body = { stroke: sent.stroke, from: sent.have, path_px: part, of: isLast ? sent.path.length : null };
    let answer;
    try {
      answer = await this.ask("draw", body);
    } catch {
      this.tell.trouble("silent");
      return later(AGAIN_MS);
    }
    const { status, told } = answer;
    if (status === 200) {
      this.tell.trouble("");
      sent.have = Math.min(told.have, sent.path.length);
      if (isLast && told.have >= sent.path.length) {
        this.#drop(sent);
        this.tell.done(told, sent.stroke.id);
      } else if (!sent.isEnded) return this.#soon();
    } else if (status === 403 || status === 423 || status >= 500) {
      this.tell.trouble(status === 403 ? "anew" : status === 423 ? "other" : "silent");
      return later(AGAIN_MS);
    } else if (sent.isEnded || status !== 409) {
      sent.isEnded = true;
      this.#drop(sent);
      this.tell.refused(told.error ?? String(status), sent.stroke.id);
    } else return later(AGAIN_MS);
  }

  /** The next points, or the end. @returns {Promise<void>} */
  #soon() {
    return new Promise((done) => {
      this.wake = () => done();
      setTimeout(done, EVERY_MS);
    });
  }

  /** @param {Sent} sent */
  #drop(sent) {
    this.waiting.splice(this.waiting.indexOf(sent), 1);
    try {
      localStorage.removeItem(this.kept + sent.stroke.id);
    } catch {
      // Nothing was kept there either.
    }
  }

  /** @param {Sent} sent */
  #keep(sent) {
    try {
      localStorage.setItem(this.kept + sent.stroke.id, JSON.stringify(sent));
    } catch {
      // It is full or refused: the server has what was sent.
    }
  }

  /** @returns {[string, Sent][]} */
  #found() {
    /** @type {[string, Sent][]} */
    const found = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i) ?? "";
        if (name.startsWith(this.kept)) found.push([name, JSON.parse(localStorage.getItem(name) ?? "")]);
      }
    } catch {
      // What is no stroke is left alone.
    }
    return found.filter(([, sent]) => sent?.stroke?.id && sent.path?.length);
  }
}

/** @param {number} ms @returns {Promise<void>} */
const later = (ms) => new Promise((done) => setTimeout(done, ms));
