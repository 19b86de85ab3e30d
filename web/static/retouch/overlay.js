// @ts-check
/** What lies over the result: where was painted, the master's crop, the brush. */

import { corners } from "../preview/rectangle.js";

const PAINTED = "#ff4fd8";
const CHOSEN = "#ffd9a0";
/** Where the brush is: middle, how far it reaches and is opaque. @typedef {{at: [number, number], radius: number, hardness: number, isCross: boolean}} Cursor */

export class Overlay {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./view.js").View} view
   * @param {number[] | null} crop x, y, width, height of the master, image px; degrees if it is turned
   */
  constructor(canvas, view, crop) {
    this.canvas = canvas;
    this.view = view;
    this.crop = crop;
    this.to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** Strokes as they were drawn last: they stay where they are while one paints. */
    this.layer = new OffscreenCanvas(1, 1);
    /** @type {{where: string, strokes: any[], chosen: any}} */
    this.drawn = { where: "", strokes: [], chosen: null };
  }

  /**
   * @param {any[]} strokes that are shown
   * @param {any} chosen one that is shown before all
   * @param {Cursor | null} cursor
   */
  draw(strokes, chosen, cursor) {
    const { to, canvas } = this;
    to.clearRect(0, 0, canvas.width, canvas.height);
    if (strokes.length || chosen) {
      this.#strokes(strokes, chosen);
      to.globalAlpha = 0.38;
      to.drawImage(this.layer, 0, 0);
      to.globalAlpha = 1;
    }
    if (this.crop) this.#crop(this.crop);
    if (cursor) this.#cursor(cursor);
  }

  /** @param {any[]} strokes @param {any} chosen */
  #strokes(strokes, chosen) {
    const { width, height } = this.canvas;
    const { drawn } = this;
    const where = `${width} ${height} ${this.view.matrix()}`;
    // Of one more stroke, that alone is drawn.
    const isMore = drawn.where === where && drawn.chosen === chosen && drawn.strokes.every((one, i) => one === strokes[i]);
    if (!isMore) [this.layer.width, this.layer.height] = [width, height];
    const on = /** @type {OffscreenCanvasRenderingContext2D} */ (this.layer.getContext("2d"));
    on.lineCap = on.lineJoin = "round";
    for (const one of isMore ? strokes.slice(drawn.strokes.length) : strokes) this.#path(on, one, PAINTED);
    if (chosen && !isMore) this.#path(on, chosen, CHOSEN);
    this.drawn = { where, strokes, chosen };
  }

  /** @param {OffscreenCanvasRenderingContext2D} on @param {any} stroke @param {string} colour */
  #path(on, { path_px: path, brush }, colour) {
    if (!path?.length) return;
    on.strokeStyle = colour;
    on.lineWidth = brush.diameter_px * this.view.scale;
    on.beginPath();
    on.moveTo(...this.view.toScreen(path[0][0] + 0.5, path[0][1] + 0.5));
    for (const [x, y] of path) on.lineTo(...this.view.toScreen(x + 0.5, y + 0.5));
    on.stroke();
  }

  /** @param {number[]} crop */
  #crop([x, y, width, height, angle = 0]) {
    const { to, view } = this;
    to.setLineDash([8, 6]);
    to.lineWidth = 1.5;
    to.strokeStyle = "rgb(255 217 160 / 75%)";
    to.beginPath();
    for (const corner of corners({ x, y, width, height, angle })) to.lineTo(...view.toScreen(...corner));
    to.closePath();
    to.stroke();
    to.setLineDash([]);
  }

  /** @param {Cursor} cursor */
  #cursor({ at, radius, hardness, isCross }) {
    const { to } = this;
    for (const [share, alpha] of [[1, 0.95], [hardness, 0.45]])
      for (const [width, colour] of [[3, `rgb(0 0 0 / ${alpha * 0.6})`], [1.4, `rgb(255 255 255 / ${alpha})`]]) {
        to.beginPath();
        to.arc(at[0], at[1], Math.max(radius * share, 1), 0, 2 * Math.PI);
        to.lineWidth = Number(width);
        to.strokeStyle = String(colour);
        to.stroke();
      }
    if (!isCross) return;
    to.beginPath();
    to.moveTo(at[0] - 6, at[1]);
    to.lineTo(at[0] + 6, at[1]);
    to.moveTo(at[0], at[1] - 6);
    to.lineTo(at[0], at[1] + 6);
    to.stroke();
  }
}
