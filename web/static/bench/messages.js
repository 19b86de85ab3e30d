// @ts-check
/** What the bench told: the last line always, all of it on demand. */

import { by, inStep, make, onPress, write } from "../shared/elements.js";
import { clock, micrometres, number } from "../shared/numbers.js";
import { language, named, say } from "../shared/words.js";

/** Messages of this page itself: what was refused, that the bench is gone. */
/** @type {import("./server.js").Told[]} */
const own = [];
/** @type {import("./server.js").Told[]} */
let theirs = [];
/** Own messages up to this time have been answered by what was taken on since. */
let settled = 0;

/**
 * @param {string} text
 * @param {"note" | "warning" | "error"} kind
 */
export function tell(text, kind = "note") {
  own.push({ when: new Date().toISOString(), text, kind });
  own.splice(0, own.length - 20);
  show();
}

/** What was refused before is no longer the last word: something was taken on. */
export function settle() {
  settled = Date.now();
  show();
}

/** @param {import("./server.js").State} state */
export function heard(state) {
  theirs = state.desk.told;
  show();
}

/** @param {import("./server.js").Told} one */
const hasWords = ({ name }) => name !== undefined && named("told", name) !== name;

/** The language of a line: errors of the bench are in English. @param {import("./server.js").Told} one */
const spoken = (one) => (own.includes(one) || hasWords(one) ? language() : "en");

/**
 * A line as this page says it; what has no words here as the bench tells it.
 * @param {import("./server.js").Told} one
 */
function said(one) {
  const { name, given = {}, text } = one;
  if (!hasWords(one)) return text;
  const filled = Object.entries(given).map(([place, value]) => {
    if (typeof value === "string") return [place, value];
    return [place, place.endsWith("_um") ? micrometres(value, language()) : number(value, language(), value % 1 ? 1 : 0)];
  });
  return say(`told.${name}`, Object.fromEntries(filled));
}

function show() {
  const all = [...theirs, ...own].sort((a, b) => Date.parse(a.when) - Date.parse(b.when)).slice(-60);
  const last = all.filter((one) => !own.includes(one) || Date.parse(one.when) > settled).pop();
  const line = by("last-message");
  write(line, last ? said(last) : say("messages.none"));
  line.className = last?.kind ?? "note";
  line.lang = last ? spoken(last) : language();
  line.title = last?.text ?? "";
  write(by("messages-count"), all.length ? String(all.length) : "");
  inStep(by("messages"), all, (one) => one.when + said(one), (one) =>
    make("li", { class: one.kind, "data-kind": one.kind }, [
      make("time", { class: "small dim", datetime: one.when, text: clock(one.when, language()) }),
      make("span", { lang: spoken(one), text: said(one) }),
    ]),
  );
}

export function messages() {
  onPress(by("messages-open"), () => {
    const list = by("messages");
    list.hidden = !list.hidden;
    by("messages-open").setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.scrollTop = list.scrollHeight;
  });
}
