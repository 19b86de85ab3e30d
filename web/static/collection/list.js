// @ts-check
/**
 * A list of any length, of which only what is seen is there: pictures side by side, or rows of a table.
 *
 * One item can be reached by the tabulator, and arrows lead from there to the others; a screen reader is
 * told how many there are and which one this is.
 */

import { by } from "../shared/elements.js";
import { card, row } from "./item.js";

/** @typedef {import("./stacks.js").Stack} Stack */

const CARD = { width: 232, height: 262, gap: 12 };
const ROW = { height: 64 };
// Made before they are seen, in heights of what is seen.
const BEYOND = 0.5;

const list = by("list");
const items = by("items");

/** @type {Stack[]} */
let shown = [];
let asTable = false;
let current = 0;
let asked = 0;
/** @type {Map<string, {stack: Stack, element: HTMLElement}>} */
let made = new Map();

/** The stack that has the focus, or had it last. */
export const chosen = () => shown[current];

/**
 * Show stacks, from the first one on; with `stay` where the person is.
 * @param {Stack[]} stacks
 * @param {boolean} table
 * @param {boolean} [stay]
 */
export function show(stacks, table, stay = false) {
  const before = chosen()?.key;
  const anew = table !== asTable;
  shown = stacks;
  asTable = table;
  const again = stay ? shown.findIndex((stack) => stack.key === before) : -1;
  current = Math.max(0, again);
  if (!stay) list.scrollTop = 0;
  if (anew) forget();
  list.setAttribute("role", asTable ? "table" : "group");
  items.setAttribute("role", asTable ? "rowgroup" : "list");
  items.className = asTable ? "rows" : "cards";
  if (asTable) list.setAttribute("aria-rowcount", String(shown.length + 1));
  else list.removeAttribute("aria-rowcount");
  items.hidden = shown.length === 0;
  render();
}

/** Make everything anew, as in another language. */
export function forget() {
  made.forEach(({ element }) => element.remove());
  made = new Map();
}

/** How many stand beside each other, and how high a line is. */
function measures() {
  if (asTable) return { across: 1, height: ROW.height, width: items.clientWidth };
  const across = Math.max(1, Math.floor((items.clientWidth + CARD.gap) / (CARD.width + CARD.gap)));
  const width = (items.clientWidth + CARD.gap) / across;
  return { across, height: CARD.height + CARD.gap, width };
}

/** Put there what is seen, and take away what is not. */
function render() {
  asked = 0;
  const { across, height, width } = measures();
  const lines = Math.ceil(shown.length / across);
  items.style.height = `${lines * height}px`;
  const top = list.scrollTop - items.offsetTop;
  const beyond = list.clientHeight * BEYOND;
  const first = Math.max(0, Math.floor((top - beyond) / height)) * across;
  const last = Math.min(shown.length, Math.ceil((top + list.clientHeight + beyond) / height) * across);
  const kept = new Map();
  /** @type {HTMLElement | null} */
  let before = null;
  for (let i = first; i < last; i++) {
    const stack = shown[i];
    const old = made.get(stack.key);
    const element = old?.stack === stack ? old.element : asTable ? row(stack) : card(stack);
    if (old && old.element !== element) old.element.remove();
    place(element, i, across, height, width);
    // In the order in which they are read out.
    /** @type {ChildNode | null} */
    const wanted = before ? before.nextSibling : items.firstChild;
    if (wanted !== element) items.insertBefore(element, wanted);
    before = element;
    kept.set(stack.key, { stack, element });
  }
  for (const [key, { element }] of made) if (kept.get(key)?.element !== element) element.remove();
  made = kept;
}

/**
 * @param {HTMLElement} element
 * @param {number} i
 * @param {number} across
 * @param {number} height
 * @param {number} width
 */
function place(element, i, across, height, width) {
  element.dataset.at = String(i);
  element.style.width = asTable ? "" : `${width - CARD.gap}px`;
  element.style.transform = `translate(${(i % across) * width}px, ${Math.floor(i / across) * height}px)`;
  if (asTable) element.setAttribute("aria-rowindex", String(i + 2));
  else {
    element.setAttribute("aria-posinset", String(i + 1));
    element.setAttribute("aria-setsize", String(shown.length));
  }
  for (const target of element.querySelectorAll("a, button"))
    /** @type {HTMLElement} */ (target).tabIndex = i === current ? 0 : -1;
}

/** Put the focus onto an item, wherever it is. @param {number} i */
function goTo(i) {
  current = Math.min(Math.max(i, 0), shown.length - 1);
  const { across, height } = measures();
  const top = items.offsetTop + Math.floor(current / across) * height;
  // What stays at the top of a table covers what is under it.
  if (top - items.offsetTop < list.scrollTop) list.scrollTop = top - items.offsetTop;
  else if (top + height > list.scrollTop + list.clientHeight)
    list.scrollTop = top + height - list.clientHeight;
  render();
  focusCurrent();
}

/** Put the focus onto the item where the person was last. */
export function focusCurrent() {
  const element = made.get(chosen()?.key ?? "")?.element;
  /** @type {HTMLElement | null | undefined} */ (element?.querySelector("a, button"))?.focus();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !shown.length) return;
  const { across, height } = measures();
  const screen = Math.max(1, Math.floor(list.clientHeight / height) - 1) * across;
  /** @type {Record<string, number>} */
  const steps = { ArrowDown: across, ArrowUp: -across, PageDown: screen, PageUp: -screen };
  if (!asTable) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
  let wanted = current + (steps[event.key] ?? 0);
  if (event.key === "Home") wanted = 0;
  else if (event.key === "End") wanted = shown.length - 1;
  else if (!(event.key in steps)) return;
  event.preventDefault();
  // Beyond the ends there is nothing; a step to a shorter last line leads onto it.
  if (wanted >= 0 && (wanted < shown.length || current + across < shown.length + across)) goTo(wanted);
}

function soon() {
  asked ||= requestAnimationFrame(render);
}

list.addEventListener("scroll", soon, { passive: true });
new ResizeObserver(soon).observe(list);
items.addEventListener("keydown", onKey);
items.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
  const item = /** @type {HTMLElement} */ (event.target).closest("[data-at]");
  if (!(item instanceof HTMLElement) || Number(item.dataset.at) === current) return;
  current = Number(item.dataset.at);
  soon();
});
