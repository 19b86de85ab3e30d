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

_U = np.uint64


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
    mean = np.empty(6 * out.shape[1], np.uint16)
    light = np.empty(out.shape[1], np.float32)
    for y in range(y0, y1):
        upper = min(max(2 * y - first_row, 0), rows - 1)
        lower = min(max(2 * y + 1 - first_row, 0), rows - 1)
        _mean_of_four(pixels[upper].ravel(), pixels[lower].ravel(), mean)
        _light_of(mean, curves, light)
        _scale(light, out[y - y0].ravel())
    return out


# Loop by loop: only the one that looks up is not vectorised.
@kernel
def _mean_of_four(upper, lower, mean):
    """Mean of 2 x 2 px from every px of two rows on, rows of samples, (3 W,) uint16.

    That of the px 2 k is at `mean[6 k : 6 k + 3]`; what is written between these is of no use.
    """
    samples, two = _U(upper.size), np.uint32(2)
    for k in range(samples - _U(3)):
        above = np.uint32(upper[k]) + np.uint32(upper[k + _U(3)])
        below = np.uint32(lower[k]) + np.uint32(lower[k + _U(3)])
        mean[k] = np.uint16((above + below + two) >> two)
    for k in range(samples - _U(3), samples):
        mean[k] = np.uint16(
            (np.uint32(upper[k]) + np.uint32(lower[k]) + np.uint32(1)) >> np.uint32(1)
        )


@kernel
def _light_of(mean, curves, light):
    """Light of every other px, of the means that begin with it; it is four times luminance."""
    red, green, blue, two = curves[0], curves[1], curves[2], np.float32(2.0)
    for x in range(_U(light.size)):
        k = _U(6) * x
        value = red[mean[k]] + two * green[mean[k + _U(1)]]
        light[x] = value + blue[mean[k + _U(2)]]


@kernel
def _scale(light, out):
    """Write samples for light, rows (n,)."""
    scale, most, half = np.float32(65535.0 / (4.0 * WHITEST)), np.float32(65535.0), np.float32(0.5)
    for x in range(_U(light.size)):
        out[x] = np.uint16(np.int32(min(light[x] * scale, most) + half))
