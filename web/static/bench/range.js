// @ts-check
/** Range and plan: the sweep's curve, what it found, and the stack that follows from it. */

import { allow, by, make, onPress, write } from "../shared/elements.js";
import { bytes, duration, micrometres, number, step, typed } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { drawCurve } from "./chart.js";

/** @typedef {import("./server.js").State} State */

/** @param {import("./rail.js").Ask} ask */
export function range(ask) {
  /** @type {State | null} */
  let last = null;
  onPress(by("sweep-accept"), () => void ask("sweep_accept"));
  const fields = ["start", "end", "step"];
  // A place that is typed is set like one that was driven to; only the step is the plan's own.
  const typedInto = (/** @type {string} */ name) => {
    const field = by(`plan-${name}`);
    const um = typed(field.value);
    const isEmpty = field.value.trim() === "";
    field.setAttribute("aria-invalid", String(um === null && !isEmpty));
    if (name === "step" && (um !== null || isEmpty)) void ask("plan", um === null ? {} : { step_um: um });
    else if (um !== null) void ask(name, { position_um: um });
  };
  by("plan").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    // Leaving the field is what tells of a change.
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
  });
  for (const name of fields) by(`plan-${name}`).addEventListener("change", () => typedInto(name));

  const curve = () => {
    if (!last || by("range").hidden) return;
    const { desk } = last;
    const sweep = desk.sweep;
    const positions = sweep?.positions_um ?? [];
    const [start_um, end_um] = ends(desk);
    if (!positions.length) {
      by("curve").replaceChildren();
      by("curve").setAttribute("aria-label", say("curve"));
      write(by("curve-none"), say("curve.none"));
      return;
    }
    const marks = [
      { um: start_um, className: "end", label: say("start.short") },
      { um: end_um, className: "end", label: say("end.short") },
      { um: desk.lost ? null : desk.position_um, className: "here", label: "" },
    ];
    if (sweep?.done && sweep.start_um !== null && sweep.start_um !== undefined)
      marks.push({ um: sweep.start_um, className: "found", label: "" }, { um: sweep.end_um, className: "found", label: "" });
    drawCurve(by("curve"), {
      positions_um: positions,
      values: sweep?.sharpness ?? [],
      ...within(desk, positions),
      marks,
      label: (um) => `${step(Math.round(um), language())} µm`,
    });
    const best = positions[(sweep?.sharpness ?? []).indexOf(Math.max(...(sweep?.sharpness ?? [])))];
    by("curve").setAttribute(
      "aria-label",
      say("curve.describe", { count: positions.length, best: micrometres(best, language(), 0) }),
    );
    write(by("curve-none"), "");
  };
  new ResizeObserver(curve).observe(by("curve"));

  /** @param {State} state */
  return (state) => {
    last = state;
    const { plan, sweep, doing } = state.desk;
    const hasFound = Boolean(sweep?.done && sweep.start_um !== null && sweep.start_um !== undefined);
    const { marks } = state.desk;
    const isTaken = marks.start_um === sweep?.start_um && marks.end_um === sweep?.end_um;
    by("sweep-accept").hidden = !hasFound || isTaken;
    allow(by("sweep-accept"), doing.what === "");
    const um = (/** @type {any} */ value) => micrometres(value, language(), 0);
    write(
      by("proposal-text"),
      hasFound
        ? say("sweep.proposed", { start: um(sweep?.start_um), end: um(sweep?.end_um) })
        : doing.what === "sweep"
          ? say("sweep.on", { count: sweep?.positions_um.length ?? 0 })
          : "",
    );
    for (const name of fields) {
      const field = by(`plan-${name}`);
      const value = plan?.[`${name}_um`] ?? (name === "step" ? null : state.desk.marks[/** @type {"start_um"} */ (`${name}_um`)]);
      if (document.activeElement !== field) {
        field.value = value === null || value === undefined ? "" : number(value, language(), 1);
        field.title = plan?.sources?.[`${name}_um`] ? say("plan.from", { source: plan.sources[`${name}_um`] }) : "";
      }
    }
    facts(plan);
    const told = plan?.refused ? [plan.refused] : (plan?.warnings ?? []);
    write(by("plan-told"), told.join(" "));
    curve();
  };
}

/** @param {any} plan */
function facts(plan) {
  const isKnown = plan && !plan.refused;
  const rows = [
    ["plan.frames", isKnown ? number(plan.frames, language()) : "–"],
    ["plan.time", isKnown ? duration(plan.seconds) : "–"],
    ["plan.disk", isKnown ? bytes(plan.bytes, language()) : "–", isKnown ? say("plan.free", { free: bytes(plan.free_bytes, language()) }) : ""],
    ["plan.dof", isKnown ? `${micrometres(plan.dof_um, language())} µm` : "–"],
  ];
  const list = by("plan-facts");
  const text = JSON.stringify([rows, language()]);
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(
    ...rows.map(([word, value, beside]) =>
      make("div", { title: beside || "" }, [make("dt", { text: say(word) }), make("dd", { text: value })]),
    ),
  );
}

/**
 * Start and end of the stack as planned, else as set at the bench.
 * @param {import("./server.js").Desk} desk
 */
function ends({ plan, marks }) {
  return [plan?.start_um ?? marks.start_um, plan?.end_um ?? marks.end_um];
}

/**
 * What of the travel is drawn: all while it is swept, then what was swept and is to be shot.
 * @param {import("./server.js").Desk} desk
 * @param {number[]} positions
 */
function within(desk, positions) {
  const { lowest_um, highest_um } = desk.rig;
  const known = [...positions, ...ends(desk)].filter((um) => um !== null && um !== undefined).map(Number);
  if (desk.doing.what === "sweep" || known.length < 2) return { lowest_um, highest_um };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return { lowest_um: Math.max(lowest_um, low), highest_um: Math.min(highest_um, high) };
}
