// @ts-check
/** The live picture: drawn, with peaking, clipping and lines over it, and the loupe beside it. */

import { by, write } from "../shared/elements.js";
import { micrometres, number } from "../shared/numbers.js";
import { language, named, say } from "../shared/words.js";
import * as loupe from "./loupe.js";
import * as pixels from "./pixels.js";

// Peaking, clipping and sharpness are computed on no more than so many pixels across.
const COMPUTED_PX = 800;
// Share of the picture that is tinted at most: off, fine, strong.
const PEAKED = [0, 0.02, 0.06];
const LINES = ["none", "thirds", "centre", "square"];
const KEPT = "holostack.view";

/** @type {HTMLCanvasElement} */
const canvas = by("live");
const seen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
const small = document.createElement("canvas");
const smallSeen = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d", { willReadFrequently: true }));
const over = document.createElement("canvas");
const overSeen = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
const still = matchMedia("(prefers-reduced-motion: reduce)");

const view = { peaking: 1, zebra: true, lines: "none", glass: true, ...kept() };
/** @type {ImageBitmap | null} */
let picture = null;
let light = new Uint8Array(0);
let details = new Uint8Array(0);
/** @type {ImageData | null} */
let tint = null;
let clipped = 0;
let drawn = 0;
/** Where on the canvas the picture lies, in its own pixels. */
let place = { left: 0, top: 0, width: 1, height: 1 };

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/**
 * Show a picture that came.
 * @param {Blob} jpeg
 * @param {{positionUm: number | null, source: string}} facts
 */
export async function show(jpeg, facts) {
  const decoded = await createImageBitmap(jpeg);
  picture?.close();
  picture = decoded;
  const started = performance.now();
  compute();
  paint();
  canvas.dataset.ms = (performance.now() - started).toFixed(1);
  canvas.dataset.pictures = String(++drawn);
  canvas.dataset.source = facts.source;
  by("no-picture").hidden = true;
  const where = facts.positionUm === null ? "" : ` · ${micrometres(facts.positionUm, language())} µm`;
  write(by("source-text"), named("source", facts.source) + where);
}

/**
 * Keep a picture for later, while another is shown in its place.
 * @param {Blob} jpeg
 */
export async function keep(jpeg) {
  const decoded = await createImageBitmap(jpeg);
  picture?.close();
  picture = decoded;
}

function compute() {
  if (!picture) return;
  const scale = Math.min(1, COMPUTED_PX / picture.width);
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  if (small.width !== width || small.height !== height || !tint) {
    small.width = over.width = width;
    small.height = over.height = height;
    light = new Uint8Array(width * height);
    details = new Uint8Array(width * height);
    tint = overSeen.createImageData(width, height);
  }
  smallSeen.drawImage(picture, 0, 0, width, height);
  const rgba = smallSeen.getImageData(0, 0, width, height).data;
  const painted = new Uint32Array(tint.data.buffer);
  pixels.light(rgba, light);
  pixels.detail(light, width, height, details);
  painted.fill(0);
  const share = PEAKED[view.peaking];
  if (share) pixels.peaking(details, width, pixels.threshold(details, share), painted);
  if (view.zebra) clipped = pixels.zebra(rgba, width, painted, still.matches ? 0 : drawn);
  overSeen.putImageData(tint, 0, 0);
  write(by("zebra-how"), view.zebra ? `${number(100 * clipped, language(), clipped < 0.1 ? 1 : 0)} %` : say("lines.none"));
}

function paint() {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  seen.fillStyle = "#0c0d0e";
  seen.fillRect(0, 0, width, height);
  if (!picture) return;
  place = placed(width, height, picture.width / picture.height, ratio);
  seen.imageSmoothingQuality = "medium";
  seen.drawImage(picture, place.left, place.top, place.width, place.height);
  if (view.peaking || view.zebra) seen.drawImage(over, place.left, place.top, place.width, place.height);
  drawLines(ratio);
  loupe.paint(picture, { light, details, width: small.width, height: small.height }, place.width / picture.width / ratio);
  const frame = loupe.frame(picture);
  side(ratio);
  seen.lineWidth = 1.5 * ratio;
  seen.strokeStyle = "rgb(255 217 160 / 90%)";
  seen.strokeRect(
    place.left + frame.left * place.width,
    place.top + frame.top * place.height,
    frame.width * place.width,
    frame.height * place.height,
  );
}

/**
 * The largest place for the picture; at the left where the loupe has room beside it, else in the middle.
 * @param {number} width
 * @param {number} height
 * @param {number} shape width / height of the picture
 * @param {number} ratio
 */
function placed(width, height, shape, ratio) {
  const wide = Math.min(width, height * shape);
  const high = wide / shape;
  const free = width - wide;
  const beside = (by("loupe").offsetWidth + 24) * ratio;
  const left = free >= beside ? (free - beside) / 2 : free / 2;
  return { left: Math.round(left), top: Math.round((height - high) / 2), width: Math.round(wide), height: Math.round(high) };
}

/**
 * The loupe gives way to the place that it shows.
 * @param {number} ratio
 */
function side(ratio) {
  const box = by("loupe");
  const [wide, high] = [(box.offsetWidth + 20) * ratio, (box.offsetHeight + 20) * ratio];
  const { x, y } = loupe.place();
  const [left, top] = [place.left + x * place.width, place.top + y * place.height];
  const holder = by("stage");
  if (holder.dataset.loupe === "left" ? left < wide && top < high : left > canvas.width - wide && top < high)
    holder.dataset.loupe = holder.dataset.loupe === "left" ? "right" : "left";
}

/** @param {number} ratio */
function drawLines(ratio) {
  const { left, top, width, height } = place;
  const side = Math.min(width, height);
  /** @type {[number, number, number, number][]} */
  const lines = [];
  if (view.lines === "thirds")
    for (const part of [1 / 3, 2 / 3])
      lines.push([part, 0, part, 1], [0, part, 1, part]);
  if (view.lines === "centre") lines.push([0.5, 0, 0.5, 1], [0, 0.5, 1, 0.5]);
  seen.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    seen.moveTo(left + x0 * width, top + y0 * height);
    seen.lineTo(left + x1 * width, top + y1 * height);
  }
  if (view.lines === "square") seen.rect(left + (width - side) / 2, top + (height - side) / 2, side, side);
  // Dark under light: seen on any specimen.
  for (const [wide, colour] of /** @type {[number, string][]} */ ([[3, "rgb(0 0 0 / 45%)"], [1, "rgb(255 255 255 / 75%)"]])) {
    seen.lineWidth = wide * ratio;
    seen.strokeStyle = colour;
    seen.stroke();
  }
}

/**
 * Where a pointer is on the picture.
 * @param {PointerEvent | MouseEvent} event
 * @returns {{x: number, y: number} | null} each 0 to 1; null beside the picture
 */
export function at(event) {
  if (!picture) return null;
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const x = ((event.clientX - box.left) * ratio - place.left) / place.width;
  const y = ((event.clientY - box.top) * ratio - place.top) / place.height;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}

/** Draw anew what is there, as the window or what is shown over it changed. */
export function again() {
  compute();
  paint();
}

/** @param {"peaking" | "zebra" | "lines" | "glass"} what the next of its states */
export function change(what) {
  if (what === "peaking") view.peaking = (view.peaking + 1) % PEAKED.length;
  if (what === "zebra") view.zebra = !view.zebra;
  if (what === "glass") view.glass = !view.glass;
  if (what === "lines") view.lines = LINES[(LINES.indexOf(view.lines) + 1) % LINES.length];
  localStorage.setItem(KEPT, JSON.stringify(view));
  tell();
  again();
}

/** Say on the buttons what is shown. */
export function tell() {
  write(by("peaking-how"), say(`peaking.${view.peaking}`));
  write(by("lines-how"), say(`lines.${view.lines}`));
  if (!view.zebra || !picture) write(by("zebra-how"), view.zebra ? "" : say("lines.none"));
  by("stage").dataset.glass = String(view.glass);
  by("glass").setAttribute("aria-pressed", String(view.glass));
  by("peaking").setAttribute("aria-pressed", String(view.peaking > 0));
  by("zebra").setAttribute("aria-pressed", String(view.zebra));
  by("lines").setAttribute("aria-pressed", String(view.lines !== "none"));
}

new ResizeObserver(() => paint()).observe(canvas);
