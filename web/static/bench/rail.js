// @ts-check
/** The rail: where it stands, jog by chosen steps, start and end, a place that is lost. */

import { allow, by, onPress, write } from "../shared/elements.js";
import { micrometres, step, typed } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { drawTravel } from "./chart.js";

// What one may choose from, µm; the travel bounds it.
const STEPS_UM = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
const KEPT = "holostack.steps";

/** @typedef {(name: string, given?: Record<string, any>) => Promise<boolean>} Ask */

/** @param {Ask} ask */
export function rail(ask) {
  const steps = { fine: 10, coarse: 200, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  /** @type {import("./server.js").Desk | null} */
  let desk = null;
  let asked = 0;

  const jog = async (/** @type {number} */ um) => {
    asked++;
    await ask("jog", { distance_um: um });
    asked--;
  };
  for (const kind of /** @type {("fine" | "coarse")[]} */ (["fine", "coarse"])) {
    onPress(by(`jog-up-${kind}`), () => void jog(steps[kind]));
    onPress(by(`jog-down-${kind}`), () => void jog(-steps[kind]));
    onPress(by(`${kind}-less`), () => choose(kind, -1));
    onPress(by(`${kind}-more`), () => choose(kind, 1));
  }
  const choose = (/** @type {"fine" | "coarse"} */ kind, /** @type {number} */ by_) => {
    const at = STEPS_UM.indexOf(steps[kind]) + by_;
    if (at < 0 || at >= STEPS_UM.length) return;
    steps[kind] = STEPS_UM[at];
    if (steps.fine > steps.coarse) steps.fine = steps.coarse = steps[kind];
    localStorage.setItem(KEPT, JSON.stringify(steps));
    tellSteps();
  };
  const tellSteps = () => {
    for (const kind of /** @type {("fine" | "coarse")[]} */ (["fine", "coarse"])) {
      const um = `${step(steps[kind], language())} µm`;
      write(by(kind), um);
      for (const way of ["up", "down"]) write(by(`jog-${way}-${kind}`).querySelector(".small"), um);
    }
  };
  for (const end of /** @type {("start" | "end")[]} */ (["start", "end"])) {
    onPress(by(end), () => void ask(end));
    onPress(by(`goto-${end}`), () => void ask("goto", { position_um: desk?.marks[`${end}_um`] ?? desk?.plan?.[`${end}_um`] }));
  }
  for (const button of document.querySelectorAll("[data-focus]"))
    onPress(button, () => void ask("focus", { steps: Number(button.getAttribute("data-focus")) }));
  onPress(by("home"), () => void ask("home"));
  onPress(by("unlock"), () => void ask("unlock"));
  by("lost").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const um = typed(by("lost-um").value);
    by("lost-um").setAttribute("aria-invalid", String(um === null));
    if (um === null) by("lost-um").focus();
    else void ask("here", { position_um: um });
  });

  const travel = () => {
    if (!desk) return;
    const um = (/** @type {any} */ value) =>
      value === null || value === undefined ? say("mark.none") : `${micrometres(value, language())} µm`;
    drawTravel(by("travel"), {
      lowest_um: desk.rig.lowest_um,
      highest_um: desk.rig.highest_um,
      start_um: desk.plan?.start_um ?? desk.marks.start_um,
      end_um: desk.plan?.end_um ?? desk.marks.end_um,
      position_um: desk.lost ? null : desk.position_um,
      going_um: desk.going_um,
    });
    by("travel").setAttribute(
      "aria-label",
      say("travel.describe", {
        lowest: step(desk.rig.lowest_um, language()),
        highest: step(desk.rig.highest_um, language()),
        start: um(desk.marks.start_um),
        end: um(desk.marks.end_um),
        position: desk.lost ? say("position.unknown") : um(desk.position_um),
      }),
    );
  };
  new ResizeObserver(travel).observe(by("travel"));

  /** Whether a move is under way: a key that is held down asks for the next when the last is done. */
  const isMoving = () => asked > 0 || Boolean(desk?.doing.what);

  const show = (/** @type {import("./server.js").State} */ state) => {
    desk = state.desk;
    const { marks, lost, doing } = desk;
    const can = new Set(desk.rig.can);
    tellSteps();
    write(by("position"), lost ? "?" : micrometres(desk.position_um, language()));
    by("stand").dataset.lost = String(Boolean(lost));
    by("moving").hidden = Boolean(lost);
    by("lost").hidden = !lost;
    write(by("lost-why"), lost);
    by("home").hidden = !can.has("home");
    by("unlock").hidden = !can.has("unlock");
    by("motor").hidden = !can.has("focus");
    const isFree = doing.what === "" || doing.what === "jog" || doing.what === "goto";
    for (const button of document.querySelectorAll("#jogs button, [data-focus]")) allow(button, isFree && !lost);
    for (const end of /** @type {("start" | "end")[]} */ (["start", "end"])) {
      const set = marks[`${end}_um`];
      const um = set ?? desk.plan?.[`${end}_um`];
      const isSet = um !== null && um !== undefined;
      allow(by(end), isFree && !lost);
      allow(by(`goto-${end}`), isFree && !lost && isSet);
      const shown = `${micrometres(um, language())} µm`;
      write(by(`${end}-um`), !isSet ? say("mark.none") : um === set ? shown : say("mark.planned", { um: shown }));
    }
    travel();
  };
  return { show, isMoving };
}
