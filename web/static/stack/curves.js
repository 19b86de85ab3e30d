// @ts-check
/** Sharpness, brightness, residual and magnification of the frames: a point shows its frame. */

import { by, draw, make } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

const [WIDTH, HEIGHT, LEFT, TOP, FOOT] = [340, 92, 10, 20, 10];
const CURVES = /** @type {[string, string, string, number][]} */ ([
  ["sharpness", "look.sharpness", "", 3],
  ["brightness", "look.brightness", "", 3],
  ["residual_px", "look.residual", "px", 2],
  ["magnification", "look.magnification", "", 5],
]);

/** @typedef {Record<string, any> & {frame: number, status: string}} Frame */

/**
 * @param {import("./images.js").Images} images
 * @param {Frame[]} frames
 */
export function curves(images, frames) {
  const holder = by("curves");
  const first = Math.min(...frames.map((one) => one.frame));
  const last = Math.max(...frames.map((one) => one.frame));
  const x = (/** @type {number} */ frame) => LEFT + ((frame - first) / (last - first || 1)) * (WIDTH - 2 * LEFT);

  /** @param {[string, string, string, number]} curve */
  function one([key, word, unit, digits]) {
    const known = frames.filter((frame) => Number.isFinite(frame[key]));
    if (!known.length) return null;
    const values = known.map((frame) => frame[key]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const y = (/** @type {number} */ value) => TOP + (1 - (value - least) / (most - least || 1)) * (HEIGHT - TOP - FOOT);
    const used = known.filter((frame) => frame.status === "used");
    const path = used.map((frame) => `${x(frame.frame).toFixed(1)} ${y(frame[key]).toFixed(1)}`).join("L");
    const said = (/** @type {number} */ value) => `${number(value, language(), digits)} ${unit}`.trim();
    const drawing = draw("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": say("look.curve.describe", { what: say(word), least: said(least), most: said(most) }),
    });
    if (path) drawing.append(draw("path", { class: "curve", d: `M${path}` }));
    drawing.append(draw("path", { class: "now", d: "" }));
    for (const frame of known) {
      const point = draw("circle", { class: frame.status === "used" ? "point" : "point out", cx: x(frame.frame).toFixed(1), cy: y(frame[key]).toFixed(1), r: "3.5" });
      point.append(draw("title", { text: `${say("look.frame.one", { frame: frame.frame })}: ${said(frame[key])}` }));
      drawing.append(point);
    }
    drawing.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const box = drawing.getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * WIDTH;
      const near = known.reduce((best, frame) => (Math.abs(x(frame.frame) - at) < Math.abs(x(best.frame) - at) ? frame : best));
      images.frame(near.frame);
    });
    const heading = `${say(word)}: ${said(least)} – ${said(most)}`;
    return make("figure", {}, [make("figcaption", { class: "small", text: heading }), drawing]);
  }

  function follow() {
    const frame = images.frames[images.at()]?.frame;
    for (const line of holder.querySelectorAll(".now"))
      line.setAttribute("d", typeof frame === "number" ? `M${x(frame).toFixed(1)} ${TOP - 4}V${HEIGHT}` : "");
  }

  images.followers.push(follow);
  return {
    speak() {
      const drawn = CURVES.map(one).filter(Boolean);
      holder.replaceChildren(...drawn);
      const ends = say("look.curves.axis", { first, last });
      if (drawn.length) holder.append(make("p", { class: "dim small", text: ends }));
      else holder.append(make("p", { class: "dim", text: say("look.curves.none") }));
      follow();
    },
  };
}
