// @ts-check
/** Tiles of the sources and of the result: fetched once, drawn as they come, the coarse before the fine. */

import { levelFor } from "./view.js";

const MOST = 400;

/** @typedef {{image: HTMLImageElement | null, coming: HTMLImageElement | null, isOld: boolean, used: number}} Tile */

export class Tiles {
  /**
   * @param {string} base address of the stack's retouching
   * @param {{width_px: number, height_px: number, tile_px: number, levels: number}} facts
   * @param {(name: string) => void} onCame
   */
  constructor(base, facts, onCame) {
    this.base = base;
    this.facts = facts;
    this.onCame = onCame;
    /** @type {Map<string, Tile>} */
    this.known = new Map();
    /** @type {Record<string, string>} what makes an address another one, by source */
    this.version = {};
    this.clock = 0;
    this.coming = 0;
  }

  /**
   * Draw a picture into a canvas that shows `view`.
   * @param {CanvasRenderingContext2D} to
   * @param {string} name
   * @param {import("./view.js").View} view
   * @returns {boolean} whether all of it is there in full detail
   */
  draw(to, name, view) {
    const best = levelFor(view.scale, this.facts.levels);
    const wanted = this.#places(best, view).map(([column, row]) => this.#tile(name, best, column, row));
    const isWhole = wanted.every((tile) => tile.image && !tile.coming);
    to.imageSmoothingEnabled = view.scale < 2;
    // Where the fine is not there yet, the coarse is laid under it.
    if (wanted.some((tile) => !tile.image))
      for (const level of new Set([this.facts.levels - 1, Math.min(best + 1, this.facts.levels - 1)]))
        if (level !== best) this.#lay(to, name, view, level);
    this.#lay(to, name, view, best);
    to.setTransform(1, 0, 0, 1, 0, 0);
    return isWhole;
  }

  /** @param {CanvasRenderingContext2D} to @param {string} name @param {import("./view.js").View} view @param {number} level */
  #lay(to, name, view, level) {
    const [a, b, c, d, e, f] = view.matrix();
    const factor = 2 ** level;
    to.setTransform(a * factor, b * factor, c * factor, d * factor, e, f);
    for (const [column, row] of this.#places(level, view)) {
      const { image } = this.#tile(name, level, column, row);
      if (image) to.drawImage(image, column * this.facts.tile_px, row * this.facts.tile_px);
    }
  }

  /**
   * A picture's tiles are others where it changed: they are fetched when they are next shown, and the
   * old ones shown until then.
   * @param {string} name
   * @param {number[]} box x, y, width, height, image px
   * @param {string} version
   */
  renew(name, [x, y, width, height], version) {
    this.version[name] = version;
    for (const [key, tile] of this.known) {
      const [of, level, column, row] = key.split("|");
      const side = this.facts.tile_px * 2 ** Number(level);
      const [left, top] = [Number(column) * side, Number(row) * side];
      // A coarse px holds what lies beside the box.
      const edge = 2 ** Number(level);
      if (of === name && left < x + width + edge && x - edge < left + side && top < y + height + edge && y - edge < top + side)
        tile.isOld = true;
    }
  }

  /**
   * The address of a picture of the whole.
   * @param {string} name
   */
  small(name) {
    return this.#address(`${name}|${this.facts.levels - 1}|0|0`);
  }

  /** @param {number} level @param {import("./view.js").View} view @returns {[number, number][]} */
  #places(level, view) {
    const side = this.facts.tile_px * 2 ** level;
    const [left, top, right, bottom] = view.shown();
    /** @type {[number, number][]} */
    const places = [];
    const [width, height] = [this.facts.width_px, this.facts.height_px];
    for (let row = Math.max(0, Math.floor(top / side)); row * side < Math.min(bottom, height); row++)
      for (let column = Math.max(0, Math.floor(left / side)); column * side < Math.min(right, width); column++)
        places.push([column, row]);
    return places;
  }

  /** @param {string} name @param {number} level @param {number} column @param {number} row */
  #tile(name, level, column, row) {
    const key = `${name}|${level}|${column}|${row}`;
    let tile = this.known.get(key);
    if (!tile) {
      tile = { image: null, coming: null, isOld: true, used: 0 };
      this.known.set(key, tile);
      this.#forget();
    }
    if (tile.isOld) this.#fetch(key, tile);
    tile.used = ++this.clock;
    return tile;
  }

  /** @param {string} key @param {Tile} tile */
  #fetch(key, tile) {
    const image = new Image();
    tile.coming = image;
    tile.isOld = false;
    this.coming++;
    image.src = this.#address(key);
    image.decode().then(
      () => {
        this.coming--;
        // Another was asked for meanwhile.
        if (tile.coming !== image) return;
        tile.image = image;
        tile.coming = null;
        this.onCame(key.split("|")[0]);
      },
      () => {
        this.coming--;
        if (tile.coming !== image) return;
        tile.coming = null;
        if (!tile.image) this.known.delete(key);
        else setTimeout(() => (tile.isOld = true), 1000);
      },
    );
  }

  /** @param {string} key */
  #address(key) {
    const [name, level, column, row] = key.split("|");
    return `${this.base}/tiles/${name}/${level}/${column}_${row}.jpg?v=${this.version[name] ?? ""}`;
  }

  #forget() {
    if (this.known.size <= MOST) return;
    const oldest = [...this.known].sort((one, other) => one[1].used - other[1].used);
    for (const [key] of oldest.slice(0, MOST / 4)) this.known.delete(key);
  }
}
