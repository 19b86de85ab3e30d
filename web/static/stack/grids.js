// @ts-check
/** Depth and source frame at each place: small grids that stand in the page itself. */

/** What stands for "not known". */
const UNKNOWN = 65535;

/**
 * @typedef {{width: number, height: number, data: string, minimum?: number, maximum?: number, unit?: string}} Packed
 *   `data` is base64 of little-endian uint16
 * @typedef {{width: number, height: number, values: Uint16Array, unit: string, of: (value: number) => number}} Grid
 */

/**
 * @param {Packed | null | undefined} packed
 * @returns {Grid | null} null where there is none, or its data is not what its size says
 */
export function unpacked(packed) {
  if (!packed) return null;
  const { width, height, minimum, maximum } = packed;
  const text = atob(packed.data);
  if (text.length !== width * height * 2) return null;
  const values = new Uint16Array(width * height);
  for (let i = 0; i < values.length; i++)
    values[i] = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8);
  const isScaled = minimum !== undefined && maximum !== undefined && minimum !== null;
  const step = isScaled ? (Number(maximum) - Number(minimum)) / (UNKNOWN - 1) : 1;
  const of = (/** @type {number} */ value) => (isScaled ? Number(minimum) + value * step : value);
  return { width, height, values, unit: packed.unit ?? "", of };
}

/**
 * The value of the cell at a place, as share of width and height; null outside and where not known.
 * @param {Grid} grid
 * @param {number} u 0 to 1
 * @param {number} v 0 to 1
 */
export function nearest(grid, u, v) {
  const x = Math.floor(u * grid.width);
  const y = Math.floor(v * grid.height);
  return cell(grid, x, y);
}

/**
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 */
function cell(grid, x, y) {
  if (!(x >= 0 && y >= 0 && x < grid.width && y < grid.height)) return null;
  const value = grid.values[y * grid.width + x];
  return value === UNKNOWN ? null : grid.of(value);
}

/**
 * The value at a place, between the four cells around it; that of the nearest cell where one of the
 * four is not known, so that nothing is made up across an edge.
 * @param {Grid} grid
 * @param {number} u 0 to 1
 * @param {number} v 0 to 1
 */
export function between(grid, u, v) {
  if (nearest(grid, u, v) === null) return null;
  const x = Math.min(Math.max(u * grid.width - 0.5, 0), grid.width - 1);
  const y = Math.min(Math.max(v * grid.height - 0.5, 0), grid.height - 1);
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(left + 1, grid.width - 1), Math.min(top + 1, grid.height - 1)];
  const four = [cell(grid, left, top), cell(grid, right, top), cell(grid, left, bottom), cell(grid, right, bottom)];
  if (four.includes(null)) return nearest(grid, u, v);
  const [a, b, c, d] = /** @type {number[]} */ (four);
  const [p, q] = [x - left, y - top];
  return (a * (1 - p) + b * p) * (1 - q) + (c * (1 - p) + d * p) * q;
}
