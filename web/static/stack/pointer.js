// @ts-check
/** What is under the pointer or the crosshair: place, depth, source frame, colour. */

import { by, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { between, nearest } from "./grids.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{width_px: number, height_px: number, depth: import("./grids.js").Grid | null,
 *   source: import("./grids.js").Grid | null}} Known what is known of every place
 */

/**
 * @param {Known} known
 * @param {Point} point
 */
export function depthAt({ depth, width_px, height_px }, { x, y }) {
  return depth && between(depth, x / width_px, y / height_px);
}

/**
 * @param {Known} known
 * @param {Point} point
 */
export function sourceAt({ source, width_px, height_px }, { x, y }) {
  return source && nearest(source, x / width_px, y / height_px);
}

/**
 * A depth with its unit, as it is said.
 * @param {Known} known
 * @param {number | null} value
 */
export function depthSaid({ depth }, value) {
  if (!depth || value === null) return "";
  return depth.unit === "frame"
    ? say("look.frame.one", { frame: number(value, language(), 1) })
    : `${number(value, language(), 1)} µm`;
}

/**
 * @param {import("./view.js").View} view
 * @param {import("./images.js").Images} images
 * @param {Known} known
 */
export function pointer(view, images, known) {
  const stage = by("stage");
  let waits = 0;

  /** @param {Point} point */
  function show(point) {
    const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
    const isInside = x >= 0 && y >= 0 && x < known.width_px && y < known.height_px;
    by("here").dataset.inside = String(isInside);
    if (!isInside) return;
    write(by("here-place"), `${number(x, language())}, ${number(y, language())} px`);
    const depth = depthAt(known, point);
    fill("depth", known.depth ? (depth === null ? say("look.unknown") : depthSaid(known, depth)) : "");
    const frame = sourceAt(known, point);
    fill("source", known.source ? (frame === null ? say("look.unknown") : String(frame)) : "");
    // With something laid over it, the colour would be neither the picture's nor the overlay's.
    const colour = images.seen.overlay ? null : view.colour(view.toScreen(point));
    fill("colour", colour ? colour.join(" ") : "");
    if (colour) by("here-chip").style.background = `rgb(${colour.join(" ")})`;
  }

  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const box = stage.getBoundingClientRect();
    const point = view.toImage({ x: event.clientX - box.left, y: event.clientY - box.top });
    cancelAnimationFrame(waits);
    waits = requestAnimationFrame(() => show(point));
  });
  return show;
}

/**
 * @param {string} what
 * @param {string} text
 */
function fill(what, text) {
  by(`here-${what}-part`).hidden = !text;
  write(by(`here-${what}`), text);
}
