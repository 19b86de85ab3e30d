// @ts-check
/** A stack in the list: as a picture with its name, or as a row of the table. */

import { make } from "../shared/elements.js";
import { language, named, say } from "../shared/words.js";
import { showWarned } from "./warned.js";

/** @typedef {import("./stacks.js").Stack} Stack */

/** Columns of the table, with the word that stands over each. */
export const COLUMNS = [
  "specimen",
  "view",
  "name",
  "state",
  "warnings",
  "method",
  "frames",
  "date",
  "person",
];

/**
 * @param {Stack} stack
 * @returns {HTMLElement}
 */
export function card(stack) {
  const inside = [
    picture(stack),
    make("strong", { text: stack.catalog_number || stack.specimen }),
    make("span", { class: "small dim", text: [stack.view, stack.name].filter(Boolean).join(" · ") }),
    make("span", { class: "chip", "data-state": stack.state, text: named("collection.state", stack.state) }),
  ];
  return make("div", { role: "listitem", class: "card" }, [link(stack, inside), warned(stack)]);
}

/**
 * @param {Stack} stack
 * @returns {HTMLElement}
 */
export function row(stack) {
  const name = make("span", { text: stack.catalog_number || stack.specimen });
  /** @type {Record<string, Element | string>} */
  const cells = {
    specimen: make("span", { class: "named" }, [picture(stack), link(stack, [name])]),
    view: stack.view,
    name: stack.name,
    state: make("span", { class: "chip", "data-state": stack.state, text: named("collection.state", stack.state) }),
    warnings: warned(stack) ?? "",
    method: stack.method,
    frames: stack.frames ? String(stack.frames) : "",
    date: day(stack.date),
    person: stack.person,
  };
  const made = COLUMNS.map((column) => {
    const cell = cells[column];
    if (cell instanceof Element) return make("div", { role: "cell", "data-column": column }, [cell]);
    return make("div", { role: "cell", "data-column": column, text: cell ?? "", title: cell ?? "" });
  });
  return make("div", { role: "row", class: "row" }, made);
}

/**
 * What leads to the stack's page; a stack that has none yet is named all the same.
 * @param {Stack} stack
 * @param {Element[]} inside
 */
function link(stack, inside) {
  if (stack.page) return make("a", { href: stack.page, class: "to" }, inside);
  const button = make("button", { type: "button", class: "to" }, inside);
  button.addEventListener("click", () => showWarned(stack));
  return button;
}

/** @param {Stack} stack */
function picture(stack) {
  // Why there is none is read out with the button that tells it at length.
  const why = { class: "picture none small", "aria-hidden": "true", text: stack.reason };
  if (!stack.picture) return make("span", why);
  const shown = { src: stack.picture, alt: "", loading: "lazy", decoding: "async", class: "picture" };
  return make("img", shown);
}

/** @param {Stack} stack */
function warned(stack) {
  const { open, warnings, reason } = stack;
  if (!warnings.length && !reason) return null;
  const told = reason && !warnings.length ? say("collection.why") : how(warnings.length, open.length);
  const button = make("button", {
    type: "button",
    class: open.length || stack.state === "stopped" ? "warned open small" : "warned small",
    "aria-label": `${told}: ${stack.specimen} ${stack.view}`,
    title: reason || warnings.map((one) => one[0]).join(", "),
    text: told,
  });
  button.addEventListener("click", () => showWarned(stack));
  return button;
}

/**
 * @param {number} all
 * @param {number} open
 */
function how(all, open) {
  if (!open) return say("collection.warned.seen", { n: all });
  return open === 1 ? say("collection.warned.one") : say("collection.warned.many", { n: open });
}

/** A day as people write it here. @param {string | null} date */
export function day(date) {
  if (!date) return "";
  const [year, month, number] = date.slice(0, 10).split("-").map(Number);
  if (!month || !number) return date;
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(
    new Date(year, month - 1, number),
  );
}
