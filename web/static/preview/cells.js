// @ts-check
/** What is chosen as the cells of the sheet have it: to be read, and copied where no server writes them. */

import { make, write } from "../shared/elements.js";
import { say } from "../shared/words.js";
import { copy } from "../stack/copy.js";

const SHOWN_MS = 2000;

/**
 * @typedef {import("./rectangle.js").Rectangle} Rectangle
 * @param {"common" | "none" | Rectangle} crop in px of the fused image
 */
export function cropText(crop) {
  if (typeof crop === "string") return crop;
  const { x, y, width, height, angle } = crop;
  return [x, y, width, height, ...(angle ? [angle] : [])].join(",");
}

/**
 * Show cells, each with a button that copies it.
 * @param {HTMLElement} list
 * @param {Record<string, string>} cells by the sheet's column
 */
export function showCells(list, cells) {
  for (const [name, text] of Object.entries(cells)) {
    const row = list.querySelector(`[data-cell="${name}"]`) ?? added(list, name);
    const [, code, button] = /** @type {HTMLElement[]} */ ([...row.children]);
    write(code, text);
    write(button, say("preview.copy"));
    button.setAttribute("aria-label", say("preview.copy.cell", { name }));
    /** @type {HTMLElement} */ (row).hidden = !text;
  }
}

/** @param {HTMLElement} list @param {string} name @returns {HTMLElement} */
function added(list, name) {
  const [code, button] = [make("code"), make("button", { type: "button", class: "quiet" })];
  const row = make("li", { "data-cell": name }, [make("b", { text: name }), code, button]);
  button.addEventListener("click", async () => {
    if (await copy(code.textContent)) write(button, say("preview.copied"));
    setTimeout(() => write(button, say("preview.copy")), SHOWN_MS);
  });
  list.append(row);
  return row;
}
