// @ts-check
/** What is looked for, in which order and form: the fields over the list, and the page's address. */

import { by, make } from "../shared/elements.js";
import { named, say } from "../shared/words.js";
import { ALL, ANY, NONE, OPEN, ORDERS, counted } from "./stacks.js";

/** @typedef {import("./stacks.js").Stack} Stack */

/** @type {Record<keyof import("./stacks.js").Wanted, any>} */
const FIELDS = {
  search: by("search"),
  state: by("by-state"),
  warning: by("by-warning"),
  method: by("by-method"),
  person: by("by-person"),
  from: by("from"),
  until: by("until"),
};
const NAMES = /** @type {(keyof typeof FIELDS)[]} */ (Object.keys(FIELDS));

/** What is looked for. */
export function wanted() {
  const given = { ...ALL };
  for (const name of NAMES) given[name] = FIELDS[name].value.trim();
  return given;
}

export const order = () => by("sort").value || ORDERS[0];
export const isTable = () => by("as-table").getAttribute("aria-pressed") === "true";

/**
 * Offer what the stacks have, in the language of the page, and keep what was chosen.
 * @param {Stack[]} stacks
 */
export function offer(stacks) {
  const states = counted(stacks.map((stack) => stack.state));
  fill(FIELDS.state, states, (name) => named("collection.state", name));
  fill(FIELDS.method, counted(stacks.map((stack) => stack.method)), String);
  fill(FIELDS.person, counted(stacks.map((stack) => stack.person)), String);
  const kinds = stacks.flatMap((stack) => [...new Set(stack.warnings.map((one) => one[0]))]);
  fill(FIELDS.warning, [
    [OPEN, stacks.filter((stack) => stack.open.length).length],
    [ANY, stacks.filter((stack) => stack.warnings.length).length],
    [NONE, stacks.filter((stack) => !stack.warnings.length).length],
    ...counted(kinds),
  ], (name) => named("collection.warning", name));
  const chosen = order();
  by("sort").replaceChildren(
    ...ORDERS.map((name) => make("option", { value: name, text: named("collection.sort", name) })),
  );
  by("sort").value = chosen;
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, number][]} values
 * @param {(name: string) => string} told
 */
function fill(select, values, told) {
  const chosen = select.value || (select.dataset.chosen ?? "");
  select.replaceChildren(
    make("option", { value: "", text: say("collection.all") }),
    ...values.map(([name, n]) => make("option", { value: name, text: `${told(name)} (${n})` })),
  );
  select.value = chosen;
  // What nothing has any more is looked for no longer.
  if (select.selectedIndex < 0) select.value = "";
  select.dataset.chosen = select.value;
}

/** Look for all again. */
export function reset() {
  for (const name of NAMES) set(name, "");
}

/**
 * @param {keyof typeof FIELDS} name
 * @param {string} value
 */
export function set(name, value) {
  FIELDS[name].value = value;
  if ("chosen" in FIELDS[name].dataset || FIELDS[name] instanceof HTMLSelectElement)
    FIELDS[name].dataset.chosen = value;
}

/** @param {boolean} table */
export function choose(table) {
  by("as-table").setAttribute("aria-pressed", String(table));
  by("as-pictures").setAttribute("aria-pressed", String(!table));
}

/** Take over what the page's address says, so that a way back leads to the same list. */
export function fromAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const name of NAMES) set(name, said.get(name) ?? "");
  by("sort").replaceChildren(...ORDERS.map((name) => make("option", { value: name })));
  by("sort").value = ORDERS.includes(said.get("sort") ?? "") ? said.get("sort") : ORDERS[0];
  choose(said.get("as") === "table");
}

/** Put what is looked for into the page's address, beside the history. */
export function toAddress() {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted())) if (value) said.set(name, value);
  if (order() !== ORDERS[0]) said.set("sort", order());
  if (isTable()) said.set("as", "table");
  const hash = `#${said}`;
  if (hash === (location.hash || "#")) return;
  try {
    history.replaceState(null, "", hash);
  } catch {
    // Browsers that let a page from disk change no address, and those that count how often.
  }
}

/** @param {() => void} act whenever something else is looked for */
export function onChange(act) {
  for (const element of [...Object.values(FIELDS), by("sort")])
    element.addEventListener("input", () => {
      if (element instanceof HTMLSelectElement) element.dataset.chosen = element.value;
      act();
    });
  by("reset").addEventListener("click", () => {
    reset();
    act();
  });
  for (const [id, table] of /** @type {[string, boolean][]} */ ([["as-pictures", false], ["as-table", true]]))
    by(id).addEventListener("click", () => {
      choose(table);
      act();
    });
  by("filters").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
}
