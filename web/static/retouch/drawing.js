// @ts-check
/**
 * A stroke while it is drawn: laid over the result at once, of what the source pane shows. What
 * remains is made by the server at full size; this is what the eye needs until then.
 */

import { Dabs, dab } from "./brush.js";

// Of a frame's 16 ms, so much is ours; what is left of a fast stroke waits for the next.
const MOST_MS = 4;
// Light round about is told by squares of so many screen px.
const LIGHT_PX = 16;

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Part
 * @typedef {{width: number, height: number, difference: Float32Array}} Light
 */

export class Drawing {
  /**
   * @param {HTMLCanvasElement} canvas over the result
   * @param {{diameter: number, hardness: number, opacity: number}} brush screen px
   * @param {boolean} isMatched the source is brought to the light of the result
   */
  constructor(canvas, brush, isMatched) {
    this.to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.width = canvas.width;
    this.height = canvas.height;
    this.mask = new Uint8Array(this.width * this.height);
    this.out = new ImageData(this.width, this.height);
    this.words = new Uint32Array(this.out.data.buffer);
    this.dabs = new Dabs(brush.diameter);
    this.dab = dab(brush.diameter, brush.hardness);
    // Opacity is the same for every px: it is in the dab.
    this.dab.values = this.dab.values.map((value) => Math.round(value * brush.opacity));
    this.isMatched = isMatched;
    /** @type {[number, number][]} */
    this.waiting = [];
    /** @type {Uint32Array | null} */
    this.source = null;
    /** @type {Light | null} */
    this.light = null;
    /** @type {Part | null} all that is covered */
    this.covered = null;
  }

  /**
   * Take the source's px as they are shown now; what is covered is drawn of them again.
   * @param {HTMLCanvasElement} source
   * @param {HTMLCanvasElement} result
   */
  look(source, result) {
    const from = /** @type {CanvasRenderingContext2D} */ (source.getContext("2d"));
    this.source = new Uint32Array(from.getImageData(0, 0, this.width, this.height).data.buffer);
    if (this.isMatched) this.light = lightBetween(source, result);
    if (this.covered) this.#show(this.covered);
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

  /** Draw what waits, as far as the time of a frame goes; whether all of it is drawn. */
  step() {
    const until = performance.now() + MOST_MS;
    /** @type {Part | null} */
    let part = null;
    let done = 0;
    for (const [x, y] of this.waiting) {
      part = around(part, this.#set(Math.round(x), Math.round(y)));
      done++;
      if (performance.now() > until) break;
    }
    this.waiting.splice(0, done);
    if (part) {
      this.covered = around(this.covered, part);
      this.#show(part);
    }
    return this.waiting.length === 0;
  }

  clear() {
    this.to.clearRect(0, 0, this.width, this.height);
  }

  /** @param {number} x @param {number} y @returns {Part} */
  #set(x, y) {
    const { side, reach, values } = this.dab;
    const left = Math.max(0, x - reach);
    const top = Math.max(0, y - reach);
    const right = Math.min(this.width, x + reach + 1);
    const bottom = Math.min(this.height, y + reach + 1);
    for (let row = top; row < bottom; row++) {
      let from = (row - y + reach) * side + (left - x + reach);
      for (let at = row * this.width + left, end = row * this.width + right; at < end; at++, from++)
        if (values[from] > this.mask[at]) this.mask[at] = values[from];
    }
    return { left, top, right, bottom };
  }

  /** @param {Part} part */
  #show({ left, top, right, bottom }) {
    if (!this.source || right <= left || bottom <= top) return;
    const { mask, words, source, width, light } = this;
    for (let row = top; row < bottom; row++) {
      for (let at = row * width + left, end = row * width + right; at < end; at++)
        words[at] = mask[at] && ((source[at] & 0xffffff) | (mask[at] << 24)) >>> 0;
      if (light) this.#match(light, row, left, right);
    }
    this.to.putImageData(this.out, 0, 0, left, top, right - left, bottom - top);
  }

  /**
   * Bring a row to the light of the result, between the squares it is known for.
   * @param {Light} light
   * @param {number} row
   * @param {number} left
   * @param {number} right
   */
  #match(light, row, left, right) {
    const { data } = this.out;
    const { difference } = light;
    const y = Math.min(Math.max(row / LIGHT_PX - 0.5, 0), light.height - 1.001);
    const above = Math.floor(y);
    const down = y - above;
    const next = light.height > 1 ? 3 * light.width : 0;
    for (let column = left; column < right; column++) {
      const at = row * this.width + column;
      if (!this.mask[at]) continue;
      const x = Math.min(Math.max(column / LIGHT_PX - 0.5, 0), light.width - 1.001);
      const before = Math.floor(x);
      const across = x - before;
      let from = 3 * (above * light.width + before);
      for (let channel = 0; channel < 3; channel++, from++) {
        const high = difference[from] + across * (difference[from + 3] - difference[from]);
        const low = difference[from + next] + across * (difference[from + next + 3] - difference[from + next]);
        data[4 * at + channel] += high + down * (low - high);
      }
    }
  }
}

/**
 * By how much the result is lighter than the source, in squares.
 * @param {HTMLCanvasElement} source
 * @param {HTMLCanvasElement} result
 * @returns {Light}
 */
function lightBetween(source, result) {
  const width = Math.max(2, Math.ceil(source.width / LIGHT_PX));
  const height = Math.max(2, Math.ceil(source.height / LIGHT_PX));
  const [one, other] = [source, result].map((canvas) => {
    const small = new OffscreenCanvas(width, height);
    const to = /** @type {OffscreenCanvasRenderingContext2D} */ (
      small.getContext("2d", { willReadFrequently: true })
    );
    to.imageSmoothingQuality = "high";
    to.drawImage(canvas, 0, 0, canvas.width, canvas.height, 0, 0, canvas.width / LIGHT_PX, canvas.height / LIGHT_PX);
    return to.getImageData(0, 0, width, height).data;
  });
  const difference = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++)
    for (let channel = 0; channel < 3; channel++)
      difference[3 * i + channel] = other[4 * i + channel] - one[4 * i + channel];
  return { width, height, difference };
}

/** @param {Part | null} one @param {Part} other @returns {Part} */
function around(one, other) {
  if (!one) return other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}
