// @ts-check
/**
 * From the picture as it is shown, upright, to px of the fused image, which lies as the camera stored it:
 * by Exif's orientation, 1 to 8. What sheet and server are told is in px of the fused image.
 *
 * @typedef {import("./rectangle.js").Rectangle} Rectangle
 * @typedef {import("./rectangle.js").Size} Size
 */

const MIRRORED = [2, 4, 5, 7];
const SWAPPED = [5, 6, 7, 8];
const FLIPPED_X = [2, 3, 7, 8];
const FLIPPED_Y = [3, 4, 6, 7];

/** Width and height upright. @param {Size} stored @param {number} orientation @returns {Size} */
export function uprightSize(stored, orientation) {
  return SWAPPED.includes(orientation) ? { width: stored.height, height: stored.width } : { ...stored };
}

/**
 * @param {Rectangle} of upright
 * @param {Size} stored the fused image
 * @param {number} orientation
 * @returns {Rectangle}
 */
export function toStored(of, stored, orientation) {
  const to = SWAPPED.includes(orientation) ? swapped(of) : { ...of };
  return flipped(to, stored, orientation);
}

/**
 * @param {Rectangle} of the fused image
 * @param {Size} stored the fused image
 * @param {number} orientation
 * @returns {Rectangle}
 */
export function toUpright(of, stored, orientation) {
  const to = flipped(of, stored, orientation);
  return SWAPPED.includes(orientation) ? swapped(to) : to;
}

/** @param {Rectangle} of @returns {Rectangle} */
const swapped = ({ x, y, width, height, angle }) => ({ x: y, y: x, width: height, height: width, angle });

/**
 * @param {Rectangle} of
 * @param {Size} stored
 * @param {number} orientation
 * @returns {Rectangle}
 */
function flipped({ x, y, width, height, angle }, stored, orientation) {
  return {
    x: FLIPPED_X.includes(orientation) ? stored.width - x - width : x,
    y: FLIPPED_Y.includes(orientation) ? stored.height - y - height : y,
    width,
    height,
    // What is mirrored turns the other way round; adding nothing makes -0 a 0.
    angle: MIRRORED.includes(orientation) ? -angle + 0 : angle,
  };
}
