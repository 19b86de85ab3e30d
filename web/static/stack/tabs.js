// @ts-check
/** The panel's parts, one at a time. */

import { by, onPress } from "../shared/elements.js";

const TABS = ["measure", "curves-tab", "ledger", "warnings-tab", "about-tab", "files-tab"];

/**
 * @param {string[]} without parts that have nothing to show
 * @param {string} first the part that is open at first
 */
export function tabs(without, first) {
  const names = TABS.filter((name) => !without.includes(name));
  const buttons = names.map((name) => by(`tab-${name}`));

  /** @param {string} chosen */
  function open(chosen) {
    names.forEach((name, i) => {
      buttons[i].setAttribute("aria-selected", String(name === chosen));
      buttons[i].tabIndex = name === chosen ? 0 : -1;
      by(name).hidden = name !== chosen;
    });
  }

  for (const name of without) by(`tab-${name}`).hidden = by(name).hidden = true;

  buttons.forEach((button, i) => {
    onPress(button, () => open(names[i]));
    button.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: names.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const next = (to + names.length) % names.length;
      open(names[next]);
      buttons[next].focus();
    });
  });
  open(first);
  return open;
}
