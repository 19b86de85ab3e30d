"""What one step of a descent sums over the px of a level, block by block of the frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Parameters of a px's residual: the motion's (dx, dy, and their slopes along x and y in half of
# the longer side); gain and offset of the whole frame; and the block's own, half of the difference
# in blur.
MOVING, SHARED, ALL = 6, 8, 9
# So many px are summed up side by side.
LANES = 32


class Sums(NamedTuple):
    """Sums over the px of a level, for B blocks each way.

    Attributes
    ----------
    hessian, gradient : (B, B, ALL, ALL), its upper triangle, and (B, B, ALL) float64
    squared, inside : (B, B) float64, weighted squared residuals and px
    moments : (6,) float64, sums of T, I, TT, II, TI and |residual| over all px
    """

    hessian: NDArray[np.float64]
    gradient: NDArray[np.float64]
    squared: NDArray[np.float64]
    inside: NDArray[np.float64]
    moments: NDArray[np.float64]


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
def _take(px, first, columns, taps, lane):
    """Take 4 x 4 px, row by row from a flat position on, as a lane of `taps`.

    Positions are unsigned: others are asked each time whether they count from the end.
    """
    for k in range(4):
        for m in range(4):
            lanes_before = np.uint64((4 * k + m) * LANES)
            taps[lanes_before + lane] = px[first + np.uint64(k) * columns + np.uint64(m)]


@kernel
def _interpolate(taps, places, count, sampled):
    """Catmull-Rom interpolation of so many lanes, side by side.

    Parameters
    ----------
    taps : (16 * LANES,) float32, px row by row, lanes of each
    places : (2 * LANES,) float64, lanes of the column's part of a px, and of the row's
    sampled : (LANES,) float64, written
    """
    for q in range(count):
        wx, wy = _catmull_rom(places[q]), _catmull_rom(places[LANES + q])
        total = 0.0
        for k in range(4):
            total += wy[k] * (
                wx[0] * taps[4 * k * LANES + q]
                + wx[1] * taps[(4 * k + 1) * LANES + q]
                + wx[2] * taps[(4 * k + 2) * LANES + q]
                + wx[3] * taps[(4 * k + 3) * LANES + q]
            )
        sampled[q] = total


@kernel
def _add_lanes(lines, weights, size, with_hessian, weighted, curve, pull):
    """Add what px have, each to its own sums, which processors do for many at once.

    How many lanes there are is not told: loops of a known length are unrolled, and then take twice
    as long.
    """
    residual = lines[ALL]
    for m in range(size):
        line, own = lines[m], pull[m]
        for q in range(weighted.size):
            weighted[q] = weights[q] * line[q]
        for q in range(weighted.size):
            own[q] += weighted[q] * residual[q]
        if with_hessian:
            for n in range(m, size):
                for q in range(weighted.size):
                    curve[m, n, q] += weighted[q] * lines[n, q]


@kernel
def _add_up(lanes, first, size, totals):
    """Add the lanes (n, LANES) of each of `first` to `size` to its total, in their order."""
    for n in range(first, size):
        total = totals[n]
        for q in range(LANES):
            total += lanes[n, q]
        totals[n] = total


@kernel
def add_block_sums(own, image, matrix, light, tolerated, with_hessian, size, sums):
    """Sums over the px of a level for one Gauss-Newton step.

    A px whose residual is `tolerated` counts half, less beyond it (Cauchy).

    Parameters
    ----------
    own : Level
    image : (H, W) float32, of the other frame
    matrix : (3, 3), px of `own` → image px
    light : (B, B, ALL - MOVING), gain less 1, offset and half of the block's difference in blur
    size : how many parameters there are, SHARED or ALL
    sums : Sums, added to; its Hessians only `with_hessian`
    """
    rows, columns = image.shape
    blocks = sums.inside.shape[0]
    # Multiplied, for a division takes as long as all else that a px asks for.
    per_scale = 1.0 / (0.5 * max(rows, columns))
    per_tolerated = 1.0 / tolerated
    centre_x = 0.5 * (columns - 1)
    centre_y = 0.5 * (rows - 1)
    moments = sums.moments
    lines = np.zeros((ALL + 1, LANES), np.float32)
    weights, weighted = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    curve = np.zeros((ALL, ALL, LANES), np.float32)
    pull = np.zeros((ALL, LANES), np.float32)
    flat, wide = image.ravel(), np.uint64(columns)
    px, seen_there = np.zeros((LANES, 3), np.int64), np.zeros(LANES)
    taps, places = np.zeros(16 * LANES, np.float32), np.zeros(2 * LANES)
    sum_t, sum_i, sum_tt = moments[0], moments[1], moments[2]
    sum_ii, sum_ti, sum_off = moments[3], moments[4], moments[5]
    for i in range(blocks):
        for j in range(blocks):
            first, last = own.first[i * blocks + j], own.first[i * blocks + j + 1]
            gain, offset, blur = light[i, j, 0], light[i, j, 1], light[i, j, 2]
            inside, squared = sums.inside[i, j], sums.squared[i, j]
            filled, seen = 0, 0
            # Positions ascend within a block, so that their rows need no division.
            y = own.at[first] // columns if first < last else 0
            k = first
            while k < last:
                # Places of many px, then what the other frame shows there, then their residuals:
                # processors do the second for several at once.
                shown = 0
                while k < last and shown < LANES:
                    x = own.at[k] - y * columns
                    while x >= columns:
                        y += 1
                        x -= columns
                    u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
                    v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
                    if u >= 1.0 and v >= 1.0 and u < columns - 2.0 and v < rows - 2.0:
                        x0, y0 = int(np.floor(u)), int(np.floor(v))
                        places[shown], places[LANES + shown] = u - x0, v - y0
                        corner = np.uint64((y0 - 1) * columns + x0 - 1)
                        _take(flat, corner, wide, taps, np.uint64(shown))
                        px[shown, 0], px[shown, 1], px[shown, 2] = k, x, y
                        shown += 1
                    k += 1
                _interpolate(taps, places, shown, seen_there)
                for q in range(shown):
                    sampled = seen_there[q]
                    if np.isnan(sampled):
                        continue
                    p = px[q, 0]
                    value = own.value[p]
                    gx, gy = own.grad_x[p], own.grad_y[p]
                    nx = (px[q, 1] - centre_x) * per_scale
                    ny = (px[q, 2] - centre_y) * per_scale
                    residual = sampled - value - gain * value - offset
                    lines[0, filled] = gx
                    lines[1, filled] = gy
                    lines[2, filled] = gx * nx
                    lines[3, filled] = gx * ny
                    lines[4, filled] = gy * nx
                    lines[5, filled] = gy * ny
                    lines[6, filled] = value
                    lines[7, filled] = np.float32(1.0)
                    if size > SHARED:
                        lines[8, filled] = own.curvature[p]
                        residual -= blur * own.curvature[p]
                    weight = 1.0 / (1.0 + (residual * per_tolerated) ** 2)
                    sum_t += value
                    sum_i += sampled
                    sum_tt += value * value
                    sum_ii += sampled * sampled
                    sum_ti += value * sampled
                    sum_off += abs(residual)
                    inside += 1.0
                    squared += weight * residual * residual
                    lines[ALL, filled] = residual
                    weights[filled] = weight
                    if seen == 0:
                        pull[:] = np.float32(0.0)
                        if with_hessian:
                            curve[:] = np.float32(0.0)
                    filled, seen = filled + 1, seen + 1
                    if filled == LANES:
                        _add_lanes(lines, weights, size, with_hessian, weighted, curve, pull)
                        filled = 0
            if filled > 0:
                weights[filled:] = np.float32(0.0)
                _add_lanes(lines, weights, size, with_hessian, weighted, curve, pull)
            if seen == 0:
                continue
            sums.inside[i, j], sums.squared[i, j] = inside, squared
            _add_up(pull, 0, size, sums.gradient[i, j])
            if with_hessian:
                for m in range(size):
                    _add_up(curve[m], m, size, sums.hessian[i, j, m])
    moments[0], moments[1], moments[2] = sum_t, sum_i, sum_tt
    moments[3], moments[4], moments[5] = sum_ii, sum_ti, sum_off
