// @ts-check
/** Depth, source, confidence and what was painted, laid over the picture, with a legend. */

import { by, make, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

const NAMES = /** @type {Record<string, string>} */ ({
  depth: "look.depth",
  source: "look.source",
  confidence: "look.confidence",
  painted: "look.painted",
});
const TOLD = /** @type {Record<string, string>} */ ({
  depth: "look.depth.told",
  source: "look.source.told",
  confidence: "look.confidence.told",
  painted: "look.painted.told",
});

/** @typedef {{unit?: string, minimum?: number, maximum?: number, colours?: string[]}} Legend */

/**
 * @param {import("./images.js").Images} images
 * @param {Record<string, Legend>} legends
 */
export function overlays(images, legends) {
  const all = images.all.filter((one) => one.kind === "overlay");
  by("overlays-row").hidden = !all.length;
  by("overlay").addEventListener("change", () => images.change({ overlay: by("overlay").value }));
  by("strength").addEventListener("input", () => images.change({ strength: Number(by("strength").value) / 100 }));

  function follow() {
    const { overlay, strength } = images.seen;
    by("overlay").value = overlay;
    by("strength").hidden = !overlay;
    by("strength").value = String(Math.round(strength * 100));
    by("legend").hidden = !overlay;
    if (!overlay) return;
    const legend = legends?.[overlay];
    write(by("legend-told"), TOLD[overlay] ? say(TOLD[overlay]) : "");
    const colours = legend?.colours ?? [];
    by("legend-ramp").hidden = colours.length < 2;
    by("legend-ramp").style.background = `linear-gradient(to right, ${colours.filter((one) => CSS.supports("color", one)).join(", ")})`;
    write(by("legend-from"), end(legend, legend?.minimum));
    write(by("legend-to"), end(legend, legend?.maximum));
  }

  images.followers.push(follow);
  return {
    /** By key: the next overlay, and after the last none. */
    next() {
      const ids = ["", ...all.map((one) => one.id)];
      images.change({ overlay: ids[(ids.indexOf(images.seen.overlay) + 1) % ids.length] });
    },
    speak() {
      const options = all.map((one) => make("option", { value: one.id, text: NAMES[one.id] ? say(NAMES[one.id]) : one.label }));
      by("overlay").replaceChildren(make("option", { value: "", text: say("look.overlay.none") }), ...options);
      follow();
    },
  };
}

/**
 * @param {Legend | undefined} legend
 * @param {number | undefined} value
 */
function end(legend, value) {
  if (value === undefined || value === null) return "";
  if (legend?.unit === "frame") return say("look.frame.one", { frame: value });
  return `${number(value, language(), Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : 0)} ${legend?.unit ?? ""}`.trim();
}
