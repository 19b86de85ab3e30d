// @ts-check
/** A capture: its frames as a filmstrip, their sharpness as a curve, how long it goes on. */

import { by, draw, inStep, make, onPress, write } from "../shared/elements.js";
import { duration, micrometres, number, step } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { drawCurve } from "./chart.js";

/** @param {(picture: string, text: string) => void} enlarge */
export function frames(enlarge) {
  /** @type {import("./server.js").State | null} */
  let last = null;
  let shown = 0;

  const curve = () => {
    const capture = last?.desk.capture;
    if (by("frames").hidden) return;
    const taken = capture?.taken ?? [];
    if (!capture || !taken.length) {
      by("frames-curve").replaceChildren();
      return;
    }
    const positions = taken.map((one) => one.position_um);
    // The last frame may not be measured yet.
    const measured = taken.filter((one) => Number.isFinite(one.sharpness));
    const plan = last?.desk.plan;
    const ends = plan && !plan.refused ? [plan.start_um, plan.end_um] : [];
    drawCurve(by("frames-curve"), {
      positions_um: measured.map((one) => one.position_um),
      values: measured.map((one) => one.sharpness),
      lowest_um: Math.min(...positions, ...ends),
      highest_um: Math.max(...positions, ...ends),
      marks: [{ um: last?.desk.position_um, className: "here", label: "" }],
      label: (um) => `${step(Math.round(um), language())} µm`,
    });
  };
  new ResizeObserver(curve).observe(by("frames-curve"));

  /** @param {import("./server.js").State} state */
  return (state) => {
    last = state;
    const { capture, doing } = state.desk;
    const taken = capture?.taken ?? [];
    const isOn = doing.what === "capture";
    by("frames-none").hidden = Boolean(capture);
    write(by("frames-count"), capture ? say("frames.of", { taken: taken.length, frames: capture.frames }) : "");
    write(
      by("frames-left"),
      !capture ? "" : isOn ? say("frames.left", { time: duration(capture.seconds_left) }) : capture.stack,
    );
    write(by("frames-range"), capture?.range ?? "");
    const list = by("films");
    inStep(list, taken, (one) => `${capture?.stack}/${one.frame} ${one.picture ?? ""}`, (one) => film(one, enlarge));
    for (let i = 0; i < taken.length; i++) describe(list.children[i], taken[i], taken);
    if (taken.length !== shown) list.scrollLeft = list.scrollWidth;
    shown = taken.length;
    curve();
  };
}

/**
 * @param {import("./server.js").Taken} one
 * @param {(picture: string, text: string) => void} enlarge
 */
function film(one, enlarge) {
  const picture = one.picture
    ? make("img", { src: one.picture, alt: "", loading: "lazy", decoding: "async", width: "96", height: "64" })
    : draw("svg", { viewBox: "0 0 96 64" });
  const button = make("button", { type: "button" }, [picture, make("span", { class: "small", text: String(one.frame) }), make("i")]);
  onPress(button, () => one.picture && enlarge(one.picture, button.getAttribute("aria-label")));
  return make("li", { "data-frame": String(one.frame) }, [button]);
}

/**
 * @param {Element} item
 * @param {import("./server.js").Taken} one
 * @param {import("./server.js").Taken[]} taken
 */
function describe(item, one, taken) {
  const most = Math.max(...taken.map((other) => other.sharpness || 0)) || 1;
  const level = /** @type {HTMLElement} */ (item.querySelector("i"));
  level.style.transform = `scaleX(${(one.sharpness || 0) / most})`;
  const text = say("frame.describe", {
    frame: one.frame,
    position: micrometres(one.position_um, language()),
    sharpness: Number.isFinite(one.sharpness) ? number(one.sharpness, language(), one.sharpness < 10 ? 2 : 0) : "–",
  });
  const button = /** @type {Element} */ (item.firstElementChild);
  button.setAttribute("aria-label", text);
  button.setAttribute("title", text);
}
