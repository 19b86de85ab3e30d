// @ts-check
/** One of the two pictures: drawn whole where its place or zoom changed, else only what came. */

const GROUND = "#0c0d0e";

export class Pane {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./tiles.js").Tiles} tiles
   * @param {import("./view.js").View} view
   */
  constructor(canvas, tiles, view) {
    this.canvas = canvas;
    this.tiles = tiles;
    this.view = view;
    // What is painted is read of it.
    this.to = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    /** Which picture it shows, at which place. */
    this.shown = "";
    this.name = "";
    /** Tiles that came. @type {Set<string>} */
    this.came = new Set();
    /** How often it became another. */
    this.changes = 0;
  }

  /** A tile came. @param {string} name @param {string} key */
  take(name, key) {
    if (name === this.name) this.came.add(key);
  }

  /**
   * Show a picture.
   * @param {string} name
   * @param {number} until as `performance.now` has it: what came is drawn as far as time goes
   * @returns {boolean} whether all of it stands there in full detail; what does not is on its way
   */
  draw(name, until) {
    const { canvas, to, tiles, view } = this;
    const shown = `${name} ${canvas.width} ${canvas.height} ${view.matrix()}`;
    if (shown !== this.shown) {
      [this.shown, this.name] = [shown, name];
      this.#all();
    }
    for (const key of this.came) {
      if (performance.now() > until) return false;
      this.came.delete(key);
      if (tiles.drawOne(to, key, view)) this.changes++;
      else this.#all();
    }
    return tiles.isWhole(name, view);
  }

  #all() {
    const { canvas, to, tiles, view } = this;
    this.came.clear();
    this.changes++;
    to.fillStyle = GROUND;
    to.fillRect(0, 0, canvas.width, canvas.height);
    tiles.draw(to, this.name, view);
  }
}
