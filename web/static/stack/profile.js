// @ts-check
/** Depth along a line, drawn. */

import { draw } from "../shared/elements.js";
import { say } from "../shared/words.js";
import { along, length } from "./geometry.js";
import { depthAt, depthSaid } from "./pointer.js";
import { lengthSaid, pxSaid } from "./units.js";

const [WIDTH, HEIGHT, LEFT, FOOT, TOP] = [340, 150, 8, 20, 20];
const COUNT = 200;

/**
 * @param {HTMLElement} holder
 * @param {import("./geometry.js").Point[]} points both ends
 * @param {import("./pointer.js").Known} known
 * @param {number | null} pixel_size_um
 */
export function drawProfile(holder, points, known, pixel_size_um) {
  const depths = along(points[0], points[1], COUNT).map((point) => depthAt(known, point));
  const there = /** @type {number[]} */ (depths.filter((one) => one !== null));
  if (!there.length) {
    holder.textContent = say("look.profile.none");
    return;
  }
  const [least, most] = [Math.min(...there), Math.max(...there)];
  const x = (/** @type {number} */ i) => LEFT + (i / (COUNT - 1)) * (WIDTH - 2 * LEFT);
  const y = (/** @type {number} */ depth) => TOP + (1 - (depth - least) / (most - least || 1)) * (HEIGHT - FOOT - TOP - 4);
  // Where depth is not known the line has a gap.
  let path = "";
  depths.forEach((depth, i) => {
    if (depth === null) return;
    path += `${i && depths[i - 1] !== null ? "L" : "M"}${x(i).toFixed(1)} ${y(depth).toFixed(1)}`;
  });
  const long = length(points);
  const wide = pixel_size_um ? lengthSaid(long * pixel_size_um) : pxSaid(long);
  const drawing = draw("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": say("look.profile.describe", { length: wide, least: depthSaid(known, least), most: depthSaid(known, most) }),
  });
  drawing.append(
    draw("path", { class: "axis", d: `M${LEFT} ${HEIGHT - FOOT}H${WIDTH - LEFT}` }),
    draw("path", { class: "curve", d: path }),
    draw("text", { class: "scale", x: String(LEFT), y: "12", text: depthSaid(known, most) }),
    draw("text", { class: "scale", x: String(LEFT), y: String(HEIGHT - 6), text: depthSaid(known, least) }),
    draw("text", { class: "scale", x: String(WIDTH - LEFT), y: String(HEIGHT - 6), "text-anchor": "end", text: wide }),
  );
  holder.replaceChildren(drawing);
}
