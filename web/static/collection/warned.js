// @ts-check
/** Why a stack stopped and what was warned of; a warning is acknowledged with a reason. */

import { by, make, write } from "../shared/elements.js";
import { ask } from "../shared/ask.js";
import { named, say } from "../shared/words.js";

/** @typedef {import("./stacks.js").Stack} Stack */

const dialog = by("warned");
const BEGUN = new Set(["waiting", "captured"]);
/** @type {(stack: Stack, kind: string, reason: string) => void} */
let onAcknowledged = () => {};

/**
 * @param {(stack: Stack, kind: string, reason: string) => void} act once the sheet has it
 */
export function whenAcknowledged(act) {
  onAcknowledged = act;
}

/** @param {Stack} stack */
export function showWarned(stack) {
  write(by("warned-title"), `${stack.specimen} · ${stack.view}`);
  const state = named("collection.state", stack.state);
  // Of a stack that nothing was said of, what comes next.
  const next = stack.reason || (BEGUN.has(stack.state) ? say(`collection.next.${stack.state}`) : "");
  write(by("warned-reason"), next ? `${state}: ${next}` : state);
  const preview = by("warned-preview");
  preview.hidden = document.body.dataset.live !== "yes" || stack.state !== "captured";
  preview.href = `/stack/${[stack.specimen, stack.view].map(encodeURIComponent).join("/")}/preview`;
  write(by("warned-told"), "");
  by("warned-list").replaceChildren(...stack.warnings.map((one) => warning(stack, one)));
  if (!dialog.open) dialog.showModal();
}

/**
 * @param {Stack} stack
 * @param {import("./stacks.js").Warned} one
 */
function warning(stack, [kind, text, acknowledged]) {
  const inside = [make("strong", { text: kind }), make("p", { text })];
  if (acknowledged)
    inside.push(make("p", { class: "dim", text: say("collection.acknowledged", { reason: acknowledged }) }));
  else if (document.body.dataset.live === "yes") inside.push(form(stack, kind));
  else inside.push(make("p", { class: "dim small", text: say("collection.acknowledge.sheet", { kind }) }));
  return make("li", {}, inside);
}

/**
 * @param {Stack} stack
 * @param {string} kind
 */
function form(stack, kind) {
  const id = `reason-${kind}`;
  // Between two codes of the cell stands a semicolon.
  const field = make("input", { id, autocomplete: "off", maxlength: "300", pattern: "[^;]*\\S[^;]*" });
  const button = make("button", { text: say("collection.acknowledge") });
  const made = make("form", { novalidate: true }, [
    make("label", { for: id, text: say("collection.acknowledge.why", { kind }) }),
    make("span", { class: "line" }, [field, button]),
  ]);
  made.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    const reason = field.value.trim();
    if (!reason || reason.includes(";")) {
      write(by("warned-told"), say("collection.acknowledge.needs"));
      field.focus();
      return;
    }
    const refused = await ask("acknowledge", { stack: stack.key, what: kind, reason }).catch(String);
    write(by("warned-told"), refused);
    if (!refused) onAcknowledged(stack, kind, reason);
  });
  return made;
}

by("warned-close").addEventListener("click", () => dialog.close());
