// @ts-check
/** The brush and the mode: their fields, kept on this computer. */

import { by, onPress, write } from "../shared/elements.js";
import { language, say } from "../shared/words.js";

const KEPT = "holostack.retouch.brush";
const LEAST = 2;
const MOST = 2000;
export const MODES = ["pixels", "detail", "restore", "heal"];

export const brush = { diameter_px: 80, hardness: 0.5, opacity: 1, mode: "pixels", match: true, person: "" };

try {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  for (const name of /** @type {(keyof typeof brush)[]} */ (Object.keys(brush)))
    if (typeof kept[name] === typeof brush[name]) Object.assign(brush, { [name]: kept[name] });
} catch {
  // As it is at first.
}

/** On the slider, each step is by the same share. */
const toSlider = (/** @type {number} */ px) => Math.log(px / LEAST) / Math.log(MOST / LEAST);
const toPx = (/** @type {number} */ share) => LEAST * (MOST / LEAST) ** share;
const inside = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
  Math.min(most, Math.max(least, Math.round(value * 100) / 100));

/** @param {() => void} onChange */
export function settings(onChange) {
  const changed = () => {
    show();
    try {
      localStorage.setItem(KEPT, JSON.stringify(brush));
    } catch {
      // Then it is chosen again.
    }
    onChange();
  };
  by("size").addEventListener("input", () => resize(toPx(Number(by("size").value)) / brush.diameter_px));
  by("hardness").addEventListener("input", () => harden(Number(by("hardness").value) - brush.hardness));
  by("opacity").addEventListener("input", () => strengthen(Number(by("opacity").value) - brush.opacity));
  by("person").addEventListener("input", () => {
    brush.person = by("person").value.trim();
    changed();
  });
  for (const mode of MODES) onPress(by(mode), () => setMode(mode));
  by("modes").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by_ = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key] ?? 0;
    if (!by_) return;
    event.preventDefault();
    setMode(MODES[(MODES.indexOf(brush.mode) + by_ + MODES.length) % MODES.length]);
    by(brush.mode).focus();
  });
  onPress(by("match"), () => {
    brush.match = !brush.match;
    changed();
  });
  by("person").value = brush.person;

  /** @param {number} factor */
  function resize(factor) {
    brush.diameter_px = Math.round(inside(brush.diameter_px * factor, LEAST, MOST) * 10) / 10;
    changed();
  }
  /** @param {number} by_ */
  function harden(by_) {
    brush.hardness = inside(brush.hardness + by_, 0, 1);
    changed();
  }
  /** @param {number} by_ */
  function strengthen(by_) {
    brush.opacity = inside(brush.opacity + by_, 0.05, 1);
    changed();
  }
  /** @param {string} mode */
  function setMode(mode) {
    brush.mode = mode;
    changed();
  }
  show();
  return { resize, harden, strengthen, setMode, show };
}

function show() {
  const percent = (/** @type {number} */ share) =>
    new Intl.NumberFormat(language(), { style: "percent" }).format(share);
  const size = `${new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(brush.diameter_px)} px`;
  by("size").value = String(toSlider(brush.diameter_px));
  by("size").setAttribute("aria-valuetext", size);
  by("hardness").value = String(brush.hardness);
  by("opacity").value = String(brush.opacity);
  write(by("size-told"), size);
  write(by("hardness-told"), percent(brush.hardness));
  write(by("opacity-told"), percent(brush.opacity));
  for (const mode of MODES) {
    by(mode).setAttribute("aria-checked", String(mode === brush.mode));
    by(mode).tabIndex = mode === brush.mode ? 0 : -1;
  }
  by("match").setAttribute("aria-pressed", String(brush.match));
  // Detail and healing always fit the light, and what is restored never does.
  by("match").setAttribute("aria-disabled", String(brush.mode !== "pixels"));
  by("match").title = say("retouch.match.how");
}

/** How what is drawn is shown until the server's px are there; what heals, is found only then. */
export function looks() {
  if (brush.mode === "heal") return "tint";
  return brush.mode === "detail" || (brush.mode === "pixels" && brush.match) ? "matched" : "plain";
}
