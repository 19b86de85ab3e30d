// @ts-check
/** The specimen on the table, its views, the next one. */

import { allow, by, inStep, make, onPress, write } from "../shared/elements.js";
import { named, say } from "../shared/words.js";

/**
 * @param {import("./rail.js").Ask} ask
 */
export function specimens(ask) {
  const field = /** @type {HTMLInputElement} */ (by("specimen"));
  const take = async (/** @type {string} */ text) => {
    if (!text.trim()) return;
    if (await ask("specimen", { text: text.trim() })) field.blur();
    else if (document.activeElement === field) field.select();
  };
  by("specimen-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    void take(field.value);
  });
  field.addEventListener("focus", () => field.select());
  onPress(by("next"), () => void ask("next"));
  onPress(by("read-label"), () => void ask("read_label"));
  let shown = "";

  /** @param {import("./server.js").State} state */
  const show = (state) => {
    const table = state.table ?? {};
    const isCapturing = state.desk.doing.what === "capture";
    const named_ = table.specimen ?? "";
    if (named_ !== shown) {
      // What a person is typing stays; what the bench took on is shown as it wrote it.
      if (document.activeElement !== field || field.value.trim() === "") field.value = table.catalog_number || named_;
      shown = named_;
    }
    write(by("specimen-refused"), table.refused ?? "");
    field.setAttribute("aria-invalid", String(Boolean(table.refused)));
    by("read-label").hidden = !(state.desk.rig.can ?? []).includes("read_label");
    allow(by("specimen-take"), !isCapturing);
    allow(by("next"), !isCapturing && Boolean(named_));
    const views = table.views ?? [];
    inStep(by("views"), views, (one) => one.view, (one) => {
      const button = make("button", { type: "button", "data-view": one.view }, [
        make("span", { text: one.view }),
        make("span", { class: "small state" }),
      ]);
      onPress(button, () => void ask("view", { view: one.view }));
      return button;
    });
    views.forEach((/** @type {any} */ one, /** @type {number} */ i) => {
      const button = /** @type {HTMLElement} */ (by("views").children[i]);
      button.dataset.state = one.state;
      button.setAttribute("aria-pressed", String(one.view === table.view));
      write(/** @type {Element} */ (button.querySelector(".state")), named("view", one.state));
      allow(button, !isCapturing);
    });
    by("views").dataset.none = say("specimen.none");
  };
  return { show, take };
}
