"""A frame as its focus is measured: luminance at half resolution.

Three channels say hardly more of the focus than their mean does, and that has less noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Full-resolution px to px of an image binned by two; px centres lie at integers.
TO_HALF = np.array([[0.5, 0.0, -0.25], [0.0, 0.5, -0.25], [0.0, 0.0, 1.0]])
# What red, green and blue count in luminance, near the eye's weights.
CHANNEL_WEIGHTS = (0.25, 0.5, 0.25)
# A frame that is brightened may reach so many times white before it is cut off.
WHITEST = 2.0


def half_values() -> NDArray[np.float32]:
    """What each sample of `halve_luminance` stands for: (1, 65536) float32, a curve for warping."""
    return np.linspace(0.0, WHITEST, 65536, dtype=np.float32)[None]


@kernel
def halve_luminance(pixels, curves, first_row, y0, y1):
    """Luminance of 2 x 2 px: rows `y0` to `y1` of a frame at half resolution.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, from row `first_row` of the frame; an odd last row or column is
        repeated
    curves : (3, 65536) float32, the value 0..1 that a sample of each channel stands for

    Returns
    -------
    (y1 - y0, ceil(W / 2), 1) uint16, as `half_values` has them; channels weigh 1/4, 1/2, 1/4
    """
    rows, columns = pixels.shape[0], pixels.shape[1]
    out = np.empty((y1 - y0, (columns + 1) // 2, 1), np.uint16)
    two, half = np.float32(2.0), np.float32(0.5)
    scale, most = np.float32(65535.0 / (4.0 * WHITEST)), np.float32(65535.0)
    red, green, blue = curves[0], curves[1], curves[2]
    for y in range(y0, y1):
        upper = pixels[min(max(2 * y - first_row, 0), rows - 1)]
        lower = pixels[min(max(2 * y + 1 - first_row, 0), rows - 1)]
        for x in range(out.shape[1]):
            i, j = 2 * x, min(2 * x + 1, columns - 1)
            r = _mean(upper[i, 0], upper[j, 0], lower[i, 0], lower[j, 0])
            g = _mean(upper[i, 1], upper[j, 1], lower[i, 1], lower[j, 1])
            b = _mean(upper[i, 2], upper[j, 2], lower[i, 2], lower[j, 2])
            light = red[r] + two * green[g] + blue[b]
            out[y - y0, x, 0] = np.uint16(min(light * scale, most) + half)
    return out


@kernel
def _mean(a, b, c, d):
    return (np.int32(a) + np.int32(b) + np.int32(c) + np.int32(d) + 2) >> 2
