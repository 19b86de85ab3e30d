// @ts-check
/** Drawings of numbers: sharpness over position, the travel, a histogram. */

import { draw } from "../shared/elements.js";

const [WIDTH, HEIGHT, FOOT] = [1000, 200, 26];

/**
 * @typedef {{positions_um: number[], values: number[], lowest_um: number, highest_um: number,
 *   marks: {um: number | null | undefined, className: string, label: string}[], label: (um: number) => string}} Curve
 */

/**
 * Sharpness over position, with places marked. The drawing fills its holder, which gives it its size.
 * @param {HTMLElement} holder
 * @param {Curve} curve
 */
export function drawCurve(holder, curve) {
  const width = holder.clientWidth || WIDTH;
  const height = holder.clientHeight || HEIGHT;
  const wide = curve.highest_um - curve.lowest_um || 1;
  const inset = 10;
  const x = (/** @type {number} */ um) =>
    inset + ((Math.min(Math.max(um, curve.lowest_um), curve.highest_um) - curve.lowest_um) / wide) * (width - 2 * inset);
  const most = Math.max(...curve.values, 0) || 1;
  const y = (/** @type {number} */ value) => 16 + (1 - value / most) * (height - FOOT - 20);
  const order = curve.positions_um.map((_, i) => i).sort((a, b) => curve.positions_um[a] - curve.positions_um[b]);
  const at = order.map((i) => `${x(curve.positions_um[i]).toFixed(1)} ${y(curve.values[i]).toFixed(1)}`);
  const base = height - FOOT;

  const drawing = draw("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  drawing.append(draw("path", { class: "axis", d: `M${inset} ${base}H${width - inset}` }));
  for (const [um, anchor] of /** @type {[number, string][]} */ ([
    [curve.lowest_um, "start"],
    [curve.highest_um, "end"],
  ]))
    drawing.append(draw("text", { class: "scale", x: String(x(um)), y: String(height - 8), "text-anchor": anchor, text: curve.label(um) }));
  if (at.length > 1) {
    const [first, last] = [x(curve.positions_um[order[0]]), x(curve.positions_um[order[order.length - 1]])];
    drawing.append(draw("path", { class: "under", d: `M${first} ${base}L${at.join("L")}L${last} ${base}Z` }));
    drawing.append(draw("path", { class: "curve", d: `M${at.join("L")}` }));
  }
  if (at.length && at.length <= 80)
    for (const place of at) {
      const [cx, cy] = place.split(" ");
      drawing.append(draw("circle", { class: "point", cx, cy, r: "3" }));
    }
  for (const { um, className, label } of curve.marks) {
    if (um === null || um === undefined) continue;
    const place = x(um).toFixed(1);
    const anchor = Number(place) > width - 70 ? "end" : Number(place) < 70 ? "start" : "middle";
    drawing.append(draw("path", { class: `mark ${className}`, d: `M${place} ${label ? 16 : 6}V${base}` }));
    if (label) drawing.append(draw("text", { class: `mark-name ${className}`, x: place, y: "12", "text-anchor": anchor, text: label }));
  }
  holder.replaceChildren(drawing);
}

/**
 * The whole travel as a bar: range, where the rail stands.
 * @param {HTMLElement} holder
 * @param {{lowest_um: number, highest_um: number, start_um?: number | null, end_um?: number | null,
 *   position_um: number | null, going_um?: number | null}} travel
 */
export function drawTravel(holder, travel) {
  const width = holder.clientWidth || 400;
  const wide = travel.highest_um - travel.lowest_um || 1;
  const inset = 9;
  const x = (/** @type {number} */ um) =>
    inset + Math.min(Math.max((um - travel.lowest_um) / wide, 0), 1) * (width - 2 * inset);
  const drawing = draw("svg", { viewBox: `0 0 ${width} 32`, "aria-hidden": "true" });
  drawing.append(draw("rect", { class: "way", x: String(inset), y: "13", width: String(width - 2 * inset), height: "6", rx: "3" }));
  const ends = [travel.start_um, travel.end_um].filter((um) => um !== null && um !== undefined).map((um) => x(Number(um)));
  if (ends.length === 2) {
    const left = Math.min(...ends);
    drawing.append(draw("rect", { class: "span", x: String(left), y: "12", width: String(Math.max(2, Math.max(...ends) - left)), height: "8", rx: "2" }));
  }
  for (const end of ends) drawing.append(draw("path", { class: "end", d: `M${end} 7V25` }));
  if (travel.going_um !== null && travel.going_um !== undefined)
    drawing.append(draw("circle", { class: "going", cx: String(x(travel.going_um)), cy: "16", r: "7" }));
  if (travel.position_um !== null) {
    const here = x(travel.position_um);
    drawing.append(draw("path", { class: "here", d: `M${here} 16L${here - 8} 1H${here + 8}Z` }));
    drawing.append(draw("path", { class: "here-line", d: `M${here} 2V28` }));
  }
  holder.replaceChildren(drawing);
}

/**
 * Histogram of the channels over each other. Counts are drawn by their square root, so that few
 * bright pixels beside a dark ground are seen.
 * @param {HTMLElement} holder
 * @param {Record<string, number[]>} channels
 */
export function drawHistogram(holder, channels) {
  const [width, height] = [256, 100];
  const most = Math.sqrt(Math.max(1, ...Object.values(channels).flatMap((counts) => counts.slice(1, -1))));
  const drawing = draw("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const [name, counts] of Object.entries(channels)) {
    const bin = width / counts.length;
    const points = counts.map(
      (count, i) => `${(i * bin).toFixed(1)} ${(height - Math.min(1, Math.sqrt(count) / most) * (height - 4)).toFixed(1)}`,
    );
    drawing.append(draw("path", { class: `channel ${name}`, d: `M0 ${height}L${points.join("L")}L${width} ${height}Z` }));
  }
  for (const quarter of [64, 128, 192]) drawing.append(draw("path", { class: "grid", d: `M${quarter} 0V${height}` }));
  holder.replaceChildren(drawing);
}
