// @ts-check
/** A short tone at the end of a capture and on failure. */

const KEPT = "holostack.bell";
// Two soft notes that rise for what is done, one lower and longer for what failed; Hz and s.
const TUNES = { done: [[660, 0.16], [880, 0.3]], failed: [[330, 0.28], [247, 0.5]] };

/** @type {AudioContext | null} */
let audio = null;

/** Whether it rings on this computer. */
export const isOn = () => localStorage.getItem(KEPT) !== "off";

/** @param {boolean} on */
export function turn(on) {
  localStorage.setItem(KEPT, on ? "on" : "off");
  if (on) ring("done");
}

/** A browser gives sound only to a page that a person has touched: called at each touch. */
export function ready() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
}

/** @param {"done" | "failed"} what */
export function ring(what) {
  if (!isOn() || !audio) return;
  let start = audio.currentTime + 0.02;
  for (const [pitch, length] of TUNES[what]) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const loudness = new GainNode(audio, { gain: 0 });
    loudness.gain.setTargetAtTime(0.16, start, 0.012);
    loudness.gain.setTargetAtTime(0, start + length * 0.6, length / 6);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + length + 0.3);
    start += length;
  }
}

/**
 * What a new state is to be rung for, if anything.
 * @param {import("./server.js").State | null} before
 * @param {import("./server.js").State} now
 * @returns {"done" | "failed" | ""}
 */
export function deserves(before, now) {
  if (!before) return "";
  const failedOf = (/** @type {any} */ state) =>
    (state.runs?.stacks ?? []).filter((/** @type {any} */ one) => one.state === "failed").length;
  const errorsOf = (/** @type {any} */ state) =>
    state.desk.told.filter((/** @type {any} */ one) => one.kind === "error");
  const isNewError = errorsOf(now).some(
    (/** @type {any} */ one) =>
      !errorsOf(before).some((/** @type {any} */ old) => old.when === one.when && old.text === one.text),
  );
  if (isNewError || failedOf(now) > failedOf(before)) return "failed";
  const hasEnded = before.desk.doing.what === "capture" && now.desk.doing.what !== "capture";
  const taken = now.desk.capture?.taken.length ?? 0;
  return hasEnded && taken > 0 && taken === now.desk.capture?.frames ? "done" : "";
}
