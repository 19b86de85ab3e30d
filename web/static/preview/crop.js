// @ts-check
/**
 * The rectangle that becomes the master: drawn on the picture, moved and sized by pointer or keys, or
 * typed. All in px of the fused image, whose size the drawing's viewBox has.
 */

import { by, draw } from "../shared/elements.js";

/** @typedef {[x: number, y: number, width: number, height: number]} Box */

const HANDLES = /** @type {[string, number, number][]} */ ([
  ["nw", 0, 0],
  ["ne", 1, 0],
  ["sw", 0, 1],
  ["se", 1, 1],
]);
// Of the picture's longer side: a handle, the least that is drawn, a step of a key.
const HANDLE = 0.02;
const LEAST = 0.01;
const STEP = 0.01;

const svg = by("drawn");
const fields = ["x", "y", "width", "height"].map((name) => by(`crop-${name}`));
const size = { width: 1, height: 1 };
/** @type {Box} */
let box = [0, 0, 1, 1];
/** @type {(at: [number, number]) => boolean} whether a press at a place is somebody else's */
let taken = () => false;

/** What becomes the master, as `/do/choose` takes it. @returns {"common" | "none" | Box} */
export function chosen() {
  const how = radio()?.value ?? "common";
  return how === "drawn" ? /** @type {Box} */ (box.map(Math.round)) : /** @type {any} */ (how);
}

/**
 * @param {number} width of the fused image
 * @param {number} height
 * @param {string | number[] | undefined} crop
 * @param {(at: [number, number]) => boolean} isTaken
 */
export function start(width, height, crop, isTaken) {
  Object.assign(size, { width: width || 1, height: height || 1 });
  taken = isTaken;
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  box = Array.isArray(crop) ? /** @type {Box} */ (crop) : [0, 0, size.width, size.height];
  select(Array.isArray(crop) ? "drawn" : (crop ?? "common"));
}

const radio = () =>
  /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="crop"]:checked'));

/** @param {string} how */
function select(how) {
  for (const input of document.querySelectorAll('input[name="crop"]'))
    /** @type {HTMLInputElement} */ (input).checked =
      /** @type {HTMLInputElement} */ (input).value === how;
  show();
}

/** @param {Box} wanted */
function set([x, y, width, height]) {
  const [w, h] = [Math.min(width, size.width), Math.min(height, size.height)];
  box = [clamp(x, size.width - w), clamp(y, size.height - h), w, h];
  show();
}

/**
 * @param {number} value
 * @param {number} most
 */
const clamp = (value, most) => Math.min(Math.max(value, 0), most);

function show() {
  const isDrawn = radio()?.value === "drawn";
  by("numbers").hidden = !isDrawn;
  if (!isDrawn) {
    svg.replaceChildren();
    return;
  }
  const [x, y, width, height] = box.map(Math.round);
  const side = HANDLE * Math.max(size.width, size.height);
  const around = `M0 0H${size.width}V${size.height}H0ZM${x} ${y}V${y + height}H${x + width}V${y}Z`;
  svg.replaceChildren(
    draw("path", { d: around, class: "outside" }),
    draw("rect", rectangle(x, y, width, height, "box")),
    ...HANDLES.map(([, right, down]) =>
      draw("rect", rectangle(x + right * width - side / 2, y + down * height - side / 2, side, side, "handle")),
    ),
  );
  fields.forEach((field, i) => {
    if (field !== document.activeElement) field.value = String(Math.round(box[i]));
  });
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} name
 */
function rectangle(x, y, width, height, name) {
  const numbers = Object.entries({ x, y, width, height }).map(([key, value]) => [key, String(value)]);
  return { ...Object.fromEntries(numbers), class: name };
}

/** Where on the fused image a pointer is. @param {PointerEvent} event @returns {[number, number]} */
function place(event) {
  const frame = svg.getBoundingClientRect();
  const across = (event.clientX - frame.left) / frame.width;
  const down = (event.clientY - frame.top) / frame.height;
  return [clamp(across, 1) * size.width, clamp(down, 1) * size.height];
}

/** What a drag from a place does: a corner, the whole, or a new one. @param {[number, number]} from */
function drag([x0, y0]) {
  const reach = 2 * HANDLE * Math.max(size.width, size.height);
  const [x, y, width, height] = box;
  if (radio()?.value === "drawn") {
    for (const [, right, down] of HANDLES)
      if (Math.hypot(x + right * width - x0, y + down * height - y0) < reach) {
        const fixed = [x + (1 - right) * width, y + (1 - down) * height];
        return (/** @type {[number, number]} */ at) => between(fixed, at);
      }
    const all = width >= size.width && height >= size.height;
    if (!all && x0 > x && x0 < x + width && y0 > y && y0 < y + height)
      return (/** @type {[number, number]} */ at) => set([x + at[0] - x0, y + at[1] - y0, width, height]);
  }
  return (/** @type {[number, number]} */ at) => between([x0, y0], at);
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function between(one, other) {
  const [width, height] = [Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1])];
  if (Math.min(width, height) < LEAST * Math.max(size.width, size.height)) return;
  if (radio()?.value !== "drawn") select("drawn");
  set([Math.min(one[0], other[0]), Math.min(one[1], other[1]), width, height]);
}

svg.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
  const from = place(event);
  if (event.button !== 0 || taken(from)) return;
  const act = drag(from);
  svg.setPointerCapture(event.pointerId);
  const move = (/** @type {PointerEvent} */ at) => act(place(at));
  svg.addEventListener("pointermove", move);
  const end = () => svg.removeEventListener("pointermove", move);
  svg.addEventListener("pointerup", end, { once: true });
  svg.addEventListener("pointercancel", end, { once: true });
});

svg.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  /** @type {Record<string, [number, number]>} */
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  if (radio()?.value !== "drawn") select("drawn");
  const far = STEP * Math.max(size.width, size.height);
  const [dx, dy] = [step[0] * far, step[1] * far];
  const [x, y, width, height] = box;
  // With shift the right and lower edges move, without it the whole.
  if (event.shiftKey) set([x, y, Math.max(far, width + dx), Math.max(far, height + dy)]);
  else set([x + dx, y + dy, width, height]);
});

fields.forEach((field, i) =>
  field.addEventListener("change", () => {
    const wanted = /** @type {Box} */ ([...box]);
    wanted[i] = Math.max(i < 2 ? 0 : 1, Math.round(Number(field.value)) || 0);
    set(wanted);
    field.value = String(box[i]);
  }),
);
for (const input of document.querySelectorAll('input[name="crop"]')) input.addEventListener("change", show);
