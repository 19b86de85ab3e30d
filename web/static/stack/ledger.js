// @ts-check
/** The ledger: every frame of the stack, used or rejected with its reason. */

import { by, make, onPress } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

const COLUMNS = /** @type {[string, string, number][]} */ ([
  ["position_um", "look.column.position", 1],
  ["exposure_s", "look.column.exposure", 4],
  ["sharpness", "look.sharpness", 3],
  ["brightness", "look.brightness", 3],
  ["residual_px", "look.column.residual", 2],
  ["magnification", "look.magnification", 5],
]);

/**
 * @param {import("./images.js").Images} images
 * @param {import("./curves.js").Frame[]} frames
 */
export function ledger(images, frames) {
  const columns = COLUMNS.filter(([key]) => frames.some((one) => Number.isFinite(one[key])));
  const pictured = new Set(images.frames.map((one) => one.frame));

  /** @param {import("./curves.js").Frame} frame */
  function row(frame) {
    const name = String(frame.frame);
    const show = make("button", { type: "button", class: "quiet", text: name, "aria-label": say("look.frame.show", { frame: name }) });
    onPress(show, () => images.frame(frame.frame));
    const isUsed = frame.status === "used";
    const cells = columns.map(([key, , digits]) =>
      make("td", { class: "figure", text: Number.isFinite(frame[key]) ? number(frame[key], language(), digits) : "" }),
    );
    const told = isUsed ? say("look.used") : `${say("look.rejected")}${frame.reason ? `: ${frame.reason}` : ""}`;
    return make("tr", { "data-frame": name, class: isUsed ? "" : "out" }, [
      make("th", { scope: "row", text: pictured.has(frame.frame) ? "" : name }, [pictured.has(frame.frame) ? show : null]),
      make("td", { text: told }),
      ...cells,
      make("td", { class: "file", text: frame.file ?? "" }),
    ]);
  }

  function follow() {
    const frame = images.frames[images.at()]?.frame;
    for (const one of by("ledger-rows").children) one.classList.toggle("now", one.dataset.frame === String(frame));
  }

  images.followers.push(follow);
  return {
    speak() {
      const heads = ["look.column.frame", "look.column.state", ...columns.map(([, word]) => word), "look.column.file"];
      by("ledger-head").replaceChildren(...heads.map((word) => make("th", { scope: "col", text: say(word) })));
      by("ledger-rows").replaceChildren(...frames.map(row));
      follow();
    },
  };
}
