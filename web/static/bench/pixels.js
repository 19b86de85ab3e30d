// @ts-check
/**
 * What is computed of a live picture: detail, focus peaking, zebra, sharpness. Plain functions over
 * arrays, a few milliseconds each for 800 × 600 px.
 */

// Detail below this is noise or what JPEG leaves, whatever the picture.
const LEAST_DETAIL = 14;
// A channel at or above this is shown as clipped: JPEG does not keep 255 exactly.
const CLIPPED = 251;
// Edges in cyan: a colour that specimens seldom have. As bytes of RGBA read at once (little-endian).
const EDGE = 0x00e6f028;
const STRIPE = 0xd02020ff;

/**
 * Light of each pixel (Rec. 601, of the picture's own values).
 * @param {Uint8ClampedArray | Uint8Array} rgba
 * @param {Uint8Array} out one byte for each pixel
 */
export function light(rgba, out) {
  for (let i = 0, j = 0; i < out.length; i++, j += 4)
    out[i] = (77 * rgba[j] + 150 * rgba[j + 1] + 29 * rgba[j + 2] + 128) >> 8;
}

/**
 * Detail of each pixel: the modified Laplacian (Nayar and Nakagawa, IEEE PAMI 16, 1994), which rises
 * with focus and hardly with light. 0 at the border; no more than 255.
 * @param {Uint8Array} of light
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} out
 */
export function detail(of, width, height, out) {
  out.fill(0);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1, end = (y + 1) * width - 1; i < end; i++) {
      const twice = 2 * of[i];
      const across = Math.abs(twice - of[i - 1] - of[i + 1]);
      const down = Math.abs(twice - of[i - width] - of[i + width]);
      const both = across + down;
      out[i] = both > 255 ? 255 : both;
    }
  }
}

/**
 * From which detail on an edge is tinted, so that `share` of the picture is at most. A picture with
 * nothing in focus keeps to what lies well above its own noise: it shows nothing.
 * @param {Uint8Array} details
 * @param {number} share 0 to 1
 */
export function threshold(details, share) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < details.length; i++) counts[details[i]]++;
  const median = atShare(counts, details.length, 0.5);
  return Math.max(LEAST_DETAIL, 3 * median + 4, atShare(counts, details.length, 1 - share));
}

/**
 * @param {Uint32Array} counts
 * @param {number} total
 * @param {number} share
 */
function atShare(counts, total, share) {
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    sum += counts[value];
    if (sum > share * total) return value;
  }
  return 255;
}

/**
 * Tint the edges in focus, the more the sharper. A pixel without a like neighbour is noise, no edge.
 * @param {Uint8Array} details
 * @param {number} width
 * @param {number} from as `threshold` gives
 * @param {Uint32Array} out pixels of the overlay
 */
export function peaking(details, width, from, out) {
  // Details are 0 at the border, so that every pixel that counts has all its neighbours.
  for (let i = 0; i < details.length; i++) {
    const above = details[i] - from;
    if (above <= 0) continue;
    const like = Number(details[i - 1] > from) + Number(details[i + 1] > from) +
      Number(details[i - width] > from) + Number(details[i + width] > from);
    if (like < 2) continue;
    const strength = Math.min(255, 130 + 4 * above);
    out[i] = (EDGE | (strength << 24)) >>> 0;
  }
}

/**
 * Stripe what is clipped in any channel; gives its share of the picture.
 * @param {Uint8ClampedArray | Uint8Array} rgba
 * @param {number} width
 * @param {Uint32Array} out pixels of the overlay
 * @param {number} [moved] by how many pixels the stripes have wandered
 */
export function zebra(rgba, width, out, moved = 0) {
  let clipped = 0;
  for (let i = 0, j = 0, x = 0, y = 0; i < out.length; i++, j += 4) {
    if (rgba[j] >= CLIPPED || rgba[j + 1] >= CLIPPED || rgba[j + 2] >= CLIPPED) {
      clipped++;
      if ((x + y + moved) & 4) out[i] = STRIPE;
    }
    if (++x === width) {
      x = 0;
      y++;
    }
  }
  return out.length ? clipped / out.length : 0;
}

/**
 * How sharp a part of the picture is: root of the mean square detail, in thousandths of its light, so
 * that a lamp turned up changes it little. Comparable at one place of one picture only.
 * @param {Uint8Array} of light
 * @param {Uint8Array} details
 * @param {number} width
 * @param {{left: number, top: number, width: number, height: number}} part
 */
export function sharpness(of, details, width, part) {
  let [squares, sum, count] = [0, 0, 0];
  for (let y = part.top; y < part.top + part.height; y++) {
    for (let i = y * width + part.left, end = i + part.width; i < end; i++) {
      squares += details[i] * details[i];
      sum += of[i];
      count++;
    }
  }
  if (!count || !sum) return 0;
  return (1000 * Math.sqrt(squares / count)) / (sum / count + 8);
}

/**
 * A part of a picture round a place, kept inside.
 * @param {number} x 0 to 1
 * @param {number} y 0 to 1
 * @param {number} side px
 * @param {number} width px of the picture
 * @param {number} height
 */
export function partAt(x, y, side, width, height) {
  const [wide, high] = [Math.min(side, width), Math.min(side, height)];
  const left = Math.round(Math.min(Math.max(x * width - wide / 2, 0), width - wide));
  const top = Math.round(Math.min(Math.max(y * height - high / 2, 0), height - high));
  return { left, top, width: wide, height: high };
}
