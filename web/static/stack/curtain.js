// @ts-check
/** The curtain's edge: dragged by pointer, moved by keys. */

import { by } from "../shared/elements.js";

/** @param {import("./images.js").Images} images */
export function curtain(images) {
  const edge = by("curtain-edge");

  function follow() {
    const { how, curtain: share } = images.seen;
    edge.hidden = how !== "curtain";
    edge.style.left = `${share * 100}%`;
    edge.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }

  /** @param {number} share */
  const move = (share) => images.change({ curtain: Math.min(Math.max(share, 0), 1) });

  edge.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    edge.setPointerCapture(event.pointerId);
    event.preventDefault();
    edge.focus();
  });
  edge.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (!edge.hasPointerCapture(event.pointerId)) return;
    const box = by("stage").getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
  });
  edge.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by_ = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
    if (by_ === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(images.seen.curtain + by_);
  });
  images.followers.push(follow);
  follow();
}
