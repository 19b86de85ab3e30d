// @ts-check
/**
 * A run that is at work: n of m, its rate, the time left, and what failed.
 *
 * @typedef {{done: number, of: number, failed: number, seconds_left?: number | null,
 *   per_hour?: number | null, now?: string[]}} Run
 */

import { by, write } from "../shared/elements.js";
import { duration, number } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";

/** @type {Run | null} */
let last = null;

/** @param {Run | null | undefined} run */
export function showRun(run) {
  last = run ?? null;
  by("run").hidden = last === null;
  if (!last) return;
  const bar = by("run-bar");
  bar.max = Math.max(1, last.of);
  bar.value = last.done;
  const said = [say("collection.run.done", { done: last.done, of: last.of })];
  if (last.per_hour) {
    const rate = number(last.per_hour, language(), last.per_hour < 10 ? 1 : 0);
    said.push(say("collection.run.rate", { n: rate }));
  }
  if (typeof last.seconds_left === "number")
    said.push(say("collection.run.left", { time: duration(last.seconds_left) }));
  if (last.now?.length) said.push(say("collection.run.now", { stacks: last.now.slice(0, 3).join(", ") }));
  write(by("run-text"), said.join(" · "));
  by("run-failed").hidden = !last.failed;
  write(by("run-failed"), say("collection.run.failed", { n: last.failed }));
}

/** Say it again, as in another language. */
export const sayAgain = () => showRun(last);

/**
 * Hear what changes for as long as the page is open. A server that tells nothing is asked once.
 * @param {(told: {run?: Run | null, rows?: any[][]}) => void} onTold
 */
export function follow(onTold) {
  const source = new EventSource("/events");
  source.onmessage = (event) => onTold(JSON.parse(event.data));
}
