// @ts-check
/** What the stage needs of whatever shows pictures, and the pictures that it is given. */

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{url: string, tile_px: number, levels: [number, number][]}} Tiles small to large
 * @typedef {{url: string, width_px: number, height_px: number}} File
 * @typedef {{id: string, kind: string, label: string, frame?: number | null, position_um?: number | null,
 *   tiles?: Tiles, file?: File}} Picture every picture covers the whole master
 * @typedef {{id: string, opacity: number, clip?: [number, number]}} Layer
 *   `clip` is what is seen of it, from and to in px of the master across
 * @typedef {object} View
 * @property {boolean} hasZoom
 * @property {(id: string) => Promise<void>} load resolves once it can be shown whole; rejects where it cannot be read
 * @property {(ids: string[]) => void} expect these are likely next
 * @property {(layers: Layer[]) => void} show exactly these are seen, the last on top
 * @property {(point: Point) => Point} toScreen px of the master to px of the stage
 * @property {(point: Point) => Point} toImage
 * @property {() => number} scale px of the stage for one of the master
 * @property {(factor: number) => void} zoomBy
 * @property {(scale: number) => void} zoomTo
 * @property {() => void} fit
 * @property {(point: Point) => void} reveal moves so that a place is seen
 * @property {(point: Point) => number[] | null} colour as shown there, where the browser lets it be read
 * @property {(moved: () => void) => void} onMove
 * @property {(pressed: (point: Point, isDouble: boolean) => void) => void} onPress
 */

/** @param {Picture} picture */
export function ownSize(picture) {
  if (picture.file) return [picture.file.width_px, picture.file.height_px];
  return picture.tiles?.levels[picture.tiles.levels.length - 1] ?? [1, 1];
}

/**
 * @param {Tiles} tiles
 * @param {number} level
 * @param {number} x
 * @param {number} y
 */
export function tileUrl(tiles, level, x, y) {
  return tiles.url.replace("{level}", String(level)).replace("{x}", String(x)).replace("{y}", String(y));
}

/**
 * The address of a picture in one piece: its file, or the largest level that is a single tile.
 * @param {Picture} picture
 */
export function whole(picture) {
  if (picture.file) return picture.file.url;
  const tiles = /** @type {Tiles} */ (picture.tiles);
  const single = tiles.levels.filter(([width, height]) => Math.max(width, height) <= tiles.tile_px).length;
  return tileUrl(tiles, Math.max(0, single - 1), 0, 0);
}
