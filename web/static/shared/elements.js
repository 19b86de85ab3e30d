// @ts-check
/** The page's elements: found, made, changed only where something differs. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * The element with an id, which the page must have.
 * @param {string} id
 * @returns {any}
 */
export function by(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Show a text; a text that stands there already is left alone, so that it is not read out again.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make an element; every text goes in as text, never as markup.
 * @param {string} tag
 * @param {Record<string, string | boolean>} [given] attributes; `text` is the content
 * @param {(Element | null)[]} [inside]
 * @returns {any}
 */
export function make(tag, given = {}, inside = []) {
  const made = document.createElement(tag);
  return filled(made, given, inside);
}

/**
 * Make an element of a drawing.
 * @param {string} tag
 * @param {Record<string, string | boolean>} [given]
 * @param {(Element | null)[]} [inside]
 * @returns {any}
 */
export function draw(tag, given = {}, inside = []) {
  return filled(document.createElementNS(SVG, tag), given, inside);
}

/**
 * @param {Element} made
 * @param {Record<string, string | boolean>} given
 * @param {(Element | null)[]} inside
 */
function filled(made, given, inside) {
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") made.textContent = String(value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, String(value));
  }
  for (const child of inside) if (child) made.append(child);
  return made;
}

/**
 * A button that may be refused stays where it is and keeps the focus: it is marked, not disabled.
 * @param {Element} button
 * @param {boolean} allowed
 */
export function allow(button, allowed) {
  const refused = String(!allowed);
  if (button.getAttribute("aria-disabled") !== refused)
    button.setAttribute("aria-disabled", refused);
}

/** @param {Element} button */
export function isAllowed(button) {
  return button.getAttribute("aria-disabled") !== "true";
}

/**
 * Do something at the press of a button, where it is allowed.
 * @param {Element} button
 * @param {() => void} act
 */
export function onPress(button, act) {
  button.addEventListener("click", () => {
    if (isAllowed(button)) act();
  });
}

/**
 * Keep a list of elements in step with what is to be shown, making only what is new.
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => string} key what makes an item another one
 * @param {(item: T) => Element} build
 */
export function inStep(list, items, key, build) {
  const keys = items.map(key);
  const old = /** @type {HTMLElement[]} */ ([...list.children]);
  if (old.length === keys.length && old.every((child, i) => child.dataset.key === keys[i])) return;
  const kept = new Map(old.map((child) => [child.dataset.key, child]));
  const wanted = items.map((item, i) => {
    const child = /** @type {HTMLElement} */ (kept.get(keys[i]) ?? build(item));
    child.dataset.key = keys[i];
    return child;
  });
  for (const child of old) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, i) => {
    if (list.children[i] !== child) list.insertBefore(child, list.children[i] ?? null);
  });
}
