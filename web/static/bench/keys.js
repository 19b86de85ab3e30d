// @ts-check
/**
 * The keyboard: which key asks for what, and what a barcode scanner types.
 *
 * Space stops, wherever the focus is; only in a text field it is a space, for numbers hold some.
 * Escape stops too, in a text field as well (which it leaves), so that stop is always one key away.
 * A scanner types faster than a person and ends with Enter: it needs no field that has the focus.
 */

// Between two keys of a scanner at most; those on a wire need 10 ms, those by radio more. Who presses
// two keys for two things takes longer.
const SCAN_MS = 100;
// So many at that speed are a scanner.
const SCANNED = 3;

/** Every key and what it asks for, in the order in which the list of keys shows them. */
export const KEYS = /** @type {[string, string[]][]} */ ([
  ["key.stop", ["␣", "Esc"]],
  ["key.fine", ["↑", "↓"]],
  ["key.coarse", ["Page ↑", "Page ↓"]],
  ["key.steps", ["[", "]"]],
  ["key.marks", ["S", "E"]],
  ["key.goto", ["Home", "End"]],
  ["key.shot", ["T"]],
  ["key.sweep", ["W", "A"]],
  ["key.capture", ["C"]],
  ["key.pause", ["P"]],
  ["key.specimen", ["#"]],
  ["key.next", ["N"]],
  ["key.picture", ["X", "Z", "V", "G"]],
  ["key.loupe", ["I", "J", "K", "L", "M", "R"]],
  ["key.focus", ["F"]],
  ["key.tabs", ["1", "2", "3", "4"]],
  ["key.help", ["?"]],
]);

/** @type {Record<string, string>} */
const ACTS = {
  arrowup: "jog-up-fine",
  arrowdown: "jog-down-fine",
  "shift+arrowup": "jog-up-coarse",
  "shift+arrowdown": "jog-down-coarse",
  pageup: "jog-up-coarse",
  pagedown: "jog-down-coarse",
  "[": "fine-less",
  "]": "fine-more",
  "{": "coarse-less",
  "}": "coarse-more",
  s: "start",
  e: "end",
  home: "goto-start",
  end: "goto-end",
  t: "shot",
  w: "sweep",
  a: "sweep-accept",
  c: "capture",
  p: "pause",
  n: "next",
  "#": "specimen",
  "/": "specimen",
  x: "peaking",
  z: "zebra",
  v: "glass",
  g: "lines",
  m: "loupe-scale",
  r: "loupe-again",
  f: "loupe-focus",
  i: "loupe-up",
  k: "loupe-down",
  j: "loupe-left",
  l: "loupe-right",
  1: "tab-range",
  2: "tab-frames",
  3: "tab-shot",
  4: "tab-stacks",
  "?": "help-open",
};

// Held down, these go on; the others act once.
const REPEATED = /^(jog|loupe-(up|down|left|right)|fine|coarse)/;

/**
 * What a key asks for.
 * @param {{key: string, shiftKey?: boolean, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean,
 *   repeat?: boolean}} event
 * @param {"text" | "tabs" | "dialog" | ""} place where the focus is
 * @returns {string} the id of a button or field, "stop", "leave" (the field, and stop), or nothing
 */
export function asked(event, place) {
  if (event.ctrlKey || event.altKey || event.metaKey) return "";
  if (event.key === "Escape") return place === "text" ? "leave" : "stop";
  if (place === "text") return "";
  if (event.key === " ") return "stop";
  if (place === "dialog") return "";
  const key = event.key.toLowerCase();
  const act = (event.shiftKey && ACTS[`shift+${key}`]) || ACTS[key] || "";
  return event.repeat && !REPEATED.test(act) ? "" : act;
}

/** Tells a scanner's typing from a person's. */
export class Scanner {
  #text = "";
  #last = -Infinity;
  #keys = 0;

  /**
   * A key came that is no shortcut's business yet: "wait" (a code may begin, or goes on) or the code,
   * at its Enter, as `{code}`; null for a key that is not a scanner's.
   * @param {string} key
   * @param {number} now ms
   * @returns {"wait" | {code: string} | null}
   */
  heard(key, now) {
    const isQuick = now - this.#last <= SCAN_MS;
    this.#keys++;
    if (key === "Enter") {
      const text = isQuick ? this.#text : "";
      this.forget();
      return text.length >= SCANNED ? { code: text.trim() } : null;
    }
    if (key.length !== 1) return key === "Shift" && isQuick ? "wait" : null;
    this.#text = isQuick ? this.#text + key : key;
    this.#last = now;
    return "wait";
  }

  /** The number of the last key. */
  get number() {
    return this.#keys;
  }

  /**
   * Whether the key of this number came alone, none before it and none since: a person's.
   * @param {number} number
   */
  wasAlone(number) {
    return this.#keys === number && this.#text.length === 1;
  }

  /** Whether a code is being typed. */
  get isScanning() {
    return this.#text.length > 1;
  }

  forget() {
    this.#text = "";
    this.#last = -Infinity;
  }
}

/**
 * So long a letter waits for the next, which would make it a scanner's: its S and E must set nothing.
 * Longer than between two keys, for a busy page hears late. Stop and the arrows wait for nothing.
 */
export const WAIT_MS = SCAN_MS + 50;
