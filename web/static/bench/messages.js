// @ts-check
/** What the bench told: the last line always, all of it on demand. */

import { by, inStep, make, onPress, write } from "../shared/elements.js";
import { clock } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

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

function show() {
  const all = [...theirs, ...own].sort((a, b) => Date.parse(a.when) - Date.parse(b.when)).slice(-60);
  const last = all.filter((one) => !own.includes(one) || Date.parse(one.when) > settled).pop();
  const line = by("last-message");
  write(line, last?.text ?? say("messages.none"));
  line.className = last?.kind ?? "note";
  line.title = last?.text ?? "";
  write(by("messages-count"), all.length ? String(all.length) : "");
  inStep(by("messages"), all, (one) => one.when + one.text, (one) =>
    make("li", { class: one.kind, "data-kind": one.kind }, [
      make("time", { class: "small dim", datetime: one.when, text: clock(one.when, language()) }),
      make("span", { text: one.text }),
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
