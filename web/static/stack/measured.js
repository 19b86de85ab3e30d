// @ts-check
/** What is measured, in numbers and as a table. Knows no page. */

import { angle, area, crosses, length, lengthInSpace } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {"length" | "angle" | "area" | "profile"} Kind
 * @typedef {{kind: Kind, points: Point[], name: string}} Measurement
 * @typedef {{length_px: number | null, length_um: number | null, space_um: number | null, rise_um: number | null,
 *   angle_deg: number | null, area_px2: number | null, area_um2: number | null}} Numbers null: not known
 */

/** Points that a measurement needs; an area takes more until it is closed. */
export const NEEDS = /** @type {Record<Kind, number>} */ ({ length: 2, angle: 3, area: 3, profile: 2 });

/**
 * @param {Measurement} measurement
 * @param {number | null} pixel_size_um
 * @param {(point: Point) => number | null} depth_um where it is known in µm, else null
 * @returns {Numbers}
 */
export function numbers({ kind, points }, pixel_size_um, depth_um) {
  /** @type {Numbers} */
  const found = { length_px: null, length_um: null, space_um: null, rise_um: null, angle_deg: null, area_px2: null, area_um2: null };
  if (points.length < NEEDS[kind]) return found;
  if (kind === "angle") found.angle_deg = angle(points);
  else if (kind === "area") {
    found.length_px = length([...points, points[0]]);
    found.area_px2 = crosses(points) ? null : area(points);
    found.area_um2 = pixel_size_um && found.area_px2 !== null ? found.area_px2 * pixel_size_um ** 2 : null;
  } else {
    found.length_px = length(points);
    const [from, to] = [depth_um(points[0]), depth_um(points[1])];
    if (from !== null && to !== null) found.rise_um = to - from;
    if (pixel_size_um) found.space_um = lengthInSpace(found.length_px * pixel_size_um, from, to);
  }
  if (pixel_size_um && found.length_px !== null) found.length_um = found.length_px * pixel_size_um;
  return found;
}

const COLUMNS = /** @type {(keyof Numbers)[]} */ ([
  "length_um",
  "space_um",
  "rise_um",
  "angle_deg",
  "area_um2",
  "length_px",
  "area_px2",
]);

/**
 * The measurements as a table; numbers with a point, whatever the language.
 * @param {{measurement: Measurement, numbers: Numbers}[]} rows
 * @param {string} stack
 * @param {"," | "\t"} comma
 */
export function table(rows, stack, comma) {
  const head = ["stack", "name", "kind", ...COLUMNS, "points_px"];
  const body = rows.map(({ measurement, numbers: found }) => [
    stack,
    measurement.name,
    measurement.kind,
    ...COLUMNS.map((column) => (found[column] === null ? "" : String(Number(Number(found[column]).toPrecision(7))))),
    measurement.points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("; "),
  ]);
  return [head, ...body].map((row) => row.map((text) => quoted(text, comma)).join(comma)).join("\n") + "\n";
}

/**
 * @param {string} text
 * @param {string} comma
 */
function quoted(text, comma) {
  // A spreadsheet takes what begins so for a formula.
  const safe = /^[=+@]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return new RegExp(`["\n\r${comma}]`).test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
