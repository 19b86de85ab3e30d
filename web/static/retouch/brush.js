// @ts-check
/**
 * How much a brush covers, as the server's replay has it (scripts/imaging/retouching/brush.py): dabs
 * every eighth of the diameter; opaque up to the hardness, then a raised cosine; where dabs overlap,
 * nothing builds up.
 */

export const DABS_PER_DIAMETER = 8;
const LEAST_RIM = 1;
// On the screen dabs that lie nearer to each other are one.
const LEAST_STEP = 0.5;

/**
 * Cover at a distance from the dab's middle, 0 to 1.
 * @param {number} distance
 * @param {number} radius
 * @param {number} hardness
 */
export function cover(distance, radius, hardness) {
  const hard = opaque(radius, hardness);
  const out = Math.min(1, Math.max(0, (distance - hard) / (radius - hard)));
  return 0.5 + 0.5 * Math.cos(Math.PI * out);
}

/** How far out a dab is opaque. @param {number} radius @param {number} hardness */
function opaque(radius, hardness) {
  return Math.max(Math.min(hardness * radius, radius - LEAST_RIM), 0);
}

/**
 * One dab, (side × side) of 0 to 255 × `opacity`, its middle in the middle px.
 * @param {number} diameter screen px
 * @param {number} hardness
 * @param {number} opacity
 */
export function dab(diameter, hardness, opacity) {
  const radius = Math.max(diameter / 2, 0.5);
  const reach = Math.ceil(radius);
  const side = 2 * reach + 1;
  const values = new Uint8Array(side * side);
  const hard = opaque(radius, hardness);
  const most = Math.round(255 * opacity);
  // An eighth of it is computed; the others are mirrored.
  for (let y = 0; y <= reach; y++)
    for (let x = y; x <= reach; x++) {
      const distance = Math.sqrt(x * x + y * y);
      if (distance >= radius) break;
      const value = distance <= hard ? most : Math.round(255 * opacity * cover(distance, radius, hardness));
      let [above, below] = [(reach - y) * side + reach, (reach + y) * side + reach];
      values[above - x] = values[above + x] = values[below - x] = values[below + x] = value;
      [above, below] = [(reach - x) * side + reach, (reach + x) * side + reach];
      values[above - y] = values[above + y] = values[below - y] = values[below + y] = value;
    }
  return { side, reach, values };
}

/** Sets dabs along a path that grows. */
export class Dabs {
  /** @param {number} diameter screen px */
  constructor(diameter) {
    this.step = Math.max(diameter / DABS_PER_DIAMETER, LEAST_STEP);
    /** @type {[number, number] | null} */
    this.last = null;
    this.left = 0;
  }

  /**
   * The places of the dabs up to a point, the first point among them.
   * @param {number} x
   * @param {number} y
   * @returns {[number, number][]}
   */
  to(x, y) {
    if (!this.last) {
      this.last = [x, y];
      this.left = this.step;
      return [[x, y]];
    }
    const [fromX, fromY] = this.last;
    const length = Math.hypot(x - fromX, y - fromY);
    /** @type {[number, number][]} */
    const places = [];
    let at = this.left;
    for (; at <= length; at += this.step)
      places.push([fromX + ((x - fromX) * at) / length, fromY + ((y - fromY) * at) / length]);
    this.left = at - length;
    this.last = [x, y];
    return places;
  }
}
