// @ts-check
/** A spot that is healed: shown before and after, from one frame after another that is clean there. */

import { by, onPress, write } from "../shared/elements.js";
import { say } from "../shared/words.js";

const SIDE = 112;
// What is shown reaches so many diameters beyond the stroke.
const AROUND = 1;

export class Healing {
  /**
   * @param {import("./view.js").View} view
   * @param {() => HTMLCanvasElement} result
   * @param {{find: (id: string) => void, take: (id: string, source: string) => void, title: (name: string) => string}} then
   */
  constructor(view, result, then) {
    this.view = view;
    this.result = result;
    this.then = then;
    /** @type {{stroke: any, path: [number, number][], candidates: string[], at: number} | null} */
    this.now = null;
    this.isAwaited = false;
    onPress(by("healed-next"), () => this.next());
    onPress(by("healed-keep"), () => this.leave());
  }

  /** A stroke is painted whose frame is to be found. @param {{stroke: any, path: [number, number][]}} sent */
  begin({ stroke, path }) {
    this.leave();
    this.now = { stroke, path, candidates: [], at: 0 };
  }

  /** It is all painted: what is to be healed still shows. @param {string} id */
  painted(id) {
    if (this.now?.stroke.id === id) this.#picture("healed-before");
  }

  /** The server has it; whether a frame is looked for. @param {string} id */
  sent(id) {
    if (this.now?.stroke.id !== id) return false;
    this.then.find(id);
    return true;
  }

  /** Frames were found, and the first was taken. @param {string} id @param {string[]} candidates */
  found(id, candidates) {
    if (this.now?.stroke.id !== id) return;
    this.now.candidates = candidates;
    this.#show();
  }

  /** The next frame that is clean there, after the last the first. */
  next() {
    if (!this.now || this.now.candidates.length < 2) return;
    this.now.at = (this.now.at + 1) % this.now.candidates.length;
    this.then.take(this.now.stroke.id, this.now.candidates[this.now.at]);
    this.#show();
  }

  /** The result stands there in full detail. */
  settled() {
    if (this.now?.candidates.length && this.isAwaited) this.#picture("healed-after");
  }

  /** What was healed is kept, or undone. */
  leave() {
    this.now = null;
    by("healed").hidden = true;
  }

  #show() {
    if (!this.now) return;
    const { candidates, at } = this.now;
    by("healed").hidden = candidates.length === 0;
    by("healed-next").hidden = candidates.length < 2;
    this.isAwaited = true;
    if (candidates.length)
      write(by("healed-text"), say("retouch.healed", { name: this.then.title(candidates[at]), at: at + 1, of: candidates.length }));
  }

  /** @param {string} id of the canvas */
  #picture(id) {
    if (!this.now) return;
    const { stroke, path } = this.now;
    const reach = (0.5 + AROUND) * stroke.brush.diameter_px;
    const places = path.flatMap(([x, y]) => [this.view.toScreen(x - reach, y - reach), this.view.toScreen(x + reach, y + reach)]);
    const [left, top] = [0, 1].map((k) => Math.min(...places.map((place) => place[k])));
    const side = Math.max(...places.map(([x, y]) => Math.max(x - left, y - top)), 1);
    const canvas = /** @type {HTMLCanvasElement} */ (by(id));
    canvas.width = canvas.height = SIDE;
    const to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    to.imageSmoothingQuality = "high";
    to.drawImage(this.result(), left, top, side, side, 0, 0, SIDE, SIDE);
  }
}
