// @ts-check
/**
 * What one paints from: the frame in focus under the pointer, some frames beside it, or one chosen by
 * its picture.
 *
 * @typedef {{name: string, kind: string, frame?: number, slab?: number, method?: string,
 *   version?: string, position_um: number | null, digest: string}} Source
 */

import { by, inStep, make, onPress, write } from "../shared/elements.js";
import { language, say } from "../shared/words.js";

/** @type {Record<string, string>} */
const KINDS = {
  fused: "retouch.kind.fused",
  frame: "retouch.kind.frame",
  slab: "retouch.kind.slab",
  method: "retouch.kind.method",
  version: "retouch.kind.version",
};

/** @param {Source} source */
export function title(source) {
  const place = source.frame ?? source.slab ?? source.method ?? source.version ?? "";
  const name = say(KINDS[source.kind], { name: place });
  if (source.position_um === null) return name;
  const um = new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(source.position_um);
  return `${name} · ${um} µm`;
}

export class Sources {
  /**
   * @param {Source[]} all
   * @param {import("./focus.js").Focus} focus
   * @param {import("./tiles.js").Tiles} tiles
   * @param {() => void} onChange
   */
  constructor(all, focus, tiles, onChange) {
    this.all = all;
    this.frames = all.filter((one) => one.kind === "frame");
    this.focus = focus;
    this.tiles = tiles;
    this.onChange = onChange;
    this.isAuto = this.frames.length > 0 && Boolean(focus.grid);
    /** How many frames beside the one in focus. */
    this.beside = 0;
    this.under = 0;
    this.chosen = this.frames[this.frames.length >> 1] ?? all[0];
    for (const one of all) tiles.version[one.name] = one.digest;
    onPress(by("auto"), () => this.auto());
    by("sources").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by_ = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by_) return;
      event.preventDefault();
      event.stopPropagation();
      const at = this.all.indexOf(this.chosen) + by_;
      if (this.all[at]) this.choose(this.all[at]);
    });
  }

  /** What people call a source. @param {string} name */
  named(name) {
    const found = this.all.find((one) => one.name === name);
    return found ? title(found) : name;
  }

  /** The frame in focus under the pointer from now on. */
  auto() {
    if (!this.frames.length || !this.focus.grid) return;
    this.isAuto = !this.isAuto;
    this.beside = 0;
    this.#changed();
  }

  /**
   * The pointer is at a place.
   * @param {number} x image px
   * @param {number} y
   */
  point(x, y) {
    if (!this.isAuto) return;
    const frame = this.focus.at(x, y);
    if (frame === null) return;
    this.#pick(frame);
  }

  /** @param {number} by_ so many frames later */
  step(by_) {
    if (!this.frames.length) return;
    const at = this.frames.indexOf(this.chosen);
    const next = Math.min(this.frames.length - 1, Math.max(0, (at < 0 ? 0 : at) + by_));
    if (this.isAuto) this.beside += next - at;
    this.chosen = this.frames[next];
    this.#changed();
  }

  /** @param {Source} source */
  choose(source) {
    this.isAuto = false;
    this.chosen = source;
    this.#changed();
  }

  /** @param {number} frame */
  #pick(frame) {
    let nearest = 0;
    this.frames.forEach((one, i) => {
      const [now, best] = [one, this.frames[nearest]].map((it) => Math.abs((it.frame ?? 0) - frame));
      if (now < best) nearest = i;
    });
    const wanted = this.frames[Math.min(this.frames.length - 1, Math.max(0, nearest + this.beside))];
    if (wanted === this.chosen) return;
    this.chosen = wanted;
    this.#changed();
  }

  #changed() {
    this.show();
    this.onChange();
  }

  show() {
    by("auto").setAttribute("aria-pressed", String(this.isAuto));
    const list = by("sources");
    inStep(
      list,
      this.all,
      (one) => `${one.name} ${language()}`,
      (one) => {
        const item = make("li", { role: "option", id: `source-${one.name}` }, [
          make("img", { src: this.tiles.small(one.name), alt: "", loading: "lazy", width: "56", height: "42" }),
          make("span", { text: title(one), class: "small" }),
        ]);
        item.addEventListener("click", () => this.choose(one));
        return item;
      },
    );
    for (const item of list.children) {
      const isChosen = item.id === `source-${this.chosen.name}`;
      if (item.getAttribute("aria-selected") === String(isChosen)) continue;
      item.setAttribute("aria-selected", String(isChosen));
      const middle = /** @type {HTMLElement} */ (item).offsetTop - list.clientHeight / 2 + 24;
      if (isChosen) list.scrollTop = middle;
    }
    list.setAttribute("aria-activedescendant", `source-${this.chosen.name}`);
    const beside = this.isAuto && this.beside ? ` (${this.beside > 0 ? "+" : "−"}${Math.abs(this.beside)})` : "";
    write(by("source-name"), `${this.isAuto ? `${say("retouch.auto")}: ` : ""}${title(this.chosen)}${beside}`);
  }
}
