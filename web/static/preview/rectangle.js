// @ts-check
/**
 * Rectangles that may lie turned in a picture, and how they are kept within it. No page is needed.
 *
 * A rectangle is x, y, width and height in px as it would lie if it were not turned, and the degrees by
 * which it is turned clockwise about its middle: as the sheet's cell has it.
 *
 * @typedef {{x: number, y: number, width: number, height: number, angle: number}} Rectangle
 * @typedef {{width: number, height: number}} Size
 * @typedef {[number, number]} Point
 */

// What is less is rounding.
const ROUNDING = 1e-6;
// Rounds of halving: of 65536 px, to less than a thousandth.
const HALVINGS = 26;

/** @param {Rectangle} of @returns {Point} */
export const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];

/** A vector turned clockwise. @param {Point} vector @param {number} angle degrees @returns {Point} */
export function turned([x, y], angle) {
  const [cosine, sine] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return [cosine * x - sine * y, sine * x + cosine * y];
}

/** The corners: upper left, upper right, lower right, lower left. @param {Rectangle} of @returns {Point[]} */
export function corners(of) {
  const [mx, my] = middle(of);
  const [w, h] = [of.width / 2, of.height / 2];
  return /** @type {Point[]} */ ([[-w, -h], [w, -h], [w, h], [-w, h]]).map((corner) => {
    const [x, y] = turned(corner, of.angle);
    return [mx + x, my + y];
  });
}

/** Whether a place lies in a rectangle. @param {Rectangle} of @param {Point} at */
export function holds(of, [x, y]) {
  const [mx, my] = middle(of);
  const [across, down] = turned([x - mx, y - my], -of.angle);
  return Math.abs(across) < of.width / 2 && Math.abs(down) < of.height / 2;
}

/** How far a rectangle reaches from its middle. @param {Rectangle} of @returns {Point} */
function reach({ width, height, angle }) {
  const [cosine, sine] = turned([1, 0], angle).map(Math.abs);
  return [(cosine * width + sine * height) / 2, (sine * width + cosine * height) / 2];
}

/** Whether a rectangle lies in a picture. @param {Rectangle} of @param {Size} size */
export function fits(of, size) {
  const [mx, my] = middle(of);
  const [across, down] = reach(of);
  const isInside = (/** @type {number} */ at, /** @type {number} */ far, /** @type {number} */ most) =>
    at - far >= -ROUNDING && at + far <= most + ROUNDING;
  return of.width > 0 && of.height > 0 && isInside(mx, across, size.width) && isInside(my, down, size.height);
}

/** Degrees from -180, not itself, to 180, in hundredths. @param {number} angle */
export function degrees(angle) {
  const within = 180 - ((((180 - angle) % 360) + 360) % 360);
  // Adding nothing makes -0 a 0.
  return Math.round(within * 100) / 100 + 0;
}

/**
 * A rectangle of so many px about a middle.
 * @param {Point} at
 * @param {number} width
 * @param {number} height
 * @param {number} angle
 * @returns {Rectangle}
 */
const about = ([x, y], width, height, angle) => ({ x: x - width / 2, y: y - height / 2, width, height, angle });

/**
 * Moved into the picture; made smaller, in its shape, if it is too large to lie there.
 * @param {Rectangle} of
 * @param {Size} size
 */
export function moved(of, size) {
  const [across, down] = reach(of);
  const share = Math.min(1, size.width / (2 * across), size.height / (2 * down));
  const smaller = about(middle(of), of.width * share, of.height * share, of.angle);
  // A straight one need not keep its shape: only the side that is too long is cut.
  if (of.angle === 0) [smaller.width, smaller.height] = [Math.min(of.width, size.width), Math.min(of.height, size.height)];
  const [far, low] = reach(smaller);
  const [mx, my] = of.angle === 0 ? [of.x + smaller.width / 2, of.y + smaller.height / 2] : middle(of);
  const at = /** @type {Point} */ ([clamp(mx, far, size.width - far), clamp(my, low, size.height - low)]);
  return about(at, smaller.width, smaller.height, of.angle);
}

/**
 * Made smaller where it stands until it lies in the picture: a straight one is cut off, a turned one keeps
 * middle and shape.
 * @param {Rectangle} of
 * @param {Size} size
 * @returns {Rectangle}
 */
export function shrunk(of, size) {
  if (of.angle === 0) {
    const [x, y] = [clamp(of.x, 0, size.width - 1), clamp(of.y, 0, size.height - 1)];
    return { ...of, x, y, width: Math.min(of.width, size.width - x), height: Math.min(of.height, size.height - y) };
  }
  const [mx, my] = middle(of);
  const at = /** @type {Point} */ ([clamp(mx, 1, size.width - 1), clamp(my, 1, size.height - 1)]);
  const [across, down] = reach(of);
  const share = Math.min(
    1,
    Math.min(at[0], size.width - at[0]) / across,
    Math.min(at[1], size.height - at[1]) / down,
  );
  return about(at, of.width * share, of.height * share, of.angle);
}

/**
 * Between two corners that lie across from each other, of which the second gives way where the others would
 * leave the picture.
 * @param {Point} fixed in the picture
 * @param {Point} free
 * @param {number} angle
 * @param {Size} size
 * @returns {Rectangle}
 */
export function between(fixed, free, angle, size) {
  const of = (/** @type {number} */ share) => {
    const across = /** @type {Point} */ ([(free[0] - fixed[0]) * share, (free[1] - fixed[1]) * share]);
    const [width, height] = turned(across, -angle).map(Math.abs);
    return about([fixed[0] + across[0] / 2, fixed[1] + across[1] / 2], width, height, angle);
  };
  if (fits(of(1), size)) return of(1);
  let [good, bad] = [0, 1];
  for (let k = 0; k < HALVINGS; k += 1) {
    const half = (good + bad) / 2;
    if (fits(of(half), size)) good = half;
    else bad = half;
  }
  return of(good);
}

/**
 * Of whole px, at least one, within the picture.
 * @param {Rectangle} of that lies in the picture
 * @param {Size} size
 * @returns {Rectangle}
 */
export function whole(of, size) {
  const [mx, my] = middle(of);
  let [width, height] = [Math.max(1, Math.round(of.width)), Math.max(1, Math.round(of.height))];
  for (;;) {
    const made = { x: Math.round(mx - width / 2), y: Math.round(my - height / 2), width, height, angle: of.angle };
    for (const [dx, dy] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]]) {
      const near = { ...made, x: made.x + dx, y: made.y + dy };
      if (near.x >= 0 && near.y >= 0 && fits(near, size)) return near;
    }
    if (width === 1 && height === 1) return { ...made, x: Math.floor(mx), y: Math.floor(my) };
    [width, height] = [Math.max(1, width - 1), Math.max(1, height - 1)];
  }
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
