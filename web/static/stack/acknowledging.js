// @ts-check
/** On a served page: a warning is acknowledged with a reason, which goes into the sheet's row. */

import { make, write } from "../shared/elements.js";
import { ask } from "../shared/ask.js";
import { say } from "../shared/words.js";

/**
 * The form for one warning.
 * @param {string} stack "specimen/view"
 * @param {string} kind the warning's code
 * @param {(reason: string) => void} done once the sheet has it
 */
export function acknowledging(stack, kind, done) {
  const id = `acknowledge-${kind}`;
  const field = make("input", { id, autocomplete: "off", maxlength: "300" });
  const told = make("p", { class: "small warning", role: "status" });
  const made = make("form", { novalidate: true }, [
    make("label", { for: id, text: say("collection.acknowledge.why", { kind }) }),
    make("div", { class: "line" }, [field, make("button", { text: say("collection.acknowledge") })]),
    told,
  ]);
  made.addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    const reason = field.value.trim();
    // Between two codes of the sheet's cell stands a semicolon.
    if (!reason || reason.includes(";")) {
      write(told, say("collection.acknowledge.needs"));
      field.focus();
      return;
    }
    const refused = await ask("acknowledge", { stack, what: kind, reason }).catch(String);
    write(told, refused);
    if (!refused) done(reason);
  });
  return made;
}
