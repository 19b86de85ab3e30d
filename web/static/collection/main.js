// @ts-check
/** The page of all stacks. */

import { by, make, write } from "../shared/elements.js";
import { moment } from "../shared/numbers.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";
import * as filters from "./filters.js";
import { COLUMNS } from "./item.js";
import * as list from "./list.js";
import { follow, sayAgain, showRun, whenAsked } from "./run.js";
import { byName, found, inOrder, stackOf, stacksOf } from "./stacks.js";
import { showWarned, whenAcknowledged } from "./warned.js";

/** @type {{made?: string, targets?: boolean, run?: import("./run.js").Run | null, columns: string[], stacks: any[][]}} */
const data = JSON.parse(by("data").textContent || '{"columns": [], "stacks": []}');
let stacks = byName(stacksOf(data.columns, data.stacks));

/** Keys, each with the word that says what it does. */
const KEYS = [
  ["/", "collection.key.search"],
  ["↑ ↓ ← →", "collection.key.move"],
  ["↵", "collection.key.open"],
  ["W", "collection.key.warned"],
  ["T", "collection.key.form"],
  ["Esc", "collection.key.reset"],
];

/** Whether no run has made anything yet, of stacks that there are. */
const isNew = () => stacks.length > 0 && stacks.every((stack) => !stack.page);

/** @param {boolean} [stay] where the person is in the list */
function look(stay = false) {
  const those = found(inOrder(stacks, filters.order()), filters.wanted());
  by("columns").hidden = !filters.isTable() || !those.length;
  list.show(those, filters.isTable(), stay);
  const [n, of] = [those, stacks].map((some) => some.length.toLocaleString(language()));
  write(by("count"), say("collection.count", { n, of }));
  by("none").hidden = those.length > 0;
  write(by("none"), say(stacks.length ? "collection.none" : "collection.empty"));
  filters.toAddress();
}

/** Everything that says words which no element of the page has by itself. */
function tell() {
  const other = languages().find((name) => name !== language()) ?? "en";
  write(by("language"), other.toUpperCase());
  by("language").lang = other;
  filters.offer(stacks);
  by("columns").setAttribute("role", "row");
  by("columns").replaceChildren(
    ...COLUMNS.map((name) =>
      make("div", { role: "columnheader", "data-column": name, text: named("collection.column", name) }),
    ),
  );
  by("keys-list").replaceChildren(
    ...KEYS.flatMap(([key, word]) => [
      make("dt", {}, [make("kbd", { text: key })]),
      make("dd", { text: say(word) }),
    ]),
  );
  const when = data.made ? moment(data.made, language()) : "";
  write(by("made"), when ? say("collection.made", { when }) : "");
  by("targets").hidden = !data.targets;
  by("made").hidden = !when || document.body.dataset.live === "yes";
  sayAgain(isNew());
  list.forget();
  look(true);
}

/**
 * Put stacks in the place of those of the same name.
 * @param {import("./stacks.js").Stack[]} changed
 */
function replace(changed) {
  const anew = new Map(changed.map((stack) => [stack.key, stack]));
  const kept = stacks.map((stack) => anew.get(stack.key) ?? stack);
  const known = new Set(stacks.map((stack) => stack.key));
  const more = changed.filter((stack) => !known.has(stack.key));
  stacks = more.length ? byName([...kept, ...more]) : kept;
  filters.offer(stacks);
  look(true);
}

/**
 * Take over what a run tells: how far it is, pages that are new, and what stopped.
 * @param {{run?: import("./run.js").Run | null, rows?: any[][]}} told
 */
function hear({ run, rows }) {
  if (run !== undefined) showRun(run, isNew());
  const known = new Map(stacks.map((stack) => [stack.key, stack]));
  const anew = run && rows ? stacksOf(run.columns ?? data.columns, rows) : [];
  const changed = new Map(anew.map((stack) => [stack.key, stack]));
  for (const { stack: key, step, reason } of run?.failures ?? []) {
    const stack = changed.get(key) ?? known.get(key);
    if (stack) changed.set(key, stackOf({ ...stack, state: "stopped", reason: `${step}: ${reason}` }));
  }
  const those = [...changed.values()].filter(
    (stack) => JSON.stringify(stack) !== JSON.stringify(known.get(stack.key)),
  );
  if (those.length) replace(those);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && target === by("search")) {
    filters.reset();
    look();
    return;
  }
  if (target === by("search") && (event.key === "ArrowDown" || event.key === "Enter")) {
    event.preventDefault();
    list.focusCurrent();
    return;
  }
  if (target.matches("input, select")) return;
  if (event.key === "/") by("search").focus();
  else if (event.key === "?") by("keys").showModal();
  else if (event.key.toLowerCase() === "t") {
    filters.choose(!filters.isTable());
    look(true);
  } else if (event.key.toLowerCase() === "w") {
    const stack = list.chosen();
    if (stack) showWarned(stack);
  } else return;
  event.preventDefault();
}

await loadWords();
by("targets").href = document.body.dataset.live === "yes" ? "/targets/" : "targets/index.html";
filters.fromAddress();
tell();
filters.onChange(() => look());
whenAcknowledged((stack, kind, reason) => {
  const warnings = stack.warnings.map((one) => (one[0] === kind ? [kind, one[1], reason] : one));
  const changed = stackOf({ .../** @type {any} */ (stack), warnings });
  replace([changed]);
  showWarned(changed);
});
document.addEventListener("keydown", onKey);
window.addEventListener("hashchange", () => {
  filters.fromAddress();
  tell();
});
by("language").addEventListener("click", async () => {
  const names = languages();
  await speak(names[(names.indexOf(language()) + 1) % names.length]);
  tell();
});
by("help-open").addEventListener("click", () => by("keys").showModal());
by("keys-close").addEventListener("click", () => by("keys").close());
by("run-failed").addEventListener("click", () => {
  filters.reset();
  filters.set("state", "stopped");
  look();
  list.focusCurrent();
});
whenAsked((name) => {
  filters.reset();
  filters.set("search", name.replace("/", " "));
  look();
  const stack = stacks.find((one) => one.key === name);
  if (stack) showWarned(stack);
});
hear({ run: data.run });
follow(hear);
document.body.dataset.ready = "yes";
