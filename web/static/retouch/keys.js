// @ts-check
/** Keys of the retouching page: what each asks for. */

/** What stands in the list of keys: word, keys. @type {[string, string[]][]} */
export const KEYS = [
  ["retouch.key.size", ["[", "]"]],
  ["retouch.key.size.wheel", ["Ctrl", "↕"]],
  ["retouch.key.hardness", ["{", "}"]],
  ["retouch.key.opacity", ["−", "+"]],
  ["retouch.key.frame", [",", "."]],
  ["retouch.key.auto", ["A"]],
  ["retouch.key.peek", ["X", "Alt"]],
  ["retouch.key.before", ["Tab", "B"]],
  ["retouch.key.modes", ["P", "D", "R", "H"]],
  ["retouch.key.next", ["N"]],
  ["retouch.key.match", ["M"]],
  ["retouch.key.undo", ["Ctrl", "Z"]],
  ["retouch.key.redo", ["Ctrl", "Y"]],
  ["retouch.key.remove", ["Del"]],
  ["retouch.key.move", ["Space", "←↑↓→"]],
  ["retouch.key.zoom", ["F", "1", "2"]],
  ["retouch.key.panes", ["V"]],
  ["retouch.key.painted", ["O"]],
  ["retouch.key.dab", ["Enter"]],
];

/** @type {Record<string, string>} */
const ACTS = {
  "[": "smaller",
  "]": "larger",
  "{": "softer",
  "}": "harder",
  "-": "fainter",
  "+": "stronger",
  "=": "stronger",
  ",": "earlier",
  ".": "later",
  a: "auto",
  b: "before",
  p: "pixels",
  d: "detail",
  r: "restore",
  h: "heal",
  m: "match",
  n: "next",
  f: "fit",
  1: "actual",
  2: "double",
  v: "panes",
  o: "painted",
  "?": "help",
  x: "peek",
  alt: "peek",
  " ": "drag",
  arrowleft: "left",
  arrowright: "right",
  arrowup: "up",
  arrowdown: "down",
};

/**
 * What a key asks for.
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, shiftKey?: boolean,
 *   repeat?: boolean, getModifierState?: (name: string) => boolean}} event
 * @param {"stage" | "field" | "control" | "dialog"} place where the focus is
 */
export function asked(event, place) {
  const key = event.key.toLowerCase();
  if (place === "dialog") return "";
  if (place === "field") return key === "escape" ? "leave" : "";
  // Brackets of many keyboards need AltGr, which some systems tell as Ctrl and Alt.
  const isTyped = event.getModifierState?.("AltGraph") ?? false;
  if ((event.ctrlKey || event.metaKey) && !isTyped) {
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return key === "y" ? "redo" : "";
  }
  if (key === "tab") return place === "stage" && !event.shiftKey ? "before" : "";
  if (key === "enter") return place === "stage" ? "dab" : "";
  if (key === "escape") return "leave";
  // A button's own keys are its own.
  if (place === "control" && (key === " " || key.startsWith("arrow"))) return "";
  return ACTS[key] ?? "";
}
