// @ts-check
/**
 * The two panes: source and result at the same place and zoom, painted on at the right (or, where one
 * pane is shown, on it). What is drawn lies over the result until the server's own tiles are there.
 */

import { by } from "../shared/elements.js";
import { Drawing, Sheet } from "./drawing.js";
import { Overlay } from "./overlay.js";
import { Pane } from "./pane.js";
import { brush, looks } from "./settings.js";

const WHEEL = 1.0015;
// A point is kept where the brush moved so far, in screen px.
const LEAST_MOVE = 0.7;
// Of a frame's 16 ms, so much goes into tiles that came, and what is drawn; a stroke has its least.
const TILES_MS = 2;
const MOST_MS = 4;
const LEAST_MS = 1;
// So long the drawn waits for the server's tiles before it is taken away.
const WAIT_MS = 8000;

export class Stage {
  /**
   * @param {import("./view.js").View} view
   * @param {import("./tiles.js").Tiles} tiles
   * @param {{crop_px: number[] | null}} facts
   * @param {{source: () => string, point: (x: number, y: number) => void, mayPaint: () => boolean,
   *   begin: (point: [number, number]) => any, end: (stroke: any) => void, resize: (factor: number) => void,
   *   moved: () => void, strokes: () => any[], chosen: () => any, settled: () => void}} ask
   */
  constructor(view, tiles, facts, ask) {
    this.view = view;
    this.ask = ask;
    const canvas = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (by(id));
    this.source = new Pane(canvas("source"), tiles, view);
    this.result = new Pane(canvas("result"), tiles, view);
    this.drawn = canvas("drawn");
    this.over = canvas("over");
    this.sheet = new Sheet(this.drawn);
    this.overlay = new Overlay(this.over, view, facts.crop_px);
    this.isPeeking = false;
    this.isBefore = false;
    this.isPainted = false;
    this.isSpace = false;
    /** @type {[number, number] | null} of the pointer in a pane, screen px */
    this.pointer = null;
    /** @type {{drawing: Drawing, stroke: any, path: [number, number][], isOver: boolean, until: number, isAnswered: boolean, changes: number} | null} */
    this.stroke = null;
    /** @type {[number, number] | null} */
    this.drag = null;
    this.dirty = new Set(["source", "result", "over"]);
    this.isAsked = false;
    new ResizeObserver(() => this.resize()).observe(by("right"));
    this.#listen();
    this.resize();
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = by("right");
    const [width, height] = [Math.max(1, Math.round(clientWidth * ratio)), Math.max(1, Math.round(clientHeight * ratio))];
    this.#free();
    for (const one of [this.source.canvas, this.result.canvas, this.drawn, this.over])
      if (one.width !== width || one.height !== height) [one.width, one.height] = [width, height];
    this.sheet.resize();
    this.view.resize(width, height);
    this.all();
  }

  /** Draw everything at the next frame. */
  all() {
    this.ask.moved();
    this.draw("source", "result", "over");
  }

  /** @param {...string} what */
  draw(...what) {
    for (const one of what) this.dirty.add(one);
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => this.#frame());
  }

  /** A tile of a picture came. @param {string} name @param {string} key */
  came(name, key) {
    this.source.take(name, key);
    this.result.take(name, key);
    this.draw("source", "result");
  }

  /** The result's tiles are on their way: what was drawn goes once they are there. */
  answered() {
    if (this.stroke?.isOver) this.stroke.isAnswered = true;
    this.draw("result");
  }

  /** Nothing comes of what was drawn. */
  refuse() {
    this.stroke?.drawing.clear();
    this.stroke = null;
    this.draw("result");
  }

  #shown() {
    if (this.isPeeking) return this.ask.source();
    return this.isBefore ? "before" : "result";
  }

  #frame() {
    this.isAsked = false;
    performance.mark("retouch.frame");
    const began = performance.now();
    const wanted = new Set(this.dirty);
    this.dirty.clear();
    if (wanted.has("source")) {
      this.source.draw(this.ask.source(), began + TILES_MS);
      if (this.source.came.size) this.draw("source");
    }
    let isWhole = false;
    if (wanted.has("result")) {
      isWhole = this.result.draw(this.#shown(), began + TILES_MS);
      if (this.result.came.size) this.draw("result");
      if (isWhole && this.#shown() === "result") this.ask.settled();
    }
    if (this.stroke) this.#paint(this.stroke, isWhole, Math.max(began + MOST_MS, performance.now() + LEAST_MS));
    this.drawn.hidden = this.isPeeking || this.isBefore;
    this.overlay.draw(this.isPainted ? this.ask.strokes() : [], this.ask.chosen(), this.#cursor());
    performance.measure("retouch.work", "retouch.frame");
    performance.clearMarks("retouch.frame");
  }

  /**
   * Draw what the brush passed; once the server's own px are there, that goes.
   * @param {NonNullable<Stage["stroke"]>} stroke
   * @param {boolean} isWhole the result was drawn, in full detail
   * @param {number} until as `performance.now` has it
   */
  #paint(stroke, isWhole, until) {
    if (stroke.changes !== this.source.changes && !stroke.isOver) stroke.drawing.again();
    stroke.changes = this.source.changes;
    if (!stroke.drawing.step(until)) this.draw("result", "over");
    else if (stroke.isOver && stroke.isAnswered && isWhole && !this.isPeeking && !this.isBefore) {
      performance.mark("retouch.replaced");
      stroke.drawing.clear();
      this.stroke = null;
    }
    if (stroke.isOver && performance.now() > stroke.until) this.refuse();
  }

  /** Where the brush is: under the pointer, or for the keyboard in the middle. */
  #cursor() {
    const isKey = this.pointer === null && document.activeElement === by("stage") && by("stage").matches(":focus-visible");
    const at = this.pointer ?? (isKey ? /** @type {[number, number]} */ ([this.over.width / 2, this.over.height / 2]) : null);
    if (!at || this.drag) return null;
    return { at, radius: (brush.diameter_px / 2) * this.view.scale, hardness: brush.hardness, isCross: isKey };
  }

  // The pointer.

  /** Where in a pane. @param {MouseEvent} event @returns {[number, number]} */
  #place(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const figure = target.closest("figure") ?? by("right");
    const { left, top } = figure.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    return [(event.clientX - left - figure.clientLeft) * ratio, (event.clientY - top - figure.clientTop) * ratio];
  }

  /** Px are counted from their middles: what lies at 0.5 of the canvas is px 0. @param {[number, number]} screen @returns {[number, number]} */
  #px(screen) {
    const [x, y] = this.view.toImage(...screen);
    return [Math.round((x - 0.5) * 10) / 10, Math.round((y - 0.5) * 10) / 10];
  }

  #listen() {
    const stage = by("stage");
    stage.addEventListener("contextmenu", (/** @type {Event} */ event) => event.preventDefault());
    stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (this.stroke && !this.stroke.isOver) return;
      const place = this.#place(event);
      this.pointer = place;
      stage.focus({ preventScroll: true });
      const isDrag = event.button === 1 || event.button === 2 || this.isSpace;
      const isResult = Boolean(/** @type {HTMLElement} */ (event.target).closest("#right"));
      if (!isDrag && (event.button !== 0 || !isResult)) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      if (isDrag) this.drag = [event.clientX, event.clientY];
      else this.begin(place);
    });
    stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (this.drag) {
        const ratio = devicePixelRatio || 1;
        this.view.move((event.clientX - this.drag[0]) * ratio, (event.clientY - this.drag[1]) * ratio);
        this.drag = [event.clientX, event.clientY];
        this.#free();
        this.all();
        return;
      }
      if (this.stroke && !this.stroke.isOver) {
        // Captured: told of the stage, whatever is under the pointer.
        const moves = event.getCoalescedEvents?.() ?? [];
        for (const move of moves.length ? moves : [event]) this.#move(this.#inRight(move));
        this.pointer = this.#inRight(event);
      } else {
        this.pointer = this.#place(event);
        if (!this.isPeeking) this.ask.point(...this.view.toImage(...this.pointer));
      }
      this.draw("over");
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      stage.addEventListener(end, () => {
        this.drag = null;
        if (this.stroke && !this.stroke.isOver) this.#finish();
        this.draw("over");
      });
    stage.addEventListener("pointerleave", () => {
      if (this.stroke && !this.stroke.isOver) return;
      this.pointer = null;
      this.draw("over");
    });
    stage.addEventListener(
      "wheel",
      (/** @type {WheelEvent} */ event) => {
        event.preventDefault();
        if (this.stroke && !this.stroke.isOver) return;
        const factor = WHEEL ** -(event.deltaY * (event.deltaMode === 1 ? 30 : 1));
        if (event.ctrlKey) this.ask.resize(factor);
        else this.zoom(this.view.scale * factor, ...this.#place(event));
      },
      { passive: false },
    );
    for (const change of ["focus", "blur"]) stage.addEventListener(change, () => this.draw("over"));
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  #inRight(event) {
    const { left, top } = this.over.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    return [(event.clientX - left) * ratio, (event.clientY - top) * ratio];
  }

  /** @param {number} scale @param {number} [x] @param {number} [y] */
  zoom(scale, x, y) {
    this.#free();
    this.view.zoom(scale, x, y);
    this.all();
  }

  fit() {
    this.#free();
    this.view.fit();
    this.all();
  }

  /** @param {number} right @param {number} down screen px */
  move(right, down) {
    this.#free();
    this.view.move(right, down);
    this.all();
  }

  /** What was drawn lies at one place and zoom: it goes when these change. */
  #free() {
    if (!this.stroke) return;
    if (!this.stroke.isOver) this.#finish();
    this.stroke.drawing.clear();
    this.stroke = null;
  }

  /** @param {[number, number]} place */
  begin(place) {
    if (!this.ask.mayPaint()) return;
    if (this.stroke) this.stroke.drawing.clear();
    const point = this.#px(place);
    // A stroke keeps the source that it began with.
    this.ask.point(point[0], point[1]);
    const stroke = this.ask.begin(point);
    const scale = this.view.scale;
    const drawing = new Drawing(
      this.sheet,
      this.source.canvas,
      this.result.canvas,
      { diameter: brush.diameter_px * scale, hardness: brush.hardness, opacity: brush.opacity },
      looks(),
    );
    drawing.move(...place);
    const { changes } = this.source;
    this.stroke = { drawing, stroke, path: stroke.path, isOver: false, until: Infinity, isAnswered: false, changes };
    this.last = place;
    this.draw("source", "over");
  }

  /** A stroke of one dab in the middle, for the keyboard. */
  dab() {
    if (this.stroke && !this.stroke.isOver) return;
    this.begin([this.over.width / 2, this.over.height / 2]);
    if (this.stroke) this.#finish();
  }

  /** @param {[number, number]} place */
  #move(place) {
    if (!this.stroke || !this.last) return;
    if (Math.hypot(place[0] - this.last[0], place[1] - this.last[1]) < LEAST_MOVE) return;
    this.last = place;
    this.stroke.path.push(this.#px(place));
    this.stroke.drawing.move(...place);
  }

  #finish() {
    if (!this.stroke || this.stroke.isOver) return;
    performance.mark("retouch.up");
    this.stroke.isOver = true;
    this.stroke.until = performance.now() + WAIT_MS;
    this.stroke.drawing.end();
    this.ask.end(this.stroke.stroke);
    this.draw("over");
  }
}
