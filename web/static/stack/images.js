// @ts-check
/**
 * Which pictures are seen: one, or two that are compared, and what is laid over them.
 *
 * What is seen changes only once the whole of what is to be seen is loaded, so that nothing flickers;
 * of several that were asked for in haste, each that is ready in its turn is shown.
 */

/**
 * @typedef {"one" | "blink" | "curtain"} How
 * @typedef {{first: string, second: string, how: How, isSecond: boolean, curtain: number, overlay: string,
 *   strength: number}} Seen `isSecond`: the second of two that blink is up; `curtain`: where it hangs,
 *   as share of the stage's breadth
 */

/** Frames on each side of the one that is seen are loaded ahead. */
const AHEAD = 2;

export class Images {
  /**
   * @param {import("./view.js").View} view
   * @param {import("./view.js").Picture[]} pictures
   * @param {HTMLElement} stage
   * @param {() => number} breadth of the stage, px
   */
  constructor(view, pictures, stage, breadth) {
    this.view = view;
    this.all = pictures;
    this.stage = stage;
    this.breadth = breadth;
    /** @type {Map<string, import("./view.js").Picture>} */
    this.byId = new Map(pictures.map((one) => [one.id, one]));
    /** Frames in their order, for the slider. */
    this.frames = pictures
      .filter((one) => one.kind === "frame")
      .sort((a, b) => Number(a.frame) - Number(b.frame));
    const bases = pictures.filter((one) => one.kind !== "overlay");
    const first = bases.find((one) => one.kind === "master") ?? bases[0];
    const second = bases.find((one) => one !== first && one.kind !== "frame") ?? bases.find((one) => one !== first);
    /** @type {Seen} */
    this.seen = {
      first: first?.id ?? "",
      second: second?.id ?? "",
      how: "one",
      isSecond: false,
      curtain: 0.5,
      overlay: "",
      strength: 0.6,
    };
    this.turn = 0;
    this.shown = 0;
    /** @type {string[]} ids of what is loaded of what was last laid */
    this.ready = [];
    /** @type {((seen: Seen) => void)[]} told when what is wanted changes */
    this.followers = [];
    /** @type {(picture: string) => void} told what cannot be read */
    this.onMissing = () => {};
    view.onMove(() => {
      if (this.seen.how === "curtain") this.lay(this.ready);
    });
  }

  /** @param {Partial<Seen>} change */
  async change(change) {
    Object.assign(this.seen, change);
    for (const follow of this.followers) follow(this.seen);
    await this.draw();
  }

  /**
   * Show a frame, by its number; the nearest that there is a picture of.
   * @param {number} number
   */
  frame(number) {
    if (!this.frames.length) return;
    const far = (/** @type {import("./view.js").Picture} */ one) => Math.abs(Number(one.frame) - number);
    const nearest = this.frames.reduce((best, one) => (far(one) < far(best) ? one : best));
    this.change({ first: nearest.id });
  }

  /** Place of the seen frame among all frames, -1 where no frame is seen. */
  at() {
    return this.frames.findIndex((one) => one.id === this.seen.first);
  }

  /**
   * The frame so many further on; from another picture, the middle one.
   * @param {number} by
   */
  step(by) {
    const at = this.at();
    const to = at < 0 ? Math.floor(this.frames.length / 2) : at + by;
    const next = this.frames[Math.min(Math.max(to, 0), this.frames.length - 1)];
    if (next && next.id !== this.seen.first) this.change({ first: next.id });
  }

  /** The picture on top at a place: what a pointer reads. @returns {string} */
  top() {
    const { how, first, second, isSecond } = this.seen;
    return how === "blink" && isSecond ? second : first;
  }

  async draw() {
    const turn = ++this.turn;
    const wanted = this.wanted();
    this.stage.setAttribute("aria-busy", "true");
    const done = await Promise.allSettled(wanted.map((id) => this.view.load(id)));
    done.forEach((one, i) => {
      if (one.status === "rejected") this.onMissing(this.byId.get(wanted[i])?.label ?? wanted[i]);
    });
    if (turn < this.shown) return;
    this.shown = turn;
    // What was asked for since is on its way; until then this is newer than what is seen.
    this.lay(wanted);
    if (turn !== this.turn) return;
    this.stage.setAttribute("aria-busy", "false");
    this.stage.dataset.shown = this.top();
    const at = this.at();
    if (at >= 0) this.view.expect(this.frames.slice(Math.max(0, at - AHEAD), at + AHEAD + 1).map((one) => one.id));
  }

  /** Ids of all that must be loaded for what is to be seen. */
  wanted() {
    const { how, first, second, overlay } = this.seen;
    return [first, how === "one" ? "" : second, overlay].filter((id) => this.byId.has(id));
  }

  /** @param {string[]} ready what is loaded; it may have been asked for longer ago than what is wanted now */
  lay(ready) {
    this.ready = ready;
    const { how, second, isSecond, overlay, strength } = this.seen;
    const [first] = ready;
    /** @type {import("./view.js").Layer[]} */
    const layers = first ? [{ id: first, opacity: 1 }] : [];
    if (ready.includes(second) && how === "blink") layers.push({ id: second, opacity: isSecond ? 1 : 0 });
    if (ready.includes(second) && how === "curtain" && second !== first) {
      const from = this.view.toImage({ x: this.seen.curtain * this.breadth(), y: 0 }).x;
      layers.push({ id: second, opacity: 1, clip: [Math.max(0, from), Number.MAX_SAFE_INTEGER] });
    }
    if (ready.includes(overlay)) layers.push({ id: overlay, opacity: strength });
    this.view.show(layers);
  }
}
