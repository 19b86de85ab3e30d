// @ts-check
/**
 * The rectangle that becomes the master: drawn on the picture, moved, sized and turned by pointer or keys,
 * or typed. All in px of the picture as it is shown, upright; the drawing's viewBox has its size.
 */

import { by, draw, write } from "../shared/elements.js";
import { language, say } from "../shared/words.js";
import { between, corners, degrees, holds, middle, moved, shrunk, turned, whole } from "./rectangle.js";

/**
 * @typedef {import("./rectangle.js").Rectangle} Rectangle
 * @typedef {import("./rectangle.js").Point} Point
 */

// Of the picture's longer side: a handle, the least that is drawn, a step of a key.
const HANDLE = 0.02;
const LEAST = 0.01;
const STEP = 0.01;
// Of handles: how far from the middle of the upper edge one turns.
const TURN_INSET = 3;
const STEP_DEG = 1;
const FINE_DEG = 0.1;

const svg = by("drawn");
const NAMES = /** @type {const} */ (["x", "y", "width", "height", "angle"]);
const size = { width: 1, height: 1 };
/** @type {Rectangle} */
let box = { x: 0, y: 0, width: 1, height: 1, angle: 0 };
// What was typed so far, which need not lie in the picture before all of it is: numbers may come in any order.
let typed = box;
/** @type {(at: Point) => boolean} whether a press at a place is somebody else's */
let taken = () => false;
let changed = () => {};

/** What becomes the master. @returns {"common" | "none" | Rectangle} */
export function chosen() {
  const how = radio()?.value ?? "common";
  return how === "drawn" ? whole(box, size) : /** @type {any} */ (how);
}

/**
 * @param {import("./rectangle.js").Size} upright of the picture
 * @param {"common" | "none" | Rectangle} crop
 * @param {(at: Point) => boolean} isTaken
 * @param {() => void} onChange
 */
export function start(upright, crop, isTaken, onChange) {
  Object.assign(size, { width: upright.width || 1, height: upright.height || 1 });
  [taken, changed] = [isTaken, onChange];
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  const isDrawn = typeof crop !== "string";
  set(isDrawn ? crop : { x: 0, y: 0, width: size.width, height: size.height, angle: 0 });
  select(isDrawn ? "drawn" : crop);
}

const radio = () =>
  /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="crop"]:checked'));

const isDrawn = () => radio()?.value === "drawn";

/** @param {string} how */
function select(how) {
  for (const input of document.querySelectorAll('input[name="crop"]'))
    /** @type {HTMLInputElement} */ (input).checked =
      /** @type {HTMLInputElement} */ (input).value === how;
  show();
}

/** @param {Rectangle} wanted that lies in the picture */
function set(wanted) {
  [box, typed] = [wanted, wanted];
  if (!isDrawn()) select("drawn");
  else show();
}

/** Tell what the rectangle is, for those who hear the page. */
export function tell() {
  const { angle, ...px } = whole(box, size);
  const words = () => say("preview.crop.told", { ...px, angle: angle.toLocaleString(language()) });
  write(by("crop-told"), isDrawn() ? words() : "");
}

function show() {
  by("numbers").hidden = !isDrawn();
  changed();
  if (!isDrawn()) {
    svg.querySelector("#crop-box")?.remove();
    return;
  }
  const at = corners(box);
  const outline = `M${at.map(([x, y]) => `${x} ${y}`).join("L")}Z`;
  const [mx, my] = middle(box);
  const [tx, ty] = turner();
  const side = handle();
  const made = draw("g", { id: "crop-box" }, [
    draw("path", { d: `M0 0H${size.width}V${size.height}H0Z${outline}`, class: "outside" }),
    draw("path", { d: outline, class: "box" }),
    draw("path", { d: `M${mx} ${my}L${tx} ${ty}`, class: "stalk" }),
    ...at.map(([x, y]) => draw("circle", { cx: `${x}`, cy: `${y}`, r: `${side / 2}`, class: "handle" })),
    draw("circle", { cx: `${tx}`, cy: `${ty}`, r: `${side / 2}`, class: "turn" }),
  ]);
  const old = svg.querySelector("#crop-box");
  if (old) old.replaceWith(made);
  else svg.prepend(made);
  const shown = whole(box, size);
  for (const name of NAMES) if (by(`crop-${name}`) !== document.activeElement) by(`crop-${name}`).value = `${shown[name]}`;
}

const handle = () => HANDLE * Math.max(size.width, size.height);

/** Where the handle is by which the rectangle is turned: above its middle, within. @returns {Point} */
function turner() {
  const [mx, my] = middle(box);
  const up = Math.max(box.height / 2 - TURN_INSET * handle(), Math.min(box.height / 4, handle()));
  const [x, y] = turned([0, -up], box.angle);
  return [mx + x, my + y];
}

/** Turn the rectangle, smaller where it would leave the picture. @param {Rectangle} of @param {number} angle */
const turn = (of, angle) => set(shrunk({ ...of, angle: degrees(angle) }, size));

/** Where on the picture a pointer is. @param {PointerEvent} event @returns {Point} */
function place(event) {
  const frame = svg.getBoundingClientRect();
  const [across, down] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  return [Math.min(Math.max(across, 0), 1) * size.width, Math.min(Math.max(down, 0), 1) * size.height];
}

/** What a drag from a place does: turn, a corner, the whole, or a new one. @param {Point} from */
function drag(from) {
  const before = box;
  const near = (/** @type {Point} */ at) => Math.hypot(at[0] - from[0], at[1] - from[1]);
  const reach = 2 * handle();
  if (isDrawn()) {
    const ends = corners(box);
    const distances = ends.map(near);
    const nearest = distances.indexOf(Math.min(...distances));
    const toTurn = near(turner());
    if (toTurn < reach && toTurn < distances[nearest]) {
      const [mx, my] = middle(box);
      const towards = ([x, y] = from) => (Math.atan2(y - my, x - mx) * 180) / Math.PI;
      return (/** @type {Point} */ at) => turn(before, before.angle + towards(at) - towards());
    }
    if (distances[nearest] < reach) return (/** @type {Point} */ at) => draws(ends[(nearest + 2) % 4], at);
    const isAll = box.angle === 0 && box.width >= size.width && box.height >= size.height;
    if (!isAll && holds(box, from))
      return (/** @type {Point} */ at) =>
        set(moved({ ...before, x: before.x + at[0] - from[0], y: before.y + at[1] - from[1] }, size));
  }
  return (/** @type {Point} */ at) => draws(from, at);
}

/** @param {Point} fixed @param {Point} free */
function draws(fixed, free) {
  const wanted = between(fixed, free, box.angle, size);
  if (Math.min(wanted.width, wanted.height) >= LEAST * Math.max(size.width, size.height)) set(wanted);
}

svg.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
  const from = place(event);
  if (event.button !== 0 || !event.isPrimary || taken(from)) return;
  const act = drag(from);
  svg.setPointerCapture(event.pointerId);
  const move = (/** @type {PointerEvent} */ at) => {
    if (at.pointerId === event.pointerId) act(place(at));
  };
  svg.addEventListener("pointermove", move);
  const end = (/** @type {PointerEvent} */ at) => {
    if (at.pointerId !== event.pointerId) return;
    for (const name of ["pointerup", "pointercancel"]) svg.removeEventListener(name, end);
    svg.removeEventListener("pointermove", move);
    tell();
  };
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, end);
});

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What a key does to the rectangle; false where it does nothing. @param {KeyboardEvent} event */
export function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const side = { l: -1, r: 1 }[event.key.toLowerCase()];
  const step = ARROWS[event.key];
  if (side) turn(box, box.angle + side * (event.shiftKey ? FINE_DEG : STEP_DEG));
  else if (step && event.shiftKey) {
    // With shift the right and lower edges move: of a turned one, as it lies.
    const far = STEP * Math.max(size.width, size.height);
    const [width, height] = [Math.max(far, box.width + step[0] * far), Math.max(far, box.height + step[1] * far)];
    const fixed = corners(box)[0];
    const [x, y] = turned([width, height], box.angle);
    set(between(fixed, [fixed[0] + x, fixed[1] + y], box.angle, size));
  } else if (step) {
    const far = STEP * Math.max(size.width, size.height);
    set(moved({ ...box, x: box.x + step[0] * far, y: box.y + step[1] * far }, size));
  } else return false;
  tell();
  return true;
}

/**
 * What was typed, within the picture: the number typed last stays, and others give way.
 * @param {Rectangle} wanted
 * @param {typeof NAMES[number]} last
 */
function givingWay(wanted, last) {
  const isSize = last === "width" || last === "height";
  if (wanted.angle) return isSize ? moved(wanted, size) : shrunk(wanted, size);
  const at = last === "width" ? "x" : "y";
  const room = isSize ? Math.max(0, size[last] - wanted[last]) : Infinity;
  return shrunk(isSize ? { ...wanted, [at]: Math.min(wanted[at], room) } : wanted, size);
}

for (const name of NAMES)
  by(`crop-${name}`).addEventListener("change", () => {
    const field = by(`crop-${name}`);
    const value = Number(field.value) || 0;
    const wanted = { ...typed, [name]: name === "angle" ? degrees(value) : Math.round(value) };
    [wanted.width, wanted.height] = [Math.max(wanted.width, 1), Math.max(wanted.height, 1)];
    set(givingWay(wanted, name));
    typed = wanted;
    field.value = `${whole(box, size)[name]}`;
    tell();
  });
for (const input of document.querySelectorAll('input[name="crop"]'))
  input.addEventListener("change", () => {
    show();
    tell();
  });
