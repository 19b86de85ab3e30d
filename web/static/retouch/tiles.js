// @ts-check
/** Tiles of the sources and of the result: fetched once, decoded beside the page, drawn as they come. */

import { levelFor } from "./view.js";

// Of 512 px, a MB each: two panes of a large screen, and some frames to step through.
const MOST = 200;
const AGAIN_MS = 1000;

/**
 * @typedef {{image: ImageBitmap | null, coming: number, isOld: boolean, used: number}} Tile
 * @typedef {[number, number]} Place column and row
 */

export class Tiles {
  /**
   * @param {string} base address of the stack's retouching
   * @param {{width_px: number, height_px: number, tile_px: number, levels: number}} facts
   * @param {(name: string, key: string) => void} onCame
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
  }

  /**
   * Draw all of a picture that is there into a canvas that shows `view`, the coarse under the fine.
   * @param {CanvasRenderingContext2D} to
   * @param {string} name
   * @param {import("./view.js").View} view
   */
  draw(to, name, view) {
    const best = levelFor(view.scale, this.facts.levels);
    const wanted = this.#places(best, view).map(([column, row]) => this.#tile(name, best, column, row));
    if (wanted.some((tile) => !tile.image))
      for (const level of new Set([this.facts.levels - 1, Math.min(best + 1, this.facts.levels - 1)]))
        if (level !== best) for (const [column, row] of this.#places(level, view)) this.#lay(to, name, view, level, column, row);
    for (const [column, row] of this.#places(best, view)) this.#lay(to, name, view, best, column, row);
  }

  /**
   * Draw one tile that came.
   * @param {CanvasRenderingContext2D} to
   * @param {string} key
   * @param {import("./view.js").View} view
   * @returns {boolean} whether that is all there is to do; else all is to be drawn
   */
  drawOne(to, key, view) {
    const [name, level, column, row] = key.split("|");
    if (Number(level) !== levelFor(view.scale, this.facts.levels)) return this.isWhole(name, view);
    this.#lay(to, name, view, Number(level), Number(column), Number(row));
    return true;
  }

  /**
   * Whether all that `view` shows of a picture is here in full detail; what is not is fetched.
   * @param {string} name
   * @param {import("./view.js").View} view
   */
  isWhole(name, view) {
    const best = levelFor(view.scale, this.facts.levels);
    const tiles = this.#places(best, view).map(([column, row]) => this.#tile(name, best, column, row));
    return tiles.every((tile) => tile.image && !tile.coming);
  }

  /**
   * @param {CanvasRenderingContext2D} to
   * @param {string} name
   * @param {import("./view.js").View} view
   * @param {number} level
   * @param {number} column
   * @param {number} row
   */
  #lay(to, name, view, level, column, row) {
    const { image } = this.#tile(name, level, column, row);
    if (!image) return;
    const [a, b, c, d, e, f] = view.matrix();
    const factor = 2 ** level;
    to.imageSmoothingEnabled = view.scale < 2;
    to.setTransform(a * factor, b * factor, c * factor, d * factor, e, f);
    to.drawImage(image, column * this.facts.tile_px, row * this.facts.tile_px);
    to.setTransform(1, 0, 0, 1, 0, 0);
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

  /** @param {number} level @param {import("./view.js").View} view @returns {Place[]} */
  #places(level, view) {
    const side = this.facts.tile_px * 2 ** level;
    const [left, top, right, bottom] = view.shown();
    /** @type {Place[]} */
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
      tile = { image: null, coming: 0, isOld: true, used: ++this.clock };
      this.known.set(key, tile);
      this.#forget();
    }
    tile.used = ++this.clock;
    if (tile.isOld) void this.#fetch(key, tile);
    return tile;
  }

  /** @param {string} key @param {Tile} tile */
  async #fetch(key, tile) {
    const mine = ++this.clock;
    tile.coming = mine;
    tile.isOld = false;
    /** @type {ImageBitmap | null} */
    let image = null;
    try {
      const answer = await fetch(this.#address(key));
      if (answer.ok) image = await createImageBitmap(await answer.blob());
    } catch {
      // The server is silent: it is asked for again.
    }
    // Another was asked for meanwhile, or it is not wanted any more.
    if (tile.coming !== mine) return image?.close();
    if (image) {
      tile.image?.close();
      tile.image = image;
      tile.coming = 0;
      this.onCame(key.split("|")[0], key);
    } else
      setTimeout(() => {
        if (tile.coming !== mine) return;
        tile.coming = 0;
        tile.isOld = true;
        this.onCame(key.split("|")[0], key);
      }, AGAIN_MS);
  }

  /** @param {string} key */
  #address(key) {
    const [name, level, column, row] = key.split("|");
    return `${this.base}/tiles/${name}/${level}/${column}_${row}.jpg?v=${this.version[name] ?? ""}`;
  }

  #forget() {
    if (this.known.size <= MOST) return;
    const oldest = [...this.known].sort((one, other) => one[1].used - other[1].used);
    for (const [key, tile] of oldest.slice(0, MOST / 4)) {
      this.known.delete(key);
      tile.coming = -1;
      tile.image?.close();
    }
  }
}
