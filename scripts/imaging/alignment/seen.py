"""What another frame shows where px of a frame lie in it, for many of them at a time."""

from __future__ import annotations

import numpy as np

from imaging.sampling.kernels import kernel

# So many px at most.
AT_A_TIME = 128


@kernel
def _catmull_rom(s):
    """Weights of the px at -1, 0, 1 and 2 for a place at `s`, 0..1."""
    return (
        ((-0.5 * s + 1.0) * s - 0.5) * s,
        (1.5 * s - 2.5) * s * s + 1.0,
        ((-1.5 * s + 2.0) * s + 0.5) * s,
        (0.5 * s - 0.5) * s * s,
    )


@kernel
def place(matrix, right, bottom, columns, count, at, places, corners):
    """Write where so many px lie in the other frame, and their 4 x 4 px; how many lie outside.

    Parameters
    ----------
    matrix : (3, 3), px → px of the other frame
    right, bottom : what lies there or beyond, or before 1, is outside
    columns : of the other frame
    at : (2, AT_A_TIME) float64, columns and rows
    places : (2, AT_A_TIME) float64, written, the column's part of a px, and the row's
    corners : (AT_A_TIME,) int32, written, flat positions of the first; -1 for what lies outside
    """
    xx, xy, x_from = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    yx, yy, y_from = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    outside = 0
    for q in range(count):
        x, y = at[0, q], at[1, q]
        u = xx * x + xy * y + x_from
        v = yx * x + yy * y + y_from
        inside = (u >= 1.0) & (v >= 1.0) & (u < right) & (v < bottom)
        x0, y0 = np.floor(u), np.floor(v)
        places[0, q], places[1, q] = u - x0, v - y0
        # Exact, for whole numbers; processors make one of many integers at once.
        corner = (y0 - 1.0) * columns + (x0 - 1.0)
        corners[q] = np.int32(corner if inside else -1.0)
        outside += 0 if inside else 1
    return outside


@kernel
def drop_outside(count, px, at, places, corners):
    """Close the ranks of so many px where some lie outside; how many are left."""
    left = 0
    for q in range(count):
        if corners[q] < 0:
            continue
        px[left], corners[left] = px[q], corners[q]
        for k in range(2):
            at[k, left], places[k, left] = at[k, q], places[k, q]
        left += 1
    return left


@kernel
def take(px, corners, columns, count, taps):
    """Take 4 x 4 px, row by row from flat positions on, as lanes of `taps`, (16 * AT_A_TIME,).

    Positions are unsigned: others are asked each time whether they count from the end. Where the
    lanes lie is known to the compiler, which would run out of registers for sixteen pointers.
    """
    for q in range(count):
        first = np.uint64(corners[q])
        for k in range(4):
            for m in range(4):
                lane = np.uint64((4 * k + m) * AT_A_TIME + q)
                taps[lane] = px[first + np.uint64(k) * columns + np.uint64(m)]


@kernel
def interpolate(taps, places, count, sampled):
    """Catmull-Rom interpolation of so many px, side by side.

    Parameters
    ----------
    taps : (16, AT_A_TIME) float32, px row by row
    places : (2, AT_A_TIME) float64, the column's part of a px, and the row's
    sampled : (AT_A_TIME,) float64, written
    """
    for q in range(count):
        wx, wy = _catmull_rom(places[0, q]), _catmull_rom(places[1, q])
        total = 0.0
        for k in range(4):
            total += wy[k] * (
                wx[0] * taps[4 * k, q]
                + wx[1] * taps[4 * k + 1, q]
                + wx[2] * taps[4 * k + 2, q]
                + wx[3] * taps[4 * k + 3, q]
            )
        sampled[q] = total


@kernel
def any_hidden(sampled, count):
    """Whether the other frame hides any of so many px."""
    hidden = 0
    for q in range(count):
        hidden += sampled[q] != sampled[q]
    return hidden > 0


@kernel
def drop_hidden(sampled, count, px, at, taps, places):
    """Close the ranks of so many px where some are hidden in the other frame; how many are left."""
    left = 0
    for q in range(count):
        if np.isnan(sampled[q]):
            continue
        px[left], sampled[left] = px[q], sampled[q]
        for k in range(2):
            at[k, left], places[k, left] = at[k, q], places[k, q]
        for k in range(16):
            taps[k, left] = taps[k, q]
        left += 1
    return left
