// @ts-check
/** The list of strokes: who, why, from what; and those that want a person's word. */

import { allow, by, inStep, make, onPress, write } from "../shared/elements.js";
import { language, say } from "../shared/words.js";
import { title } from "./sources.js";

/** @type {Record<string, string>} */
const MODES = {
  pixels: "retouch.mode.pixels",
  detail: "retouch.mode.detail",
  restore: "retouch.mode.restore",
  heal: "retouch.mode.heal",
};

export class Strokes {
  /** @param {(deed: string, names: string[]) => void} ask @param {(stroke: any) => void} look */
  constructor(ask, look) {
    this.ask = ask;
    this.look = look;
    /** @type {any[]} */
    this.strokes = [];
    /** @type {any[]} */
    this.undone = [];
    /** @type {any[]} */
    this.begun = [];
    /** @type {Map<string, [number, number][]>} */
    this.paths = new Map();
    onPress(by("undo"), () => this.undo());
    onPress(by("redo"), () => this.redo());
    onPress(by("confirm"), () => ask("confirm", this.changed().map((one) => one.id)));
    onPress(by("drop"), () => ask("undo", this.unfit().map((one) => one.id)));
    onPress(by("finish"), () => ask("finish", this.begun.map((one) => one.id)));
    onPress(by("forget"), () => ask("forget", this.begun.map((one) => one.id)));
  }

  /** What the server told: all strokes, those undone, those begun. @param {any} told */
  take(told) {
    for (const one of [...told.strokes, ...told.undone, ...told.begun])
      if (one.path_px) this.paths.set(one.id, one.path_px);
    const whole = (/** @type {any} */ one) => ({ ...one, path_px: this.paths.get(one.id) });
    this.strokes = told.strokes.map(whole);
    this.undone = told.undone.map(whole);
    this.begun = told.begun;
  }

  undo() {
    const last = this.strokes[this.strokes.length - 1];
    if (last) this.ask("undo", [last.id]);
  }

  redo() {
    const last = this.undone[this.undone.length - 1];
    if (last) this.ask("redo", [last.id]);
  }

  /** Strokes whose source is another one now. */
  changed() {
    return this.strokes.filter((one) => one.changed);
  }

  /** Those, and the ones whose source is not there. */
  unfit() {
    return this.strokes.filter((one) => one.changed || one.missing);
  }

  /** @param {Set<string>} mine begun here, on their way */
  show(mine) {
    write(by("strokes-count"), String(this.strokes.length));
    allow(by("undo"), this.strokes.length > 0);
    allow(by("redo"), this.undone.length > 0);
    const unfit = this.unfit();
    by("changed").hidden = unfit.length === 0;
    by("confirm").hidden = this.changed().length === 0;
    if (unfit.length) {
      const names = [...new Set(unfit.map((one) => title({ ...one.source, position_um: null })))].join(", ");
      write(by("changed-text"), say(this.changed().length ? "retouch.changed" : "retouch.missing", { count: unfit.length, names }));
    }
    by("begun").hidden = !this.begun.some((one) => !mine.has(one.id));
    const list = by("strokes");
    const newest = [...this.strokes].reverse();
    inStep(
      list,
      newest,
      (one) => `${one.id} ${one.changed} ${one.missing} ${language()}`,
      (one) => this.#item(one),
    );
  }

  /** @param {any} one */
  #item(one) {
    const mode = say(MODES[one.mode]);
    const from = one.mode === "restore" ? "" : ` · ${title({ ...one.source, position_um: null })}`;
    const when = new Date(one.time);
    const time = Number.isNaN(when.valueOf())
      ? one.time
      : when.toLocaleString(language(), { dateStyle: "short", timeStyle: "short" });
    const who = [one.person, time].filter(Boolean).join(" · ");
    const look = make("button", { type: "button", class: "quiet stroke" }, [
      make("span", { text: `${mode}${from}` }),
      make("span", { text: one.reason || say("retouch.no_reason"), class: one.reason ? "small" : "small dim" }),
      make("span", { text: who, class: "small dim" }),
      one.changed || one.missing
        ? make("span", { text: say(one.changed ? "retouch.is_changed" : "retouch.is_missing"), class: "small warning" })
        : null,
    ]);
    look.addEventListener("click", () => this.look(one));
    const out = make("button", { type: "button", class: "quiet", title: say("retouch.take_out"), "aria-label": `${say("retouch.take_out")}: ${mode}${from}` }, [
      make("span", { text: "×", "aria-hidden": "true" }),
    ]);
    out.addEventListener("click", () => this.ask("undo", [one.id]));
    return make("li", {}, [look, out]);
  }
}
