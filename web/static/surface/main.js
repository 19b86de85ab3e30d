// @ts-check
/**
 * The surface of a specimen in 3-D, turned and measured, by model-viewer.
 *
 * The mesh stands in the page's data, so that a page that is opened from disk fetches nothing. It is
 * a GLB in metres (scripts/imaging/pictures/glb.py): what is measured on it is true.
 */

import { by, make, onPress, write } from "../shared/elements.js";
import { language, languages, loadWords, say, speak } from "../shared/words.js";
import { lengthSaid } from "../stack/units.js";

/** @typedef {{x: number, y: number, z: number}} Point metres: right, up, to the camera */

const UM = 1e6;
/** Of a pointer that only pressed, in px of the screen. */
const STILL_PX = 4;
/** From where one looks: about the vertical axis, from above (90: level), and how far. */
const FROM = {
  front: "0deg 90deg 70%",
  left: "-60deg 80deg 75%",
  right: "60deg 80deg 75%",
  below: "0deg 140deg 75%",
};

await loadWords();

const isLive = document.body.dataset.live === "yes";
/** @type {{specimen: string, view: string, glb: string}} */
const data = JSON.parse(by("data").textContent || "{}");
/** What the mesh says of itself. */
const told = extras(data.glb);
/** @type {any} */
const viewer = document.createElement("model-viewer");
/** @type {Point[]} */
let points = [];
/** @type {{x: number, y: number} | null} */
let pressed = null;
/** @type {"" | "surface.none" | "surface.broken" | "surface.missed"} */
let fault = customElements.get("model-viewer") ? "" : "surface.none";

/**
 * The `extras` of a GLB's asset: its first chunk is JSON, of the length that stands before it.
 * @param {string} base64
 */
function extras(base64) {
  const head = bytes(base64.slice(0, 28));
  const length = new DataView(head.buffer).getUint32(12, true);
  const text = bytes(base64.slice(0, Math.ceil((20 + length) / 3) * 4)).subarray(20, 20 + length);
  return JSON.parse(new TextDecoder().decode(text)).asset.extras;
}

/** @param {string} base64 */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** @param {keyof typeof FROM} side */
function lookFrom(side) {
  viewer.cameraTarget = "auto auto auto";
  viewer.cameraOrbit = FROM[side];
}

/**
 * Set a point of the surface under a place of the window; the third begins anew.
 * @param {number} x
 * @param {number} y
 */
function setPoint(x, y) {
  const hit = viewer.positionAndNormalFromPoint?.(x, y);
  fault = hit ? "" : "surface.missed";
  if (hit) points = [...(points.length < 2 ? points : []), hit.position];
  show();
}

function marks() {
  for (const mark of viewer.querySelectorAll(".mark")) mark.remove();
  points.forEach(({ x, y, z }, i) => {
    const place = { slot: `hotspot-${i}-${x}-${y}`, "data-position": `${x}m ${y}m ${z}m` };
    viewer.append(make("span", { ...place, class: "mark", text: "AB"[i] }));
  });
}

/** Everything that holds words. */
function show() {
  document.title = `${data.specimen} · ${data.view} · 3-D · Holostack`;
  write(by("language"), languages().find((one) => one !== language())?.toUpperCase() ?? "");
  write(by("specimen"), data.specimen);
  write(by("view"), data.view);
  viewer.alt = say("surface.alt", { specimen: data.specimen, view: data.view });
  write(by("told"), fault && say(fault));
  write(by("error"), say("surface.error", { error: lengthSaid(told.error_um, true) }));
  const size = viewer.loaded ? viewer.getDimensions() : null;
  const said = (/** @type {number} */ metres) => lengthSaid(Math.abs(metres) * UM);
  write(by("size"), size ? say("surface.size", { x: said(size.x), y: said(size.y), z: said(size.z) }) : "");
  const [a, b] = points;
  by("clear").hidden = !a;
  write(by("length"), b ? said(Math.hypot(b.x - a.x, b.y - a.y, b.z - a.z)) : "");
  const parts = b ? { x: said(b.x - a.x), y: said(b.y - a.y), z: said(b.z - a.z) } : null;
  write(by("parts"), parts ? say("surface.parts", parts) : say(a ? "surface.second" : "surface.first"));
  marks();
}

for (const [name, value] of Object.entries({
  "camera-controls": "",
  "camera-orbit": FROM.front,
  // A tap sets a point, and does not move what is looked at.
  "disable-tap": "",
  "interaction-prompt": "none",
  // Colours as they are in the picture, not as a film has them.
  "tone-mapping": "none",
  "max-camera-orbit": "auto auto 400%",
  "min-field-of-view": "2deg",
}))
  viewer.setAttribute(name, value);
viewer.addEventListener("load", () => {
  show();
  document.body.dataset.ready = "yes";
});
viewer.addEventListener("error", () => {
  fault = "surface.broken";
  show();
});
viewer.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
  pressed = { x: event.clientX, y: event.clientY };
});
viewer.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const far = pressed ? Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) : Infinity;
  if (far < STILL_PX) setPoint(event.clientX, event.clientY);
});
by("back").href = isLive
  ? `/stack/${[data.specimen, data.view].map(encodeURIComponent).join("/")}`
  : "index.html";
onPress(by("point"), () => {
  const box = by("model").getBoundingClientRect();
  setPoint(box.x + box.width / 2, box.y + box.height / 2);
});
onPress(by("clear"), () => {
  points = [];
  show();
});
for (const side of /** @type {(keyof typeof FROM)[]} */ (Object.keys(FROM)))
  onPress(by(side), () => lookFrom(side));
onPress(by("language"), async () => {
  const others = languages();
  await speak(others[(others.indexOf(language()) + 1) % others.length]);
  show();
});

if (!fault) {
  by("model").append(viewer);
  viewer.src = `data:model/gltf-binary;base64,${data.glb}`;
}
show();
