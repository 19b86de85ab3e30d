// @ts-check
/**
 * The loupe: a part of the picture pixel for pixel, and how sharp it is. It follows the pointer and
 * goes back to where it was set (a click, or the keys) when the pointer leaves; what was sharpest
 * there is kept, so that one focuses by the maximum.
 */

import { by, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { partAt, sharpness } from "./pixels.js";

const SCALES = [1, 2, 4];
// Sharpness is asked of a square of so much of the picture's height.
const ASKED = 0.16;
const KEY_STEP = 0.03;

/** @type {HTMLCanvasElement} */
const canvas = by("loupe-picture");
const seen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
let scale = 0;
let isChosen = false;
let set = { x: 0.5, y: 0.5 };
/** @type {{x: number, y: number} | null} */
let pointed = null;
let best = 0;

/** Where it looks. */
export const place = () => pointed ?? set;

/** @param {{x: number, y: number} | null} where the pointer is */
export function point(where) {
  pointed = where;
}

/**
 * Set it to a place for good.
 * @param {{x: number, y: number}} where
 */
export function put(where) {
  if (Math.hypot(where.x - set.x, where.y - set.y) > 0.01) best = 0;
  set = where;
}

/**
 * @param {number} right
 * @param {number} down
 */
export function move(right, down) {
  pointed = null;
  const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
  put({ x: inside(set.x + right * KEY_STEP), y: inside(set.y + down * KEY_STEP) });
}

export function forget() {
  best = 0;
}

export function nextScale() {
  isChosen = true;
  scale = SCALES[(SCALES.indexOf(scale) + 1) % SCALES.length];
}

/** @param {ImageBitmap} picture */
function part(picture) {
  const { x, y } = place();
  return partAt(x, y, Math.round(canvas.width / (scale || 1)), picture.width, picture.height);
}

/**
 * What of the picture it shows, each 0 to 1.
 * @param {ImageBitmap} picture
 */
export function frame(picture) {
  const { left, top, width, height } = part(picture);
  return { left: left / picture.width, top: top / picture.height, width: width / picture.width, height: height / picture.height };
}

/**
 * Show its part of a picture and how sharp it is.
 * @param {ImageBitmap} picture
 * @param {{light: Uint8Array, details: Uint8Array, width: number, height: number}} computed
 * @param {number} shown how large the picture is shown, of its own size
 */
export function paint(picture, computed, shown) {
  if (!isChosen) scale = shown < 0.75 ? 1 : 2;
  const { left, top, width, height } = part(picture);
  seen.imageSmoothingEnabled = false;
  seen.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
  write(by("loupe-scale"), `${scale} : 1`);
  const { x, y } = place();
  const asked = partAt(x, y, Math.round(ASKED * computed.height), computed.width, computed.height);
  const now = sharpness(computed.light, computed.details, computed.width, asked);
  if (!pointed || Math.hypot(pointed.x - set.x, pointed.y - set.y) < 0.01) best = Math.max(best, now);
  const most = Math.max(best, now);
  write(by("loupe-sharpness"), number(now, language()));
  write(by("loupe-best"), say("loupe.best", { best: number(most, language()) }));
  by("loupe-level").style.transform = `scaleX(${most ? now / most : 0})`;
  by("loupe").dataset.best = String(now >= 0.97 * most);
}
