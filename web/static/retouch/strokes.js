// @ts-check
/** The list of strokes: who, why, from what; one is chosen, shown, explained anew or taken out. */

import { allow, by, inStep, make, onPress, write } from "../shared/elements.js";
import { language, say } from "../shared/words.js";
import { History } from "./history.js";
import { title } from "./sources.js";

/** @type {Record<string, string>} */
const MODES = {
  pixels: "retouch.mode.pixels",
  detail: "retouch.mode.detail",
  restore: "retouch.mode.restore",
  heal: "retouch.mode.heal",
};

export class Strokes {
  /**
   * @param {{ask: (deed: string, names: string[]) => void, look: (stroke: any) => void,
   *   explain: (id: string, reason: string) => void, changed: () => void}} then
   */
  constructor(then) {
    this.then = then;
    this.history = new History();
    /** @type {any[]} */
    this.strokes = [];
    /** @type {any[]} */
    this.begun = [];
    /** @type {Map<string, [number, number][]>} */
    this.paths = new Map();
    this.revision = -1;
    this.chosenId = "";
    onPress(by("undo"), () => this.undo());
    onPress(by("redo"), () => this.redo());
    onPress(by("confirm"), () => then.ask("confirm", this.changed().map((one) => one.id)));
    onPress(by("drop"), () => this.remove(this.unfit().map((one) => one.id)));
    onPress(by("finish"), () => then.ask("finish", this.begun.map((one) => one.id)));
    onPress(by("forget"), () => then.ask("forget", this.begun.map((one) => one.id)));
    by("strokes").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Delete" || event.target instanceof HTMLInputElement) return;
      const item = /** @type {HTMLElement} */ (event.target).closest("li");
      if (item?.dataset.id) this.remove([item.dataset.id]);
    });
  }

  /** What the server told: all strokes, those undone, those begun. @param {any} told */
  take(told) {
    const isFirst = this.revision < 0;
    const before = this.#ids();
    for (const one of [...told.strokes, ...told.undone, ...told.begun])
      if (one.path_px) this.paths.set(one.id, one.path_px);
    const known = new Map(this.strokes.map((one) => [one.id, one]));
    // One that is as it was stays the same, for what is drawn of it is kept.
    this.strokes = told.strokes.map((/** @type {any} */ one) => {
      const whole = { ...one, path_px: this.paths.get(one.id) };
      const old = known.get(one.id);
      return old && JSON.stringify({ ...old, path_px: 0 }) === JSON.stringify({ ...whole, path_px: 0 }) ? old : whole;
    });
    this.begun = told.begun;
    this.revision = told.revision;
    this.history.follow(before, this.#ids());
    if (isFirst) this.history.undone = told.undone.map((/** @type {any} */ one) => ({ kind: "painted", id: one.id }));
  }

  /** One more was painted; whether that is all that is new. @param {any} told */
  add(told) {
    if (told.revision !== this.revision + 1) return false;
    this.paths.set(told.stroke.id, told.stroke.path_px);
    this.strokes = [...this.strokes, told.stroke];
    this.revision = told.revision;
    this.history.add({ kind: "painted", id: told.stroke.id });
    return true;
  }

  #ids() {
    return this.strokes.map((one) => one.id);
  }

  undo() {
    const act = this.history.back(new Set(this.#ids()));
    if (act) this.then.ask(act.deed, [act.id]);
  }

  redo() {
    const act = this.history.again(new Set(this.#ids()));
    if (act) this.then.ask(act.deed, [act.id]);
  }

  /** Take strokes out, which can be undone. @param {string[]} ids */
  remove(ids) {
    for (const id of ids) this.history.add({ kind: "out", id });
    this.then.ask("undo", ids);
  }

  /** The one that is chosen; null where none is. */
  chosen() {
    return this.strokes.find((one) => one.id === this.chosenId) ?? null;
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
    const ids = new Set(this.#ids());
    write(by("strokes-count"), String(this.strokes.length));
    allow(by("undo"), this.history.can(ids, true));
    allow(by("redo"), this.history.can(ids, false));
    const unfit = this.unfit();
    by("changed").hidden = unfit.length === 0;
    by("confirm").hidden = this.changed().length === 0;
    if (unfit.length) {
      const names = [...new Set(unfit.map((one) => title({ ...one.source, position_um: null })))].join(", ");
      write(by("changed-text"), say(this.changed().length ? "retouch.changed" : "retouch.missing", { count: unfit.length, names }));
    }
    by("begun").hidden = !this.begun.some((one) => !mine.has(one.id));
    this.list();
  }

  list() {
    inStep(
      by("strokes"),
      [...this.strokes].reverse(),
      (one) => `${one.id} ${one.changed} ${one.missing} ${one.reason} ${title({ ...one.source, position_um: null })} ${one.id === this.chosenId} ${language()}`,
      (one) => this.#item(one),
    );
  }

  /** @param {any} one */
  #choose(one) {
    this.chosenId = this.chosenId === one.id ? "" : one.id;
    this.list();
    /** @type {HTMLElement | null} */ (by("strokes").querySelector(`li[data-id="${one.id}"] > .stroke`))?.focus();
    if (this.chosenId) this.then.look(one);
    else this.then.changed();
  }

  /** @param {any} one */
  #item(one) {
    const isChosen = one.id === this.chosenId;
    const mode = say(MODES[one.mode]);
    const from = one.mode === "restore" ? "" : ` · ${title({ ...one.source, position_um: null })}`;
    const edited = one.reason_edited ? say("retouch.reason.by", { who: who(one.reason_edited) }) : "";
    const choose = make("button", { type: "button", class: "quiet stroke", "aria-expanded": String(isChosen) }, [
      make("span", { text: `${mode}${from}` }),
      make("span", { text: one.reason || say("retouch.no_reason"), class: one.reason ? "small" : "small dim" }),
      make("span", { text: [who(one), edited].filter(Boolean).join(" · "), class: "small dim" }),
      one.changed || one.missing
        ? make("span", { text: say(one.changed ? "retouch.is_changed" : "retouch.is_missing"), class: "small warning" })
        : null,
    ]);
    choose.addEventListener("click", () => this.#choose(one));
    return make("li", { "data-id": one.id }, [choose, isChosen ? this.#details(one, `${mode}${from}`) : null]);
  }

  /** @param {any} one @param {string} name */
  #details(one, name) {
    const field = make("input", { id: "reason-of", maxlength: "2000", autocomplete: "off", value: one.reason });
    const save = make("button", { class: "main", text: say("retouch.reason.save") });
    const look = make("button", { type: "button", text: say("retouch.look") });
    const out = make("button", { type: "button", text: say("retouch.take_out"), "aria-label": `${say("retouch.take_out")}: ${name}` });
    look.addEventListener("click", () => this.then.look(one));
    out.addEventListener("click", () => this.remove([one.id]));
    const form = make("form", { class: "details" }, [
      make("label", { for: "reason-of", text: say("retouch.reason.of") }),
      field,
      make("div", { class: "row" }, [save, look, out]),
    ]);
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.then.explain(one.id, field.value.trim());
    });
    return form;
  }
}

/** Person and time, as far as they are told. @param {{person: string, time: string}} told */
function who({ person, time }) {
  const when = new Date(time);
  const shown = Number.isNaN(when.valueOf()) ? time : when.toLocaleString(language(), { dateStyle: "short", timeStyle: "short" });
  return [person, shown].filter(Boolean).join(" · ");
}
