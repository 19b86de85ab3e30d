// @ts-check
/**
 * How much a brush covers, as the server's replay has it (scripts/imaging/retouching/brush.py): dabs
 * every eighth of the diameter; opaque up to the hardness, then a raised cosine; where dabs overlap,
 * nothing builds up.
 */

export const DABS_PER_DIAMETER = 8;
const LEAST_RIM = 1;

/**
 * Cover at a distance from the dab's middle, 0 to 1.
 * @param {number} distance
 * @param {number} radius
 * @param {number} hardness
 */
export function cover(distance, radius, hardness) {
  const hard = Math.max(Math.min(hardness * radius, radius - LEAST_RIM), 0);
  const out = Math.min(1, Math.max(0, (distance - hard) / (radius - hard)));
  return 0.5 + 0.5 * Math.cos(Math.PI * out);
}

/**
 * One dab, (side × side) of 0 to 255, its middle in the middle px.
 * @param {number} diameter screen px
 * @param {number} hardness
 */
export function dab(diameter, hardness) {
  const radius = Math.max(diameter / 2, 0.5);
  const reach = Math.ceil(radius);
  const side = 2 * reach + 1;
  const values = new Uint8Array(side * side);
  for (let y = -reach, i = 0; y <= reach; y++)
    for (let x = -reach; x <= reach; x++, i++)
      values[i] = Math.round(255 * cover(Math.hypot(x, y), radius, hardness));
  return { side, reach, values };
}

/** Sets dabs along a path that grows. */
export class Dabs {
  /** @param {number} diameter screen px */
  constructor(diameter) {
    this.step = Math.max(diameter / DABS_PER_DIAMETER, 0.5);
    /** @type {[number, number] | null} */
    this.last = null;
    this.left = 0;
  }

  /**
   * The places of the dabs up to a point, itself among them.
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
