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
def _sample(image, u, v):
    """Catmull-Rom interpolation at column u, row v; the caller keeps 1 px away from the border."""
    x0, y0 = int(np.floor(u)), int(np.floor(v))
    wx, wy = _catmull_rom(u - x0), _catmull_rom(v - y0)
    total = 0.0
    for k in range(4):
        line = image[y0 - 1 + k]
        total += wy[k] * (
            wx[0] * line[x0 - 1] + wx[1] * line[x0] + wx[2] * line[x0 + 1] + wx[3] * line[x0 + 2]
        )
    return total


@kernel
def _add_lanes(lines, weights, size, with_hessian, weighted, curve, pull):
    """Add what `LANES` px have, each to its own sums, which processors do for many at once."""
    residual = lines[ALL]
    for m in range(size):
        line, own = lines[m], pull[m]
        for q in range(LANES):
            weighted[q] = weights[q] * line[q]
        for q in range(LANES):
            own[q] += weighted[q] * residual[q]
        if with_hessian:
            for n in range(m, size):
                other, product = lines[n], curve[m, n]
                for q in range(LANES):
                    product[q] += weighted[q] * other[q]


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
    jacobian = np.zeros(ALL)
    lines = np.zeros((ALL + 1, LANES), np.float32)
    weights, weighted = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    curve = np.zeros((ALL, ALL, LANES), np.float32)
    pull = np.zeros((ALL, LANES), np.float32)
    for i in range(blocks):
        for j in range(blocks):
            explained = light[i, j]
            curve[:], pull[:] = np.float32(0.0), np.float32(0.0)
            first, last = own.first[i * blocks + j], own.first[i * blocks + j + 1]
            filled = 0
            for k in range(first, last):
                y = own.at[k] // columns
                x = own.at[k] - y * columns
                u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
                v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
                sampled = np.nan
                if u >= 1.0 and v >= 1.0 and u < columns - 2.0 and v < rows - 2.0:
                    sampled = _sample(image, u, v)
                if not np.isnan(sampled):
                    value = own.value[k]
                    gx, gy = own.grad_x[k], own.grad_y[k]
                    nx = (x - centre_x) * per_scale
                    ny = (y - centre_y) * per_scale
                    jacobian[0] = gx
                    jacobian[1] = gy
                    jacobian[2] = gx * nx
                    jacobian[3] = gx * ny
                    jacobian[4] = gy * nx
                    jacobian[5] = gy * ny
                    jacobian[6] = value
                    jacobian[7] = 1.0
                    if size > SHARED:
                        jacobian[8] = own.curvature[k]
                    residual = sampled - value
                    for m in range(MOVING, size):
                        residual -= explained[m - MOVING] * jacobian[m]
                    weight = 1.0 / (1.0 + (residual * per_tolerated) ** 2)
                    moments[0] += value
                    moments[1] += sampled
                    moments[2] += value * value
                    moments[3] += sampled * sampled
                    moments[4] += value * sampled
                    moments[5] += abs(residual)
                    sums.inside[i, j] += 1.0
                    sums.squared[i, j] += weight * residual * residual
                    for m in range(size):
                        lines[m, filled] = jacobian[m]
                    lines[ALL, filled] = residual
                    weights[filled] = weight
                    filled += 1
                if filled == LANES or (filled > 0 and k == last - 1):
                    weights[filled:] = np.float32(0.0)
                    _add_lanes(lines, weights, size, with_hessian, weighted, curve, pull)
                    filled = 0
            for m in range(size):
                for q in range(LANES):
                    sums.gradient[i, j, m] += pull[m, q]
                if with_hessian:
                    for n in range(m, size):
                        for q in range(LANES):
                            sums.hessian[i, j, m, n] += curve[m, n, q]
