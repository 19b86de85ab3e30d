// @ts-check
/** The panel's parts, one at a time. */

import { by, onPress } from "../shared/elements.js";

export const TABS = ["measure", "curves-tab", "ledger", "warnings-tab", "about-tab", "files-tab"];

export function tabs() {
  const buttons = TABS.map((name) => by(`tab-${name}`));

  /** @param {number} at */
  function open(at) {
    TABS.forEach((name, i) => {
      buttons[i].setAttribute("aria-selected", String(i === at));
      buttons[i].tabIndex = i === at ? 0 : -1;
      by(name).hidden = i !== at;
    });
  }

  buttons.forEach((button, i) => {
    onPress(button, () => open(i));
    button.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: TABS.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const next = (to + TABS.length) % TABS.length;
      open(next);
      buttons[next].focus();
    });
  });
  open(0);
  return open;
}
