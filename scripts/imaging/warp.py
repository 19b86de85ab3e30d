"""Resampling of a frame into the reference frame's geometry, tile by tile.

An affine motion is split into a pass along rows and a pass along columns [1]_, so that a tile costs
two one-dimensional resamplings of six taps each instead of one of thirty-six. The kernel is the
piecewise cubic of six points and fourth order [2]_: it keeps the detail that a cubic of four points
blurs, and rings less than a truncated sinc.

All arithmetic is IEEE single precision without contraction or reordering, so that results are the
same on every machine and for any division into tiles.

.. [1] E. Catmull and A. R. Smith, "3-D transformations of images in scanline order",
   SIGGRAPH 1980, 279-285.
.. [2] R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans.
   Acoustics, Speech, and Signal Processing 29 (1981), 1153-1160, section IX.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Source rows and columns that a tile needs beyond its own footprint.
REACH_PX = 3


def source_rows(
    inverse: NDArray[np.float64], tile: tuple[int, int, int, int], rows: int
) -> tuple[int, int]:
    """Rows of the frame that a tile of the reference frame is made of.

    Parameters
    ----------
    inverse : (3, 3) affine, reference px → frame px
    tile : (y0, y1, x0, x1) in the reference frame
    rows : rows of the frame

    Returns
    -------
    first, past the last row; at least one row, inside the frame
    """
    y0, y1, x0, x1 = tile
    corners = np.array([[x0, x1 - 1, x0, x1 - 1], [y0, y0, y1 - 1, y1 - 1], [1, 1, 1, 1]], float)
    v = (inverse @ corners)[1]
    first = int(np.floor(v.min())) - REACH_PX
    last = int(np.floor(v.max())) + REACH_PX + 2
    first = min(max(first, 0), rows - 1)
    return first, min(max(last, first + 1), rows)


@njit(cache=True, nogil=True)
def _six_tap(s, taps):
    """Weights of the six neighbours for a fraction 0 <= s < 1; `taps` (6, n), s (n,)."""
    twelfth = np.float32(1.0 / 12.0)
    for k in range(s.size):
        t = s[k]
        t2 = t * t
        t3 = t2 * t
        taps[0, k] = twelfth * (t3 - np.float32(2.0) * t2 + t)
        taps[1, k] = twelfth * (np.float32(-7.0) * t3 + np.float32(15.0) * t2 - np.float32(8.0) * t)
        taps[2, k] = twelfth * (np.float32(16.0) * t3 - np.float32(28.0) * t2 + np.float32(12.0))
        taps[3, k] = twelfth * (
            np.float32(-16.0) * t3 + np.float32(20.0) * t2 + np.float32(8.0) * t
        )
        taps[4, k] = twelfth * (np.float32(7.0) * t3 - np.float32(6.0) * t2 - t)
        taps[5, k] = twelfth * (-t3 + t2)


@njit(cache=True, nogil=True)
def _run_end(x, x1, start, slope, whole):
    """First column past `x` at which floor(start + slope * column) - column is not `whole`."""
    drift = slope - 1.0
    if drift == 0.0:
        return x1
    edge = whole + 1.0 if drift > 0.0 else float(whole)
    end = int(np.ceil((edge - start) / drift))
    return min(max(end, x + 1), x1)


@njit(cache=True, nogil=True)
def _level_end(x, x1, start, slope, whole):
    """First column past `x` at which floor(start + slope * column) is not `whole`."""
    if slope == 0.0:
        return x1
    edge = whole + 1.0 if slope > 0.0 else float(whole)
    end = int(np.ceil((edge - start) / slope))
    return min(max(end, x + 1), x1)


@njit(cache=True, nogil=True)
def warp_tile(source, first_row, inverse, curves, y0, x0, out):
    """Resample one tile of the reference frame out of a frame.

    Beyond its border a frame is continued by its border pixels.

    Parameters
    ----------
    source : (R, W, 3) uint16, rows `first_row` … of the frame, as `source_rows` names them
    first_row : int
    inverse : (3, 3) float64 affine, reference px → frame px, rotation well under 45 degrees
    curves : (3, 65536) float32, the value that each sample of a channel stands for
    y0, x0 : position of the tile in the reference frame
    out : (3, h, w) float32, written
    """
    height, width = out.shape[1], out.shape[2]
    rows, columns = source.shape[0], source.shape[1]
    a, b, c = inverse[0, 0], inverse[0, 1], inverse[0, 2]
    d, e, f = inverse[1, 0], inverse[1, 1], inverse[1, 2]
    slope = a - b * d / e
    shear = b / e
    constant = c - b * f / e
    x1 = x0 + width
    passed = np.empty((3, rows, width), np.float32)
    fraction = np.empty(width, np.float32)
    taps = np.empty((6, width), np.float32)
    # Columns of the source that this tile may touch, continued at the border.
    reach = 4
    left_most = 1 << 30
    right_most = -(1 << 30)
    for r in (first_row, first_row + rows - 1):
        for x in (x0, x1 - 1):
            u = int(np.floor(slope * x + shear * r + constant))
            left_most = min(left_most, u - reach)
            right_most = max(right_most, u + reach + 1)
    span = right_most - left_most + 1
    line = np.empty((3, span), np.float32)
    from_column = min(max(left_most, 0), columns - 1)
    to_column = min(max(right_most + 1, from_column + 1), columns)
    for r in range(rows):
        pixels = source[r]
        # A tile may lie wholly beside the frame.
        for x in range(max(from_column, left_most), min(to_column, right_most + 1)):
            line[0, x - left_most] = curves[0, pixels[x, 0]]
            line[1, x - left_most] = curves[1, pixels[x, 1]]
            line[2, x - left_most] = curves[2, pixels[x, 2]]
        for channel in range(3):
            border = curves[channel, pixels[from_column, channel]]
            for x in range(min(max(from_column - left_most, 0), span)):
                line[channel, x] = border
            border = curves[channel, pixels[to_column - 1, channel]]
            for x in range(min(max(to_column - left_most, 0), span), span):
                line[channel, x] = border
        start = shear * (first_row + r) + constant
        x = x0
        while x < x1:
            offset = int(np.floor(start + slope * x)) - x
            end = _run_end(x, x1, start, slope, offset)
            n = end - x
            base = start - offset
            for k in range(n):
                at = float(x + k)
                fraction[k] = np.float32(base + (slope - 1.0) * at)
            _six_tap(fraction[:n], taps)
            at = x + offset - 2 - left_most
            for channel in range(3):
                values = line[channel]
                target = passed[channel, r]
                for k in range(n):
                    target[x - x0 + k] = (
                        taps[0, k] * values[at + k]
                        + taps[1, k] * values[at + k + 1]
                        + taps[2, k] * values[at + k + 2]
                        + taps[3, k] * values[at + k + 3]
                        + taps[4, k] * values[at + k + 4]
                        + taps[5, k] * values[at + k + 5]
                    )
            x = end
    last = rows - 1
    for y in range(height):
        start = e * (y0 + y) + f
        x = x0
        while x < x1:
            whole = int(np.floor(start + d * x))
            end = _level_end(x, x1, start, d, whole)
            n = end - x
            for k in range(n):
                fraction[k] = np.float32(start - whole + d * float(x + k))
            _six_tap(fraction[:n], taps)
            at = x - x0
            r = whole - first_row
            r0 = min(max(r - 2, 0), last)
            r1 = min(max(r - 1, 0), last)
            r2 = min(max(r, 0), last)
            r3 = min(max(r + 1, 0), last)
            r4 = min(max(r + 2, 0), last)
            r5 = min(max(r + 3, 0), last)
            for channel in range(3):
                plane = passed[channel]
                l0, l1, l2 = plane[r0], plane[r1], plane[r2]
                l3, l4, l5 = plane[r3], plane[r4], plane[r5]
                target = out[channel, y]
                for k in range(n):
                    target[at + k] = (
                        taps[0, k] * l0[at + k]
                        + taps[1, k] * l1[at + k]
                        + taps[2, k] * l2[at + k]
                        + taps[3, k] * l3[at + k]
                        + taps[4, k] * l4[at + k]
                        + taps[5, k] * l5[at + k]
                    )
            x = end
