// @ts-check
/**
 * What a person did, so that it is taken back and done again in its order: strokes that were painted,
 * and strokes that were taken out of the list.
 *
 * @typedef {{kind: "painted" | "out", id: string}} Act
 */

export class History {
  constructor() {
    /** @type {Act[]} */
    this.done = [];
    /** @type {Act[]} */
    this.undone = [];
    /** Strokes that come back because it was asked for. @type {Set<string>} */
    this.expected = new Set();
  }

  /**
   * The strokes are those now.
   * @param {string[]} before
   * @param {string[]} now
   */
  follow(before, now) {
    const known = new Set(before);
    for (const id of now) {
      if (known.has(id)) continue;
      if (!this.expected.delete(id)) this.add({ kind: "painted", id });
    }
  }

  /** @param {Act} act */
  add(act) {
    this.done.push(act);
    this.undone = [];
  }

  /**
   * The last act that still holds, to be taken back: what the server is asked for.
   * @param {Set<string>} now strokes that there are
   */
  back(now) {
    return this.#step(this.done, this.undone, now, "out");
  }

  /** The last that was taken back, to be done again. @param {Set<string>} now */
  again(now) {
    return this.#step(this.undone, this.done, now, "painted");
  }

  /** @param {Set<string>} now @param {boolean} isBack */
  can(now, isBack) {
    return (isBack ? this.done : this.undone).some((act) => holds(act, now, isBack ? "out" : "painted"));
  }

  /**
   * @param {Act[]} from
   * @param {Act[]} to
   * @param {Set<string>} now
   * @param {Act["kind"]} absent of which kind are strokes that are not there
   * @returns {{deed: "undo" | "redo", id: string} | null}
   */
  #step(from, to, now, absent) {
    for (;;) {
      const act = from.pop();
      if (!act) return null;
      // Somebody took it back otherwise.
      if (!holds(act, now, absent)) continue;
      to.push(act);
      if (act.kind !== absent) return { deed: "undo", id: act.id };
      this.expected.add(act.id);
      return { deed: "redo", id: act.id };
    }
  }
}

/** @param {Act} act @param {Set<string>} now @param {Act["kind"]} absent */
function holds(act, now, absent) {
  return now.has(act.id) !== (act.kind === absent);
}
