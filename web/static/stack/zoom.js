// @ts-check
/**
 * Pictures by OpenSeadragon: deep zoom, all pictures of a stack at one place.
 *
 * Every picture that is or was seen is an image of one world, of the same width, and only its
 * opacity changes: so place and zoom stay, and a picture appears whole or not at all. The drawer is
 * the plain canvas and the tile sources are objects, since from disk a browser lets WebGL read no
 * picture and lets nothing be fetched (OpenSeadragon #1727, #2519).
 */

import { ownSize, tileUrl } from "./view.js";

/** So many pictures stay in the world beside those that are seen or expected. */
const KEPT = 12;

/**
 * @param {HTMLElement} element
 * @param {{width_px: number}} size of the master
 * @param {Map<string, import("./view.js").Picture>} pictures
 * @returns {import("./view.js").View}
 */
export function zoom(element, { width_px }, pictures) {
  const OSD = /** @type {any} */ (window).OpenSeadragon;
  const gestures = { clickToZoom: false, dblClickToZoom: false };
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  claimStyle();
  const viewer = OSD({
    element,
    drawer: "canvas",
    tabIndex: -1,
    showNavigationControl: false,
    keyboardNavEnabled: false,
    gestureSettingsMouse: gestures,
    gestureSettingsTouch: { ...gestures, pinchRotate: false },
    gestureSettingsPen: gestures,
    gestureSettingsUnknown: gestures,
    animationTime: isStill ? 0 : 0.25,
    blendTime: 0,
    zoomPerScroll: 1.25,
    maxZoomPixelRatio: 16,
    minZoomImageRatio: 0.5,
    visibilityRatio: 0.3,
    maxImageCacheCount: 600,
    preserveImageSizeOnResize: false,
  });
  // The page has keys of its own; OpenSeadragon's would pan under the crosshair.
  viewer.innerTracker.keyHandler = null;
  viewer.innerTracker.keyDownHandler = null;
  const { viewport, world } = viewer;

  /** @type {Map<string, Promise<any>>} */
  const items = new Map();
  /** @type {Map<string, any>} those that may be shown at once */
  const loaded = new Map();
  /** @type {Map<string, number>} how many wait for each: its tiles are fetched until none does */
  const awaited = new Map();
  /** @type {string[]} */
  let seen = [];
  /** @type {string[]} */
  let next = [];

  /** @param {string} id */
  function item(id) {
    const there = items.get(id);
    if (there) {
      // Last used is last in turn.
      items.delete(id);
      items.set(id, there);
      return there;
    }
    const picture = /** @type {import("./view.js").Picture} */ (pictures.get(id));
    const made = new Promise((resolve, reject) =>
      viewer.addTiledImage({
        tileSource: source(picture),
        width: 1,
        opacity: 0,
        preload: true,
        success: (/** @type {any} */ event) => resolve(event.item),
        error: () => reject(new Error(picture.label)),
      }),
    );
    made.catch(() => items.delete(id));
    items.set(id, made);
    return made;
  }

  function forget() {
    const needed = new Set([...seen, ...next, ...awaited.keys()]);
    const spare = [...items.keys()].filter((id) => !needed.has(id));
    for (const id of spare) items.get(id)?.then((one) => one.setPreload(false));
    for (const id of spare.slice(0, Math.max(0, spare.length - KEPT))) {
      items.get(id)?.then((one) => world.removeItem(one));
      items.delete(id);
      loaded.delete(id);
    }
  }

  return {
    hasZoom: true,
    async load(id) {
      awaited.set(id, (awaited.get(id) ?? 0) + 1);
      try {
        const one = await item(id);
        one.setPreload(true);
        if (!one.getFullyLoaded()) await new Promise((/** @type {any} */ done) => one.whenFullyLoaded(done));
        loaded.set(id, one);
      } finally {
        const left = (awaited.get(id) ?? 1) - 1;
        if (left) awaited.set(id, left);
        else awaited.delete(id);
      }
    },
    expect(ids) {
      next = ids;
      for (const id of ids) item(id).then((one) => one.setPreload(true), () => {});
      forget();
    },
    show(layers) {
      seen = layers.map((layer) => layer.id);
      for (const layer of layers) {
        const one = loaded.get(layer.id);
        if (!one || world.getIndexOfItem(one) < 0) continue;
        world.setItemIndex(one, world.getItemCount() - 1);
        one.setClip(layer.clip ? clip(one, layer.clip) : null);
        one.setOpacity(layer.opacity);
      }
      for (const [id, one] of loaded) if (!seen.includes(id)) one.setOpacity(0);
      forget();
    },
    toScreen: ({ x, y }) => viewport.pixelFromPoint(new OSD.Point(x / width_px, y / width_px), true),
    toImage: ({ x, y }) => viewport.pointFromPixel(new OSD.Point(x, y), true).times(width_px),
    scale: () => (viewport.getZoom(true) * viewport.getContainerSize().x) / width_px,
    zoomBy: (factor) => viewport.zoomBy(factor).applyConstraints(),
    zoomTo: (scale) => viewport.zoomTo((scale * width_px) / viewport.getContainerSize().x).applyConstraints(),
    fit: () => viewport.goHome(),
    reveal({ x, y }) {
      const point = new OSD.Point(x / width_px, y / width_px);
      if (!viewport.getBounds().containsPoint(point)) viewport.panTo(point);
    },
    colour({ x, y }) {
      const ratio = OSD.pixelDensityRatio;
      return read(viewer.drawer.canvas, Math.round(x * ratio), Math.round(y * ratio));
    },
    onMove: (moved) => {
      for (const name of ["viewport-change", "animation", "resize", "open"]) viewer.addHandler(name, moved);
    },
    onPress(pressed) {
      viewer.addHandler("canvas-click", (/** @type {any} */ event) => {
        if (event.quick) pressed(this.toImage(event.position), false);
      });
      viewer.addHandler("canvas-double-click", (/** @type {any} */ event) => pressed(this.toImage(event.position), true));
    },
  };

  /**
   * @param {any} one
   * @param {[number, number]} seenOf
   */
  function clip(one, [from, to]) {
    const own = one.getContentSize();
    const ratio = own.x / width_px;
    const [left, right] = [Math.min(from, width_px), Math.min(to, width_px)];
    return new OSD.Rect(left * ratio, 0, Math.max(0, right - left) * ratio, own.y);
  }
}

/**
 * How a picture is tiled, as an object: nothing is fetched but the tiles themselves.
 * @param {import("./view.js").Picture} picture
 */
function source(picture) {
  if (picture.file) return { type: "image", url: picture.file.url };
  const tiles = /** @type {import("./view.js").Tiles} */ (picture.tiles);
  const [width, height] = ownSize(picture);
  return {
    width,
    height,
    tileSize: tiles.tile_px,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel: tiles.levels.length - 1,
    getLevelScale: (/** @type {number} */ level) => tiles.levels[level][0] / width,
    getTileUrl: (/** @type {number} */ level, /** @type {number} */ x, /** @type {number} */ y) =>
      tileUrl(tiles, level, x, y),
  };
}

/**
 * Red, green and blue of a canvas; null where the browser keeps them to itself, as it does for
 * pictures that were opened from disk.
 * @param {HTMLCanvasElement} canvas
 * @param {number} x
 * @param {number} y
 */
function read(canvas, x, y) {
  try {
    const [red, green, blue, alpha] = canvas.getContext("2d")?.getImageData(x, y, 1, 1).data ?? [];
    return alpha ? [red, green, blue] : null;
  } catch {
    return null;
  }
}

/**
 * OpenSeadragon puts a style into the page, which a served page forbids, unless one of that name is
 * there: this one is none to the browser, having no namespace. Our styles say how focus is shown.
 */
function claimStyle() {
  const none = document.createElementNS(null, "style");
  none.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(none);
}
