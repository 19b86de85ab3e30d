// @ts-check
/** Measuring: tools, points by pointer or crosshair, the list, its copy. */

import { by, make, onPress, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { copy } from "./copy.js";
import { drawing } from "./drawing.js";
import { pxPerCm } from "./geometry.js";
import { NEEDS, numbers, table } from "./measured.js";
import { depthAt } from "./pointer.js";
import { drawProfile } from "./profile.js";
import { areaSaid, lengthSaid, pxSaid } from "./units.js";

// As review_facts.py says where the size is from.
const OF_THE_SHEET = "the sheet's column pixel_size_um";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./measured.js").Measurement} Measurement
 */

const TOOLS = /** @type {[import("./measured.js").Kind, string, string][]} */ ([
  ["length", "look.length", "look.length.how"],
  ["angle", "look.angle", "look.angle.how"],
  ["area", "look.area", "look.area.how"],
  ["profile", "look.profile", "look.profile.how"],
]);

/**
 * @param {import("./view.js").View} view
 * @param {import("./pointer.js").Known} known
 * @param {{pixel_size_um: number | null, pixel_size_uncertainty_um: number | null, pixel_size_from: string, stack: string}} facts
 */
export function measuring(view, known, { pixel_size_um, pixel_size_uncertainty_um, pixel_size_from, stack }) {
  /** @type {Measurement[]} */
  const list = [];
  /** @type {Measurement | null} */
  let now = null;
  /** @type {Measurement | null} */
  let chosen = null;
  /** @type {Point | null} */
  let crosshair = null;

  const saidFrom = () =>
    pixel_size_from === OF_THE_SHEET
      ? say("look.pixel_size.sheet")
      : pixel_size_um && pixel_size_uncertainty_um
        ? say("look.pixel_size.ruler", {
            file: pixel_size_from,
            share: number(Math.ceil((1e4 * pixel_size_uncertainty_um) / pixel_size_um) / 100, language(), 2),
          })
        : pixel_size_from;
  const depth_um = (/** @type {Point} */ point) => (known.depth?.unit === "µm" ? depthAt(known, point) : null);
  const found = (/** @type {Measurement} */ one) => numbers(one, pixel_size_um, depth_um);
  const drawn = drawing(view, (measurement, at, point) => {
    measurement.points[at] = inside(point);
    show();
  });

  /** @param {Point} point */
  const inside = ({ x, y }) => ({
    x: Math.min(Math.max(x, 0), known.width_px),
    y: Math.min(Math.max(y, 0), known.height_px),
  });

  /** @param {import("./measured.js").Kind | ""} kind */
  function take(kind) {
    now = kind ? { kind, points: [], name: "" } : null;
    show();
  }

  /** @param {Point} point */
  function add(point) {
    if (!now) return;
    now.points.push(inside(point));
    if (now.kind !== "area" && now.points.length === NEEDS[now.kind]) close();
    else show();
  }

  function close() {
    if (!now || now.points.length < NEEDS[now.kind]) return;
    list.push(now);
    chosen = now;
    by("spoken").textContent = said(now);
    take(now.kind);
  }

  /** The measurement in words: what stands in the list and is read out. @param {Measurement} one */
  function said(one) {
    const { length_px, length_um, space_um, rise_um, angle_deg, area_px2, area_um2 } = found(one);
    if (one.kind === "angle") return angle_deg === null ? "–" : `${number(angle_deg, language(), 1)}°`;
    const long = length_px === null ? "–" : length_um === null ? pxSaid(length_px) : `${lengthSaid(length_um)} (${pxSaid(length_px)})`;
    if (one.kind === "area") {
      if (area_px2 === null) return say("look.area.crosses");
      const size = area_um2 === null ? `${number(area_px2, language())} px²` : areaSaid(area_um2);
      return `${size} · ${say("look.outline", { length: long })}`;
    }
    const parts = [long];
    if (space_um !== null) parts.push(say("look.space", { length: lengthSaid(space_um) }));
    if (rise_um !== null) parts.push(say("look.rise", { length: lengthSaid(Math.abs(rise_um)) }));
    return parts.join(" · ");
  }

  /** The short of it, beside the line. @param {Measurement} one */
  const short = (one) => said(one).split(" · ")[0].replace(/ \([^)]*px\)$/, "");

  function rows() {
    return list.map((one, i) => {
      const name = make("input", { value: one.name, "aria-label": say("look.name"), placeholder: String(i + 1), maxlength: "80" });
      name.addEventListener("change", () => (one.name = name.value));
      const pick = make("button", { type: "button", class: "value quiet", "aria-pressed": String(one === chosen), text: `${say(TOOLS.find(([kind]) => kind === one.kind)?.[1] ?? "")}: ${said(one)}` });
      onPress(pick, () => {
        chosen = one;
        view.reveal(one.points[0]);
        show();
      });
      const drop = make("button", { type: "button", class: "quiet", "aria-label": say("look.remove"), title: say("look.remove"), text: "✕" });
      onPress(drop, () => {
        list.splice(list.indexOf(one), 1);
        if (chosen === one) chosen = null;
        show();
        by("measure-told").focus();
      });
      return make("li", {}, [name, pick, drop]);
    });
  }

  function lay() {
    const all = now ? [...list, now] : list;
    drawn.show(
      all.map((one) => ({ measurement: one, label: one === now ? "" : short(one), isChosen: one === chosen })),
      crosshair,
    );
  }

  function show() {
    for (const [kind] of TOOLS) by(`tool-${kind}`).setAttribute("aria-pressed", String(now?.kind === kind));
    by("stage").dataset.tool = now?.kind ?? "";
    const how = TOOLS.find(([kind]) => kind === now?.kind)?.[2];
    write(by("measure-told"), how ? say(how) : say("look.measure.how"));
    by("close-area").hidden = !(now?.kind === "area" && now.points.length >= 3);
    by("measurements").replaceChildren(...rows());
    for (const id of ["copy-text", "copy-csv", "clear"]) by(id).hidden = !list.length;
    const profile = chosen?.kind === "profile" && list.includes(chosen) ? chosen : null;
    by("profile").hidden = !profile;
    if (profile) drawProfile(by("profile"), profile.points, known, pixel_size_um);
    write(
      by("pixel-size"),
      pixel_size_um
        ? say("look.pixel_size", {
            size: number(pixel_size_um, language(), 3),
            density: number(pxPerCm(pixel_size_um), language(), 1),
            from: saidFrom(),
          })
        : say("look.pixel_size.none"),
    );
    lay();
  }

  for (const [kind] of TOOLS) onPress(by(`tool-${kind}`), () => take(now?.kind === kind ? "" : kind));
  onPress(by("close-area"), close);
  onPress(by("clear"), () => {
    list.length = 0;
    chosen = null;
    show();
  });
  const told = () => list.map((one) => ({ measurement: one, numbers: found(one) }));
  onPress(by("copy-text"), () => copied(table(told(), stack, "\t")));
  onPress(by("copy-csv"), () => copied(table(told(), stack, ",")));
  view.onMove(lay);
  view.onPress((point, isDouble) => {
    if (!now) return;
    if (isDouble && now.kind === "area") close();
    else if (!isDouble) add(point);
  });

  return {
    show,
    take,
    /** The tool in hand, "" for none. */
    tool: () => now?.kind ?? "",
    /** Set a point where the crosshair is; Enter at the last point again closes an area. */
    set() {
      if (!now || !crosshair) return;
      const last = now.points[now.points.length - 1];
      if (now.kind === "area" && last && Math.hypot(last.x - crosshair.x, last.y - crosshair.y) < 1e-6) close();
      else add(crosshair);
    },
    /** The last point is taken back; with none, the tool is put away. */
    back() {
      if (now?.points.length) {
        now.points.pop();
        show();
      } else take("");
    },
    /** @param {Point | null} place */
    cross(place) {
      crosshair = place && inside(place);
      lay();
      return crosshair;
    },
    crosshair: () => crosshair,
  };
}

/** @param {string} text */
async function copied(text) {
  by("spoken").textContent = "";
  const isDone = await copy(text);
  by("spoken").textContent = say(isDone ? "look.copied" : "look.copied.not");
  write(by("copy-told"), by("spoken").textContent);
}
