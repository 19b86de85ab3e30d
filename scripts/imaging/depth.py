"""Depth from focus: in which frame, and between which, each place of a stack is sharpest.

The stack is passed over once at half resolution. At every px the energy of detail [1]_ is followed
from frame to frame; the frame of the greatest energy and its two neighbours give the peak by a
parabola through their logarithms, since the energy falls off like a Gaussian round the best
focus. Memory does not depend on the number of frames.

.. [1] S. K. Nayar and Y. Nakagawa, "Shape from focus", IEEE Trans. Pattern Analysis and Machine
   Intelligence 16 (1994), 824-831: the Gaussian interpolation of the focus measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from imaging import pyramid, tiff, warp
from imaging.frame import Frame, covered_columns, strip
from imaging.sharpness import noise_energies, window_energy

STRIP_ROWS = 64
TILE_COLUMNS = 512
# Full-resolution px to px of an image binned by two; px centres lie at integers.
TO_HALF = np.array([[0.5, 0.0, -0.25], [0.0, 0.5, -0.25], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Focus:
    """Where a stack is sharp, at half resolution: (h, w) = (ceil(H / 2), ceil(W / 2)).

    Attributes
    ----------
    sharpest : (h, w) uint16, frame of the greatest energy
    peak : (h, w) float32, sub-frame position of the peak, in frames
    contrast : (h, w) float32, energy of the sharpest frame over that of noise
    prominence : (h, w) float32, 0..1, how far the peak stands out of the mean over all frames
    """

    sharpest: NDArray[np.uint16]
    peak: NDArray[np.float32]
    contrast: NDArray[np.float32]
    prominence: NDArray[np.float32]


@njit(cache=True, nogil=True)
def _bin_two(pixels, first_row, y0, y1):
    """Mean of 2 x 2 px: rows `y0` to `y1` of the binned frame, (y1 - y0, ceil(W / 2), 3) uint16.

    `pixels` starts at row `first_row` of the frame; an odd last row or column is repeated.
    """
    rows, columns = pixels.shape[0], pixels.shape[1]
    width = (columns + 1) // 2
    out = np.empty((y1 - y0, width, 3), np.uint16)
    for y in range(y0, y1):
        one = pixels[min(max(2 * y - first_row, 0), rows - 1)]
        two = pixels[min(max(2 * y + 1 - first_row, 0), rows - 1)]
        target = out[y - y0]
        for x in range(width):
            left, right = 2 * x, min(2 * x + 1, columns - 1)
            for c in range(3):
                total = (np.int32(one[left, c]) + np.int32(one[right, c]) + np.int32(two[left, c])
                         + np.int32(two[right, c]))
                target[x, c] = np.uint16((total + 2) >> 2)
    return out


@njit(cache=True, nogil=True)
def _follow(energy, frame, last_of_all, best, sharpest, before, after, previous, total):
    """Take one frame's energies into the state: all (h, w), written in place."""
    for y in range(energy.shape[0]):
        for x in range(energy.shape[1]):
            e = energy[y, x]
            total[y, x] += e
            if frame > 0 and sharpest[y, x] == frame - 1:
                after[y, x] = e
            if frame == 0 or e > best[y, x]:
                best[y, x] = e
                sharpest[y, x] = frame
                before[y, x] = previous[y, x] if frame > 0 else e
                after[y, x] = e
            previous[y, x] = e


@njit(cache=True, nogil=True)
def _interpolate(best, before, after, sharpest, frames, noise, peak):
    """Sub-frame peak by the parabola through three logarithms; (h, w) float32, written."""
    for y in range(best.shape[0]):
        for x in range(best.shape[1]):
            k = sharpest[y, x]
            offset = np.float32(0.0)
            if 0 < k < frames - 1:
                a = np.log(max(before[y, x], noise))
                b = np.log(max(best[y, x], noise))
                c = np.log(max(after[y, x], noise))
                bend = a - np.float32(2.0) * b + c
                if bend < np.float32(-1e-6):
                    offset = np.float32(0.5) * (a - c) / bend
                    offset = min(max(offset, np.float32(-0.5)), np.float32(0.5))
            peak[y, x] = np.float32(k) + offset
