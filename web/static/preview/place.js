// @ts-check
/** The place at which all methods are seen side by side: pressed at, or moved by arrows and taken by Enter. */

import { by, draw } from "../shared/elements.js";

/** @typedef {import("./rectangle.js").Rectangle} Rectangle */

// Of the picture's sides, and px at most: how large a place is. Of the longer side: a step of a key.
const SHARE = 0.25;
const MOST_PX = 640;
const STEP = 0.05;
const FINE = 0.01;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const size = { width: 1, height: 1 };
let isOn = false;
/** @type {[number, number]} its middle, px of the picture as it is shown */
let at = [0, 0];
let taken = (/** @type {Rectangle} */ _) => {};

/**
 * @param {import("./rectangle.js").Size} upright of the picture
 * @param {(place: Rectangle) => void} onTaken
 */
export function start(upright, onTaken) {
  Object.assign(size, { width: upright.width || 1, height: upright.height || 1 });
  at = [size.width / 2, size.height / 2];
  taken = onTaken;
}

/** Whether a place is being chosen. */
export const isChoosing = () => isOn;

/** @param {boolean} on */
export function choosing(on) {
  isOn = on;
  by("compare").setAttribute("aria-pressed", String(on));
  by("whole").classList.toggle("placing", on);
  show();
}

/** Take the place around a point, where one is being chosen. @param {[number, number]} point */
export function takes(point) {
  if (!isOn) return false;
  at = point;
  choosing(false);
  taken(place());
  return true;
}

/** What a key does to the place; false where it does nothing. @param {KeyboardEvent} event */
export function press(event) {
  if (!isOn) return false;
  if (event.key === "Enter") return takes(at);
  const step = ARROWS[event.key];
  if (!step) return false;
  const far = (event.shiftKey ? FINE : STEP) * Math.max(size.width, size.height);
  at = [clamp(at[0] + step[0] * far, size.width), clamp(at[1] + step[1] * far, size.height)];
  show();
  return true;
}

/** @returns {Rectangle} */
function place() {
  const [width, height] = [size.width, size.height].map((side) =>
    Math.min(MOST_PX, Math.max(1, Math.round(side * SHARE))),
  );
  const x = Math.round(clamp(at[0] - width / 2, size.width - width));
  const y = Math.round(clamp(at[1] - height / 2, size.height - height));
  return { x, y, width, height, angle: 0 };
}

function show() {
  by("drawn").querySelector("#place")?.remove();
  if (!isOn) return;
  const { x, y, width, height } = place();
  const sides = { x: `${x}`, y: `${y}`, width: `${width}`, height: `${height}` };
  by("drawn").append(draw("rect", { id: "place", class: "place", ...sides }));
}

/**
 * @param {number} value
 * @param {number} most
 */
const clamp = (value, most) => Math.min(Math.max(value, 0), most);
