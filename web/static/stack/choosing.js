// @ts-check
/** The bar over the stage and the slider under it: which picture, compared how, with what laid over. */

import { by, make, onPress, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

/** How long each of two that blink is up. */
const BLINK_MS = 700;
const KINDS = /** @type {[string, string][]} */ ([
  ["master", "look.kind.master"],
  ["fused", "look.kind.fused"],
  ["method", "look.kind.method"],
  ["version", "look.kind.version"],
  ["slab", "look.kind.slab"],
  ["frame", "look.kind.frame"],
]);
const HOWS = /** @type {[import("./images.js").How, string][]} */ ([
  ["one", "look.one"],
  ["blink", "look.blink"],
  ["curtain", "look.curtain"],
]);

/** @param {import("./images.js").Images} images */
export function choosing(images) {
  const { seen } = images;
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let blinking = 0;

  for (const [id, name] of /** @type {["first" | "second", string][]} */ ([
    ["first", "picture-first"],
    ["second", "picture-second"],
  ]))
    by(name).addEventListener("change", () => images.change({ [id]: by(name).value }));
  for (const [how] of HOWS) onPress(by(`how-${how}`), () => images.change({ how, isSecond: false }));
  onPress(by("swap"), () => images.change({ first: seen.second, second: seen.first }));

  const slider = by("frame");
  slider.max = String(Math.max(0, images.frames.length - 1));
  by("frames-row").hidden = images.frames.length < 2;
  slider.addEventListener("input", () => images.change({ first: images.frames[Number(slider.value)].id }));
  onPress(by("frame-less"), () => images.step(-1));
  onPress(by("frame-more"), () => images.step(1));
  onPress(by("to-master"), () => master());

  function master() {
    const one = images.all.find((picture) => picture.kind === "master");
    if (one) images.change({ first: one.id });
  }

  function blink() {
    const isOn = seen.how === "blink";
    if (isOn && !blinking && !isStill)
      blinking = window.setInterval(() => images.change({ isSecond: !seen.isSecond }), BLINK_MS);
    if (!isOn && blinking) {
      clearInterval(blinking);
      blinking = 0;
    }
  }

  function follow() {
    const isTwo = seen.how !== "one";
    for (const [how] of HOWS) by(`how-${how}`).setAttribute("aria-pressed", String(seen.how === how));
    for (const id of ["picture-second", "swap", "second-label"]) by(id).hidden = !isTwo;
    by("picture-first").value = seen.first;
    by("picture-second").value = seen.second;
    const at = images.at();
    if (at >= 0) slider.value = String(at);
    const text = said(images, seen.first);
    slider.setAttribute("aria-valuetext", text);
    write(by("frame-text"), text);
    by("to-master").hidden = images.byId.get(seen.first)?.kind === "master" || !images.all.some((one) => one.kind === "master");
    write(by("blink-says"), seen.how === "blink" ? (images.byId.get(images.top())?.label ?? "") : "");
    by("blink-says").hidden = seen.how !== "blink";
    blink();
  }

  function speak() {
    for (const id of ["picture-first", "picture-second"]) {
      const groups = KINDS.map(([kind, word]) => {
        const ones = images.all.filter((one) => one.kind === kind);
        const inside = ones.map((one) => make("option", { value: one.id, text: label(one) }));
        return ones.length ? make("optgroup", { label: say(word) }, inside) : null;
      });
      by(id).replaceChildren(...groups.filter(Boolean));
    }
    follow();
  }

  images.followers.push(follow);
  return {
    speak,
    master,
    /** By key: the other of the two, up as long as it is wanted. */
    flip: () => {
      if (seen.how === "one") return;
      if (seen.how === "blink") images.change({ isSecond: !seen.isSecond });
      else images.change({ first: seen.second, second: seen.first });
    },
  };
}

/** @param {import("./view.js").Picture} picture */
function label(picture) {
  if (picture.kind === "master") return say("look.kind.master");
  if (picture.kind === "fused") return say("look.kind.fused");
  if (picture.kind !== "frame") return picture.label;
  const place = typeof picture.position_um === "number" ? ` · ${number(picture.position_um, language(), 1)} µm` : "";
  return `${say("look.frame.one", { frame: picture.frame ?? picture.label })}${place}`;
}

/**
 * @param {import("./images.js").Images} images
 * @param {string} id
 */
function said(images, id) {
  const picture = images.byId.get(id);
  return picture ? label(picture) : "";
}
