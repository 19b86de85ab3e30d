// @ts-check
/**
 * What the page and the bench's process say to each other: requests one way, states the other.
 *
 * @typedef {{start_um?: number | null, end_um?: number | null, start_for?: string, end_for?: string}} Marks
 * @typedef {{frame: number, position_um: number, sharpness: number, clipped_percent?: number, picture?: string}} Taken
 * @typedef {{stack: string, frames: number, taken: Taken[], seconds_left?: number | null, range?: string}} Capture
 * @typedef {{positions_um: number[], sharpness: number[], start_um?: number | null, end_um?: number | null, done: boolean}} Sweep
 * @typedef {{when: string, text: string, kind: "note" | "warning" | "error", name?: string,
 *   given?: Record<string, number | string>}} Told
 * @typedef {{rig: any, doing: {what: string, stack?: string, since?: string, paused?: boolean},
 *   position_um: number | null, going_um?: number | null, lost: string, marks: Marks, settings: Record<string, any>,
 *   condition: Record<string, any>, warnings: string[], plan: any, capture: Capture | null, shot: any,
 *   sweep: Sweep | null, told: Told[], asks?: string}} Desk
 * @typedef {{number: number, desk: Desk, table?: any, runs?: any}} State
 */

import { ask } from "../shared/ask.js";

const AGAIN_MS = 700;
const STOP_MS = 15_000;

/**
 * Follow the bench's state for as long as the page is open. A page that nobody sees lets go of its
 * connection, for a browser has few; not while something is being done, which may end with a bell.
 * @param {(state: State) => void} onState
 * @param {(connected: boolean, why?: "silent" | "refused") => void} onConnected
 */
export function follow(onState, onConnected) {
  /** @type {EventSource | null} */
  let source = null;
  let isBusy = false;
  let last = -1;

  const open = () => {
    if (source) return;
    source = new EventSource("/events");
    source.onopen = () => onConnected(true);
    source.onmessage = (event) => {
      /** @type {State} */
      const state = JSON.parse(event.data);
      isBusy = Boolean(state.desk.doing.what);
      onConnected(true);
      if (state.number !== last) onState(state);
      last = state.number;
      rest();
    };
    source.onerror = () => {
      close();
      last = -1;
      void answers().then((status) => onConnected(false, status === 403 ? "refused" : "silent"));
      setTimeout(open, AGAIN_MS);
    };
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const rest = () => {
    if (document.hidden && !isBusy) close();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest();
    else open();
  });
  open();
}

/**
 * Follow the live pictures. The next is asked for while one is drawn, and no other before that one is:
 * a slow browser gets fewer, and none waits. Nothing is asked for while nobody sees the page.
 * @param {(picture: Blob, facts: {positionUm: number | null, source: string}) => Promise<void>} onPicture
 */
export async function followLive(onPicture) {
  let after = 0;
  /** @type {ReturnType<typeof nextPicture> | null} */
  let coming = null;
  for (;;) {
    if (document.hidden) await shown();
    const came = await (coming ?? nextPicture(after));
    coming = null;
    if (came === "gone") {
      // The process may be another one now, which counts anew.
      after = 0;
      await later();
    } else if (came) {
      after = came.number;
      coming = nextPicture(after);
      await onPicture(came.picture, came.facts).catch(() => undefined);
    }
  }
}

/**
 * @param {number} after
 * @returns {Promise<{number: number, picture: Blob, facts: {positionUm: number | null, source: string}}
 *   | "gone" | null>} nothing where none came for a while, or the page was hidden
 */
async function nextPicture(after) {
  const asking = new AbortController();
  const leave = () => document.hidden && asking.abort();
  document.addEventListener("visibilitychange", leave);
  try {
    const answer = await fetch(`/live?after=${after}`, { signal: asking.signal, cache: "no-store" });
    if (answer.status === 204) return null;
    if (answer.status !== 200) return "gone";
    const position = answer.headers.get("Holostack-Position-Um");
    return {
      number: Number(answer.headers.get("Holostack-Number")),
      picture: await answer.blob(),
      facts: {
        positionUm: position ? Number(position) : null,
        source: answer.headers.get("Holostack-Source") ?? "",
      },
    };
  } catch {
    return asking.signal.aborted ? null : "gone";
  } finally {
    document.removeEventListener("visibilitychange", leave);
  }
}

/** How the bench answers: 403 where it was started anew, and knows this browser no more. */
const answers = () =>
  fetch("/static/icon.svg", { cache: "no-store" }).then((answer) => answer.status, () => 0);

/**
 * Stop whatever moves. Asked again until the bench has heard it, for a connection may be lost just now.
 * @returns {Promise<string>} as `ask`
 */
export async function stop() {
  for (const until = performance.now() + STOP_MS; ; await later())
    try {
      return await ask("stop", {}, true);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
}

const later = () => new Promise((done) => setTimeout(done, AGAIN_MS));

const shown = () =>
  new Promise((done) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      done(undefined);
    };
    document.addEventListener("visibilitychange", look);
  });
