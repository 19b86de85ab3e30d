// @ts-check
/**
 * The stacks of a collection: read from the page's data, searched, filtered, put in order.
 *
 * @typedef {[kind: string, text: string, acknowledged: string]} Warned
 * @typedef {{specimen: string, view: string, catalog_number: string, name: string, state: string,
 *   reason: string, warnings: Warned[], method: string, date: string | null, person: string,
 *   picture: string, page: string, frames: number | null, width_px: number | null,
 *   height_px: number | null, pixel_size_um: number | null, version: string, made: string | null}} Row
 * @typedef {Row & {key: string, text: string, open: string[]}} Stack `open`: kinds of warning that
 *   nobody has acknowledged; `text`: what is searched
 * @typedef {{search: string, state: string, warning: string, method: string, person: string,
 *   from: string, until: string}} Wanted
 */

/** What a filter names that is in no list: any warning, an open one, none. */
export const ANY = "any";
export const OPEN = "open";
export const NONE = "none";

/** @type {Wanted} */
export const ALL = { search: "", state: "", warning: "", method: "", person: "", from: "", until: "" };

/** The orders that there are. */
export const ORDERS = ["attention", "name", "newest", "oldest", "made", "warnings"];

const MOST_URGENT = ["stopped", "waiting", "captured", "made", "archived", "reduced"];

/**
 * The stacks of rows that are arrays.
 * @param {string[]} columns what stands where in a row
 * @param {any[][]} rows
 * @returns {Stack[]}
 */
export function stacksOf(columns, rows) {
  return rows.map((cells) => {
    /** @type {any} */
    const row = {};
    columns.forEach((name, i) => (row[name] = cells[i]));
    return stackOf(row);
  });
}

/**
 * @param {Row} row
 * @returns {Stack}
 */
export function stackOf(row) {
  const warnings = row.warnings ?? [];
  const said = [row.specimen, row.view, row.catalog_number, row.name, row.person, row.reason];
  return {
    ...row,
    warnings,
    key: `${row.specimen}/${row.view}`,
    text: [...said, row.method, row.date, ...warnings.map((one) => one[0])].join("\n").toLowerCase(),
    open: warnings.filter((one) => !one[2]).map((one) => one[0]),
  };
}

/**
 * Those that are wanted, in the order in which they are given.
 * @param {Stack[]} stacks
 * @param {Wanted} wanted
 */
export function found(stacks, wanted) {
  const words = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
  const { state, warning, method, person, from, until } = wanted;
  return stacks.filter(
    (stack) =>
      (!state || stack.state === state) &&
      (!warning || hasWarning(stack, warning)) &&
      (!method || stack.method === method) &&
      (!person || stack.person === person) &&
      // A date without a day, or none, is in no range.
      (!from || (stack.date ?? "") >= from) &&
      (!until || (stack.date !== null && stack.date !== "" && stack.date.slice(0, 10) <= until)) &&
      words.every((word) => stack.text.includes(word)),
  );
}

/**
 * @param {Stack} stack
 * @param {string} warning
 */
function hasWarning(stack, warning) {
  if (warning === ANY) return stack.warnings.length > 0;
  if (warning === OPEN) return stack.open.length > 0;
  if (warning === NONE) return stack.warnings.length === 0;
  return stack.warnings.some((one) => one[0] === warning);
}

/**
 * The stacks in an order; those that are alike in it stay by name.
 * @param {Stack[]} stacks by name, as `byName` has them
 * @param {string} order one of `ORDERS`
 */
export function inOrder(stacks, order) {
  if (order === "name") return stacks;
  /** @type {(stack: Stack) => number | string} what comes first has the least */
  let rank;
  if (order === "warnings") rank = (stack) => -stack.open.length;
  else if (order === "attention") rank = (stack) => urgency(stack);
  else {
    const time = (/** @type {Stack} */ stack) => (order === "made" ? stack.made : stack.date) ?? "";
    const ranked = stacks.map((stack) => ({ stack, time: time(stack) }));
    const sign = order === "oldest" ? 1 : -1;
    // Without a time: last, whichever way.
    ranked.sort((a, b) => {
      if (!a.time || !b.time) return Number(!a.time) - Number(!b.time);
      return a.time === b.time ? 0 : a.time < b.time ? -sign : sign;
    });
    return ranked.map((one) => one.stack);
  }
  const ranked = stacks.map((stack) => ({ stack, rank: Number(rank(stack)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map((one) => one.stack);
}

/**
 * Stopped ones first, then those with open warnings, then those under way.
 * @param {Stack} stack
 */
function urgency(stack) {
  if (stack.state === "stopped") return 0;
  if (stack.open.length) return 1;
  const place = MOST_URGENT.indexOf(stack.state);
  return 2 + (place < 0 ? MOST_URGENT.length : place);
}

/**
 * The stacks by name, numbers as numbers.
 * @param {Stack[]} stacks
 */
export function byName(stacks) {
  const collator = new Intl.Collator(undefined, { numeric: true });
  return [...stacks].sort(
    (a, b) => collator.compare(a.specimen, b.specimen) || collator.compare(a.view, b.view),
  );
}

/**
 * How often each value occurs, most often first.
 * @param {Iterable<string>} values empty ones do not count
 * @returns {[string, number][]}
 */
export function counted(values) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
