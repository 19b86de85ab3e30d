// @ts-check
/** Which frame is in focus where, of the source map that comes with the page. */

export class Focus {
  /** @param {{width: number, height: number, step_px: number, data: string} | null} grid */
  constructor(grid) {
    this.grid = grid;
    const bytes = Uint8Array.from(atob(grid?.data ?? ""), (letter) => letter.charCodeAt(0));
    this.numbers = new Uint16Array(bytes.buffer);
  }

  /**
   * The frame in focus at a place: of its surroundings that which most are of.
   * @param {number} x image px
   * @param {number} y
   * @returns {number | null}
   */
  at(x, y) {
    const { grid, numbers } = this;
    if (!grid) return null;
    const [column, row] = [Math.floor(x / grid.step_px), Math.floor(y / grid.step_px)];
    /** @type {Map<number, number>} */
    const counts = new Map();
    for (let j = row - 2; j <= row + 2; j++)
      for (let i = column - 2; i <= column + 2; i++)
        if (i >= 0 && j >= 0 && i < grid.width && j < grid.height) {
          const frame = numbers[j * grid.width + i];
          if (frame && frame !== 65535) counts.set(frame, (counts.get(frame) ?? 0) + 1);
        }
    let best = null;
    for (const [frame, count] of counts)
      if (best === null || count > /** @type {number} */ (counts.get(best))) best = frame;
    return best;
  }
}
