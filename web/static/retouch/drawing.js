// @ts-check
/**
 * A stroke while it is drawn: laid over the result at once, of what the source pane shows. What
 * remains is made by the server at full size; this is what the eye needs until then.
 *
 * Squares of the screen are worked on one by one: the source is read, and brought to the light of the
 * result, where the brush first comes to a square, and what a frame has no time for waits for the next.
 */

import { Dabs, dab } from "./brush.js";

const SQUARE = 64;
// Light round about is told by cells of so many screen px.
const CELL = 16;
// Cells of a square, and one on every side of it.
const CELLS = SQUARE / CELL + 2;

/** What is kept from stroke to stroke: a screen's px are not asked for anew each time. */
export class Sheet {
  /** @param {HTMLCanvasElement} canvas over the result */
  constructor(canvas) {
    this.canvas = canvas;
    this.to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.width = this.height = this.across = 0;
    this.mask = new Uint8Array(0);
    this.source = new Uint32Array(0);
    this.brush = "";
    this.dab = dab(1, 0, 0);
    this.resize();
  }

  /** The dab of a brush: that of the stroke before, mostly. @param {{diameter: number, hardness: number, opacity: number}} brush */
  dabOf({ diameter, hardness, opacity }) {
    const brush = `${diameter} ${hardness} ${opacity}`;
    if (brush !== this.brush) [this.brush, this.dab] = [brush, dab(diameter, hardness, opacity)];
    return this.dab;
  }

  /** The canvas has another size. */
  resize() {
    this.width = this.canvas.width;
    this.height = this.canvas.height;
    this.across = Math.ceil(this.width / SQUARE);
    this.mask = new Uint8Array(this.width * this.height);
    this.source = new Uint32Array(this.width * this.height);
  }

  /** @param {number} square its number, by rows */
  part(square) {
    const left = (square % this.across) * SQUARE;
    const top = Math.floor(square / this.across) * SQUARE;
    return { left, top, right: Math.min(left + SQUARE, this.width), bottom: Math.min(top + SQUARE, this.height) };
  }
}

export class Drawing {
  /**
   * @param {Sheet} sheet
   * @param {HTMLCanvasElement} source
   * @param {HTMLCanvasElement} result
   * @param {{diameter: number, hardness: number, opacity: number}} brush screen px
   * @param {"plain" | "matched" | "tint"} look as the source is, in the light of the result, or that
   *   it is painted at all
   */
  constructor(sheet, source, result, brush, look) {
    this.sheet = sheet;
    const context = (/** @type {HTMLCanvasElement} */ canvas) =>
      /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.source = context(source);
    this.result = context(result);
    this.dabs = new Dabs(brush.diameter);
    this.dab = sheet.dabOf(brush);
    this.look = look;
    /** @type {[number, number][]} */
    this.waiting = [];
    /** Squares whose px of the source are known. @type {Set<number>} */
    this.known = new Set();
    /** Squares that are to be shown. @type {Set<number>} */
    this.changed = new Set();
    /** All squares that were touched. @type {Set<number>} */
    this.touched = new Set();
  }

  /** The source pane shows other px, as finer ones came: what is covered is drawn of them again. */
  again() {
    this.known.clear();
    for (const square of this.touched) this.changed.add(square);
  }

  /**
   * The brush moved on.
   * @param {number} x screen px
   * @param {number} y
   */
  move(x, y) {
    this.waiting.push(...this.dabs.to(x, y));
  }

  /** The brush is lifted: a dab stands at the last point, too. */
  end() {
    if (this.dabs.last) this.waiting.push(this.dabs.last);
  }

  /**
   * Draw what waits, as far as time goes.
   * @param {number} until as `performance.now` has it
   * @returns {boolean} whether all of it is drawn
   */
  step(until) {
    while (this.waiting.length && performance.now() < until) {
      const [x, y] = /** @type {[number, number]} */ (this.waiting.shift());
      this.#set(Math.round(x), Math.round(y));
    }
    for (const square of this.changed) {
      if (performance.now() > until) return false;
      this.#show(square);
      this.changed.delete(square);
    }
    return this.waiting.length === 0;
  }

  clear() {
    const { sheet } = this;
    sheet.to.clearRect(0, 0, sheet.width, sheet.height);
    for (const square of this.touched) {
      const { left, top, right, bottom } = sheet.part(square);
      for (let row = top; row < bottom; row++) sheet.mask.fill(0, row * sheet.width + left, row * sheet.width + right);
    }
    this.touched.clear();
    this.changed.clear();
    this.waiting.length = 0;
  }

  /** @param {number} x @param {number} y */
  #set(x, y) {
    const { side, reach, values } = this.dab;
    const { mask, width, height, across } = this.sheet;
    const left = Math.max(0, x - reach);
    const top = Math.max(0, y - reach);
    const right = Math.min(width, x + reach + 1);
    const bottom = Math.min(height, y + reach + 1);
    for (let row = top; row < bottom; row++) {
      let from = (row - y + reach) * side + (left - x + reach);
      for (let at = row * width + left, end = row * width + right; at < end; at++, from++)
        if (values[from] > mask[at]) mask[at] = values[from];
    }
    for (let row = Math.floor(top / SQUARE); row * SQUARE < bottom; row++)
      for (let column = Math.floor(left / SQUARE); column * SQUARE < right; column++) {
        this.changed.add(row * across + column);
        this.touched.add(row * across + column);
      }
  }

  /** @param {number} square */
  #show(square) {
    if (this.look !== "tint" && !this.known.has(square)) this.#read(square);
    const { mask, source, width, to } = this.sheet;
    const { left, top, right, bottom } = this.sheet.part(square);
    const image = new ImageData(right - left, bottom - top);
    const words = new Uint32Array(image.data.buffer);
    for (let row = top, i = 0; row < bottom; row++)
      for (let at = row * width + left, end = row * width + right; at < end; at++, i++)
        if (mask[at])
          words[i] = this.look === "tint" ? ((mask[at] >> 1) << 24) | 0xd84fff : (source[at] & 0xffffff) | (mask[at] << 24);
    to.putImageData(image, left, top);
  }

  /** Take a square of the source as it is shown now. @param {number} square */
  #read(square) {
    const { source, width } = this.sheet;
    const { left, top, right, bottom } = this.sheet.part(square);
    const from = this.source.getImageData(left, top, right - left, bottom - top);
    if (this.look === "matched") this.#match(from, left, top);
    const words = new Uint32Array(from.data.buffer);
    for (let row = top, i = 0; row < bottom; row++, i += right - left)
      source.set(words.subarray(i, i + right - left), row * width + left);
    this.known.add(square);
  }

  /**
   * Bring a square to the light of the result: by how much that is lighter, on straight lines between
   * the middles of cells.
   * @param {ImageData} square
   * @param {number} left
   * @param {number} top
   */
  #match({ data, width, height }, left, top) {
    const lighter = this.#lighter(left, top);
    for (let row = 0, at = 0; row < height; row++) {
      const y = row / CELL + 0.5;
      const above = Math.floor(y);
      const down = y - above;
      for (let column = 0; column < width; column++, at += 4) {
        const x = column / CELL + 0.5;
        const before = Math.floor(x);
        const across = x - before;
        let from = 3 * (above * CELLS + before);
        for (let channel = 0; channel < 3; channel++, from++) {
          const high = lighter[from] + across * (lighter[from + 3] - lighter[from]);
          const low = lighter[from + 3 * CELLS] + across * (lighter[from + 3 * CELLS + 3] - lighter[from + 3 * CELLS]);
          data[at + channel] += high + down * (low - high);
        }
      }
    }
  }

  /**
   * By how much the result is lighter than the source, in the cells of a square and round it.
   * @param {number} left
   * @param {number} top
   */
  #lighter(left, top) {
    const { width, height } = this.sheet;
    const side = CELLS * CELL;
    const [one, other] = [this.source, this.result].map((on) => on.getImageData(left - CELL, top - CELL, side, side).data);
    const lighter = new Float32Array(3 * CELLS * CELLS);
    for (let j = 0; j < CELLS; j++)
      for (let i = 0; i < CELLS; i++) {
        // A cell beside the screen is told by the nearest on it.
        const x = clamp(left + (i - 1) * CELL, width - CELL) - left + CELL;
        const y = clamp(top + (j - 1) * CELL, height - CELL) - top + CELL;
        let [red, green, blue] = [0, 0, 0];
        for (let row = y; row < y + CELL; row++)
          for (let at = 4 * (row * side + x), end = at + 4 * CELL; at < end; at += 4) {
            red += other[at] - one[at];
            green += other[at + 1] - one[at + 1];
            blue += other[at + 2] - one[at + 2];
          }
        lighter.set([red / CELL ** 2, green / CELL ** 2, blue / CELL ** 2], 3 * (j * CELLS + i));
      }
    return lighter;
  }
}

/** @param {number} place @param {number} most */
function clamp(place, most) {
  return Math.max(0, Math.min(place, most));
}
