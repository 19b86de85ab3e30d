// @ts-check
/**
 * The place and zoom that both panes share. Image px are those of the fused image as it was shot; it
 * is turned upright for showing only. Screen px are the canvas's own.
 */

/** Image px → upright px, as Exif's orientation 1 to 8 asks: [a, b, c, d, of width, of height …]. */
const TURNS = /** @type {Record<number, number[]>} */ ({
  1: [1, 0, 0, 1, 0, 0],
  2: [-1, 0, 0, 1, 1, 0],
  3: [-1, 0, 0, -1, 1, 1],
  4: [1, 0, 0, -1, 0, 1],
  5: [0, 1, 1, 0, 0, 0],
  6: [0, 1, -1, 0, 1, 0],
  7: [0, -1, -1, 0, 1, 1],
  8: [0, -1, 1, 0, 0, 1],
});
const LARGEST = 32;

export class View {
  /**
   * @param {number} width of the fused image
   * @param {number} height
   * @param {number} orientation
   */
  constructor(width, height, orientation) {
    const turned = orientation > 4;
    /** @type {[number, number]} upright */
    this.size = turned ? [height, width] : [width, height];
    const [a, b, c, d, right, down] = TURNS[orientation];
    this.turn = [a, b, c, d, right * this.size[0], down * this.size[1]];
    /** @type {[number, number]} of a pane, screen px */
    this.pane = [1, 1];
    this.scale = 1;
    /** @type {[number, number]} upright px in the middle of a pane */
    this.middle = [this.size[0] / 2, this.size[1] / 2];
    this.isFitted = true;
  }

  /** Show all of it. */
  fit() {
    this.scale = this.#whole();
    this.middle = [this.size[0] / 2, this.size[1] / 2];
    this.isFitted = true;
  }

  /**
   * @param {number} width of a pane, screen px
   * @param {number} height
   */
  resize(width, height) {
    this.pane = [Math.max(1, width), Math.max(1, height)];
    if (this.isFitted) this.fit();
  }

  /**
   * Zoom, and keep what lies at a place of the screen there.
   * @param {number} scale screen px for a px of the image
   * @param {number} [x]
   * @param {number} [y]
   */
  zoom(scale, x = this.pane[0] / 2, y = this.pane[1] / 2) {
    const before = this.scale;
    this.scale = Math.min(LARGEST, Math.max(Math.min(this.#whole(), 1) / 2, scale));
    const factor = 1 / before - 1 / this.scale;
    this.middle = [
      this.middle[0] + (x - this.pane[0] / 2) * factor,
      this.middle[1] + (y - this.pane[1] / 2) * factor,
    ];
    this.isFitted = false;
    this.#hold();
  }

  /**
   * @param {number} right screen px
   * @param {number} down
   */
  move(right, down) {
    this.middle = [this.middle[0] - right / this.scale, this.middle[1] - down / this.scale];
    this.isFitted = false;
    this.#hold();
  }

  /** Image px → screen px, as `setTransform` takes it. @returns {[number, number, number, number, number, number]} */
  matrix() {
    const [a, b, c, d, e, f] = this.turn;
    const s = this.scale;
    const [x, y] = [this.pane[0] / 2 - this.middle[0] * s, this.pane[1] / 2 - this.middle[1] * s];
    return [a * s, b * s, c * s, d * s, e * s + x, f * s + y];
  }

  /**
   * @param {number} x image px
   * @param {number} y
   * @returns {[number, number]}
   */
  toScreen(x, y) {
    const [a, b, c, d, e, f] = this.matrix();
    return [a * x + c * y + e, b * x + d * y + f];
  }

  /**
   * @param {number} x screen px
   * @param {number} y
   * @returns {[number, number]}
   */
  toImage(x, y) {
    const [a, b, c, d, e, f] = this.matrix();
    const whole = a * d - b * c;
    return [(d * (x - e) - c * (y - f)) / whole, (a * (y - f) - b * (x - e)) / whole];
  }

  /** What of the image a pane shows: left, top, right, bottom, image px. */
  shown() {
    const [one, other] = [this.toImage(0, 0), this.toImage(...this.pane)];
    return [
      Math.min(one[0], other[0]),
      Math.min(one[1], other[1]),
      Math.max(one[0], other[0]),
      Math.max(one[1], other[1]),
    ];
  }

  #whole() {
    return Math.min(this.pane[0] / this.size[0], this.pane[1] / this.size[1]);
  }

  /** The middle of a pane stays on the image. */
  #hold() {
    for (const k of [0, 1])
      this.middle[k] = Math.min(this.size[k], Math.max(0, this.middle[k]));
  }
}

/**
 * The level whose px are shown nearly one for one, never enlarged.
 * @param {number} scale
 * @param {number} levels
 */
export function levelFor(scale, levels) {
  return Math.min(levels - 1, Math.max(0, Math.floor(Math.log2(1 / scale) + 0.01)));
}
