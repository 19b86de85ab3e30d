// @ts-check
/**
 * How far a run is, or how the last one ended: what stopped, n of m, rate, time left.
 *
 * As `scripts/records/reports/run_status.py` tells it:
 *
 * @typedef {{stack: string, step: string, reason: string, log: string}} Failure
 * @typedef {{state: "on" | "ended" | "interrupted" | "lost", began: string, told: string,
 *   seconds: number, of: number, done: number, failed: number, waiting: number,
 *   steps: number, steps_done: number,
 *   failures: Failure[], now: {stack: string, step: string, since: string}[], stacks_per_hour: number | null,
 *   seconds_left: number | null, disk_free_bytes: number | null, columns: string[], rows?: any[][]}} Run
 */

import { by, make, write } from "../shared/elements.js";
import { bytes, duration, moment, number } from "../shared/numbers.js";
import { language, named, say } from "../shared/words.js";

// A page from disk looks so often, while a run is on and else.
const LOOK_MS = 2_500;
const REST_MS = 20_000;
// A run that has not told for so long is not there any more.
const SILENT_MS = 90_000;
const NAMED = 3;

/** @type {Run | null} */
let last = null;
/** @type {(stack: string) => void} */
let onFailure = () => {};

/** @param {(stack: string) => void} act where a person asks for a stack that stopped */
export function whenAsked(act) {
  onFailure = act;
}

/**
 * @param {Run | null | undefined} run
 * @param {boolean} [isNew] whether no run has made anything here yet
 */
export function showRun(run, isNew = false) {
  last = run ?? null;
  by("run").hidden = last === null && !isNew;
  if (!last) {
    by("run").dataset.state = "none";
    for (const id of ["run-bar", "run-stopped"]) by(id).hidden = true;
    write(by("run-text"), say("collection.run.none"));
    write(by("run-now"), "");
    return;
  }
  const state = stateOf(last);
  by("run").dataset.state = state;
  const bar = by("run-bar");
  bar.hidden = state !== "on";
  bar.max = last.steps || 1;
  bar.value = last.steps_done || 0;
  const { failures, failed } = last;
  by("run-stopped").hidden = !failed;
  write(by("run-failed"), say(failed === 1 ? "collection.run.failed.one" : "collection.run.failed", { n: failed }));
  const told = failures.slice(0, NAMED).map((one) => `${one.stack}\n${one.step}\n${one.reason}`);
  const list = by("run-failures");
  if (list.dataset.told !== told.join("\n\n") + language()) {
    list.dataset.told = told.join("\n\n") + language();
    list.replaceChildren(...failures.slice(0, NAMED).map(failure));
  }
  write(by("run-text"), words(last, state).join(" · "));
  write(by("run-now"), state === "on" ? now(last) : "");
}

/**
 * A run that was killed tells nothing, on disk or here.
 * @param {Run} run
 */
function stateOf(run) {
  const silent = run.state === "on" && Date.now() - Date.parse(run.told) > SILENT_MS;
  return silent && document.body.dataset.live !== "yes" ? "lost" : run.state;
}

/**
 * @param {Run} run
 * @param {string} state
 */
function words(run, state) {
  const when = moment(state === "on" ? run.began : run.told, language());
  const said = [say(`collection.run.${state}`, { when })];
  said.push(say("collection.run.done", { done: run.done, of: run.of }));
  if (state !== "on") {
    const left = run.of - run.done - run.failed;
    if (left) said.push(say("collection.run.unfinished", { n: left }));
    said.push(say("collection.run.took", { time: duration(run.seconds) }));
    return said;
  }
  if (run.stacks_per_hour) {
    const rate = number(run.stacks_per_hour, language(), run.stacks_per_hour < 10 ? 1 : 0);
    said.push(say("collection.run.rate", { n: rate }));
  }
  if (run.seconds_left !== null)
    said.push(say("collection.run.left", { time: duration(run.seconds_left) }));
  if (run.disk_free_bytes !== null)
    said.push(say("collection.run.disk", { size: bytes(run.disk_free_bytes, language()) }));
  return said;
}

/** @param {Run} run */
function now(run) {
  const named = run.now.slice(0, NAMED).map((one) => `${one.stack} (${stepOf(one.step)})`);
  const more = run.now.length - named.length;
  if (more > 0) named.push(say("collection.run.more", { n: more }));
  return named.length ? say("collection.run.now", { stacks: named.join(", ") }) : "";
}

/** @param {string} step */
const stepOf = (step) => named("collection.step", step);

/** @param {Failure} one */
function failure({ stack, step, reason }) {
  const button = make("button", { type: "button", class: "link", text: stack });
  button.addEventListener("click", () => onFailure(stack));
  return make("li", {}, [button, make("span", { text: `${stepOf(step)}: ${reason}`, title: reason })]);
}

/**
 * Say it again, as in another language.
 * @param {boolean} isNew
 */
export const sayAgain = (isNew) => showRun(last, isNew);

/**
 * Hear what changes for as long as the page is open: from its server where it is alive, else from the
 * file that the run writes, which a page from disk can read as a script.
 * @param {(told: {run?: Run | null, rows?: any[][]}) => void} onTold
 */
export function follow(onTold) {
  if (document.body.dataset.live === "yes") {
    // A browser asks again by itself where the stream breaks off.
    new EventSource("/events").onmessage = (event) => onTold(JSON.parse(event.data));
    return;
  }
  /** @type {Run | null} */
  let run = null;
  /** @type {any} */ (window).holostackRun = (/** @type {Run | null} */ told) => (run = told);
  const look = () => {
    const script = document.createElement("script");
    script.src = `run.js?${Date.now()}`;
    script.onload = () => {
      script.remove();
      if (run) onTold({ run, rows: run.rows });
      again(run?.state === "on" && stateOf(run) === "on" ? LOOK_MS : REST_MS);
    };
    // Of an earlier version of the program, or moved away: there is nothing to hear.
    script.onerror = () => script.remove();
    document.head.append(script);
  };
  const again = (/** @type {number} */ ms) =>
    setTimeout(() => {
      if (document.hidden) document.addEventListener("visibilitychange", look, { once: true });
      else look();
    }, ms);
  look();
}
