// @ts-check
/** Lengths, angles and areas of points in a picture. Knows no page. */

/** @typedef {{x: number, y: number}} Point px of the master, from its upper left corner */

/**
 * Length of a line through points, in px.
 * @param {readonly Point[]} points
 */
export function length(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i++)
    sum += Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  return sum;
}

/**
 * Angle at the second of three points, 0 to 180°; null where two of them are one.
 * @param {readonly Point[]} points
 */
export function angle([a, corner, b]) {
  const [ax, ay, bx, by] = [a.x - corner.x, a.y - corner.y, b.x - corner.x, b.y - corner.y];
  if (!Math.hypot(ax, ay) || !Math.hypot(bx, by)) return null;
  // By the arc tangent: the arc cosine loses half its digits near 0 and 180°.
  return (Math.atan2(Math.abs(ax * by - ay * bx), ax * bx + ay * by) * 180) / Math.PI;
}

/**
 * Area inside an outline that closes by itself, in px².
 * @param {readonly Point[]} points
 */
export function area(points) {
  let twice = 0;
  points.forEach((point, i) => {
    const next = points[(i + 1) % points.length];
    twice += point.x * next.y - next.x * point.y;
  });
  return Math.abs(twice) / 2;
}

/**
 * Whether an outline crosses itself: then it has no area.
 * @param {readonly Point[]} points
 */
export function crosses(points) {
  const count = points.length;
  for (let i = 0; i < count; i++)
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      if (cut(points[i], points[i + 1], points[j], points[(j + 1) % count])) return true;
    }
  return false;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Point} c
 * @param {Point} d
 */
function cut(a, b, c, d) {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {Point} point
 */
const side = (a, b, point) => Math.sign((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x));

/**
 * Length in space of a straight line between two places, in µm.
 * @param {number} flat_um its length in the picture's plane
 * @param {number | null} from_um depth where it begins
 * @param {number | null} to_um depth where it ends
 */
export function lengthInSpace(flat_um, from_um, to_um) {
  return from_um === null || to_um === null ? null : Math.hypot(flat_um, to_um - from_um);
}

/**
 * Points at equal distances along a line, both ends included.
 * @param {Point} a
 * @param {Point} b
 * @param {number} count at least 2
 * @returns {Point[]}
 */
export function along(a, b, count) {
  return Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
  });
}

/**
 * The longest round length (1, 2 or 5 times a power of ten) that is no longer than `most`.
 * @param {number} most above 0
 */
export function round(most) {
  const power = 10 ** Math.floor(Math.log10(most) + 1e-9);
  const digit = [5, 2, 1].find((one) => one * power <= most * (1 + 1e-9)) ?? 1;
  return digit * power;
}

/**
 * Pixels in a centimetre.
 * @param {number} pixel_size_um
 */
export const pxPerCm = (pixel_size_um) => 10_000 / pixel_size_um;
