// @ts-check
/** A scale bar of a round length, with that length as text, that can be put where it is wanted. */

import { by, write } from "../shared/elements.js";
import { round } from "./geometry.js";
import { lengthSaid } from "./units.js";

/** It is no longer than this, in px of the screen. */
const MOST_PX = 220;
const STEP_PX = 10;

/**
 * @param {import("./view.js").View} view
 * @param {number | null} pixel_size_um
 */
export function scalebar(view, pixel_size_um) {
  const bar = by("scalebar");
  const stage = by("stage");
  /** From the stage's lower left corner. */
  const place = { x: 16, y: 16 };

  function show() {
    const scale = view.scale();
    if (!(scale > 0)) return;
    const most = Math.min(MOST_PX, stage.clientWidth * 0.4);
    const unit_px = pixel_size_um ? scale / pixel_size_um : scale;
    const long = round(most / unit_px);
    by("scalebar-line").style.width = `${long * unit_px}px`;
    const text = pixel_size_um ? lengthSaid(long, true) : `${long} px`;
    write(by("scalebar-text"), text);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  function move(x, y) {
    place.x = Math.min(Math.max(x, 0), stage.clientWidth - bar.offsetWidth);
    place.y = Math.min(Math.max(y, 0), stage.clientHeight - bar.offsetHeight);
    bar.style.left = `${place.x}px`;
    bar.style.bottom = `${place.y}px`;
  }

  /** @type {{x: number, y: number} | null} where it was taken hold of */
  let held = null;
  bar.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    bar.setPointerCapture(event.pointerId);
    held = { x: event.clientX - place.x, y: event.clientY + place.y };
    event.preventDefault();
    bar.focus();
  });
  bar.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (held) move(event.clientX - held.x, held.y - event.clientY);
  });
  for (const name of ["pointerup", "pointercancel"]) bar.addEventListener(name, () => (held = null));
  bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    event.stopPropagation();
    move(place.x + dx * STEP_PX, place.y + dy * STEP_PX);
  });
  // Of no picture there is nothing to be measured.
  bar.hidden = stage.dataset.empty === "yes";
  view.onMove(show);
  show();
  return show;
}
