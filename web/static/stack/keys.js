// @ts-check
/** Keys of the page; those of the stage work while it has the focus. */

import { by } from "../shared/elements.js";

/** Crosshair steps in px of the screen; with Shift one px of the master. */
const STEP_PX = 12;

/** Key, what it does: the list of the help. */
export const KEYS = /** @type {[string, string][]} */ ([
  [", .", "look.key.frame"],
  ["M", "look.key.master"],
  ["B", "look.key.blink"],
  ["C", "look.key.curtain"],
  ["X", "look.key.flip"],
  ["O", "look.key.overlay"],
  ["+ −", "look.key.zoom"],
  ["0", "look.key.fit"],
  ["1", "look.key.full"],
  ["L A R P", "look.key.tools"],
  ["← ↑ ↓ →", "look.key.crosshair"],
  ["↵", "look.key.set"],
  ["Esc", "look.key.back"],
  ["?", "look.key.help"],
]);

/**
 * @param {Record<string, () => void>} does by key, as `KeyboardEvent.key` in lower case
 * @param {import("./view.js").View} view
 * @param {{crosshair: () => import("./geometry.js").Point | null,
 *   cross: (place: import("./geometry.js").Point | null) => import("./geometry.js").Point | null,
 *   set: () => void, back: () => void}} measure
 * @param {(point: import("./geometry.js").Point) => void} pointed
 */
export function keys(does, view, measure, pointed) {
  const stage = by("stage");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    // What is typed into a field is text; a slider and a choice keep their own keys.
    if (target.matches("input:not([type=range]), textarea, select")) return;
    const act = does[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
  stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx || dy) {
      const from = measure.crosshair() ?? view.toImage({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
      const step = event.shiftKey ? 1 : STEP_PX / view.scale();
      const to = measure.crosshair() ? { x: from.x + dx * step, y: from.y + dy * step } : from;
      const place = measure.cross(to);
      if (place) {
        view.reveal(place);
        pointed(place);
      }
    } else if (event.key === "Enter") measure.set();
    else if (event.key === "Escape" || event.key === "Backspace") measure.back();
    else return;
    event.preventDefault();
  });
}
