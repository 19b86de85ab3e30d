// @ts-check
/** The camera's settings and condition. */

import { by, make, onPress, write } from "../shared/elements.js";
import { named, say } from "../shared/words.js";

/** @param {import("./rail.js").Ask} ask */
export function camera(ask) {
  /** @type {import("./server.js").Desk | null} */
  let desk = null;
  const dialog = /** @type {HTMLDialogElement} */ (by("camera"));
  onPress(by("camera-open"), () => {
    by("camera-fields").replaceChildren(
      ...Object.entries(desk?.settings ?? {}).map(([name, value]) =>
        make("p", {}, [
          make("label", { for: `setting-${name}`, text: named("setting", name) }),
          make("input", { id: `setting-${name}`, name, value: String(value), autocomplete: "off" }),
        ]),
      ),
    );
    by("camera-condition").replaceChildren(
      ...Object.entries(desk?.condition ?? {}).map(([name, value]) =>
        make("div", {}, [make("dt", { text: named("condition", name) }), make("dd", { text: String(value) })]),
      ),
    );
    by("camera-warnings").replaceChildren(...(desk?.warnings ?? []).map((line) => make("li", { text: line })));
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "set") return;
    const given = new FormData(by("camera-form"));
    const changed = [...given].filter(([name, value]) => String(desk?.settings[name]) !== String(value).trim());
    if (changed.length) void ask("settings", Object.fromEntries(changed.map(([name, value]) => [name, String(value).trim()])));
  });

  /** @param {import("./server.js").State} state */
  return (state) => {
    desk = state.desk;
    const { settings, condition } = desk;
    const facts = [
      settings.aperture ? `f/${settings.aperture}` : "",
      settings.shutter ? `${settings.shutter} s` : "",
      settings.iso ? `ISO ${settings.iso}` : "",
      condition.battery ? `${named("condition", "battery")} ${condition.battery}` : "",
    ].filter(Boolean);
    write(by("camera-facts"), facts.join(" · ") || named("camera", "settings"));
    const warnings = desk.warnings ?? [];
    by("camera-open").hidden = !Object.keys(settings).length && !warnings.length;
    write(by("camera-warned"), warnings.length ? `⚠ ${warnings.length} ` : "");
    by("camera-open").title = warnings.join("\n") || say("camera.settings");
  };
}
