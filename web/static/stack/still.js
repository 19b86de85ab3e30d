// @ts-check
/** Pictures as the browser shows them, without zoom: what is left where OpenSeadragon is not there. */

import { whole } from "./view.js";

/**
 * @param {HTMLElement} element
 * @param {{width_px: number, height_px: number}} size of the master
 * @param {Map<string, import("./view.js").Picture>} pictures
 * @returns {import("./view.js").View}
 */
export function still(element, { width_px, height_px }, pictures) {
  /** @type {Map<string, Promise<HTMLImageElement>>} */
  const images = new Map();
  /** @type {Map<string, HTMLImageElement>} */
  const loaded = new Map();

  /** @param {string} id */
  function image(id) {
    let made = images.get(id);
    if (!made) {
      made = new Promise((resolve, reject) => {
        const one = new Image();
        const picture = /** @type {import("./view.js").Picture} */ (pictures.get(id));
        one.alt = picture.label;
        one.draggable = false;
        one.onload = () => resolve(one);
        one.onerror = () => reject(new Error(picture.label));
        one.src = whole(picture);
      });
      made.catch(() => images.delete(id));
      images.set(id, made);
    }
    return made;
  }

  const scale = () => Math.min(element.clientWidth / width_px, element.clientHeight / height_px);
  const corner = () => ({
    x: (element.clientWidth - width_px * scale()) / 2,
    y: (element.clientHeight - height_px * scale()) / 2,
  });
  const toImage = (/** @type {import("./geometry.js").Point} */ { x, y }) => ({
    x: (x - corner().x) / scale(),
    y: (y - corner().y) / scale(),
  });

  return {
    hasZoom: false,
    async load(id) {
      loaded.set(id, await image(id));
    },
    expect: (ids) => ids.forEach((id) => image(id).catch(() => {})),
    show(layers) {
      const shown = layers.flatMap(({ id, opacity, clip }) => {
        const one = loaded.get(id);
        if (!one) return [];
        one.style.opacity = String(opacity);
        one.style.clipPath = clip ? inset(clip) : "";
        return [one];
      });
      if (shown.length !== element.children.length || shown.some((one, i) => element.children[i] !== one))
        element.replaceChildren(...shown);
    },
    toScreen: ({ x, y }) => ({ x: corner().x + x * scale(), y: corner().y + y * scale() }),
    toImage,
    scale,
    zoomBy: () => {},
    zoomTo: () => {},
    fit: () => {},
    reveal: () => {},
    colour: () => null,
    onMove: (moved) => new ResizeObserver(moved).observe(element),
    onPress(pressed) {
      element.addEventListener("click", (event) => pressed(at(event), false));
      element.addEventListener("dblclick", (event) => pressed(at(event), true));
    },
  };

  /** @param {MouseEvent} event */
  function at(event) {
    const box = element.getBoundingClientRect();
    return toImage({ x: event.clientX - box.left, y: event.clientY - box.top });
  }

  /**
   * The picture fills its holder's whole breadth and is fitted inside: its edge is the image's.
   * @param {[number, number]} seen
   */
  function inset([from, to]) {
    const [left, right] = [corner().x + from * scale(), corner().x + to * scale()];
    return `inset(0 ${Math.max(0, element.clientWidth - right)}px 0 ${Math.max(0, left)}px)`;
  }
}
