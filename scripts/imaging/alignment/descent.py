"""Descent to the motion that explains a frame by another, at one resolution.

Gauss-Newton steps on intensities [1]_. Where defocus moves an edge (a clipped highlight, the rim of
something in front), the place disagrees with the rest of the frame, and blocks of it are outvoted.

.. [1] S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying framework",
   Int. J. Computer Vision 56 (2004), 221-255: the inverse compositional algorithm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Level
from imaging.alignment.models import MODELS, motion
from imaging.sampling.kernels import kernel

# How these were chosen matters little: varied twofold or more, the largest error of a made stack
# whose motions are known (13 frames, 16 % breathing, tremor, defocus) stays at 0.036 to 0.041 px.
# That blocks vote does matter: it is 0.050 px with one block, 0.044 px where all count alike.

# Residuals are judged by their mean; the Hessians are taken anew once they are known.
TOLERATED = 4.0
FRESH_STEPS = (0, 1)
# A step that changes no parameter by more, px of the level, is the last.
CONVERGED_PX = 2e-3
# Fewer px that both frames show, as a number and as a share of the template's, tell no motion.
LEAST_PIXELS, LEAST_SHARE = 64, 1 / 8
# A frame is divided into so many blocks each way, which vote on its motion.
MOST_BLOCKS = 12
LEAST_BLOCK_SIDE_PX = 6
LEAST_BLOCK_PIXELS = 16
# Share of the typical residual variance below which a block's own is not believed.
VARIANCE_FLOOR = 0.25
# A block counts half that differs from the motion by so many times as much as blocks do; nearer
# than LEAST_SCATTER_PX all agree.
AGREEING = 1.0
LEAST_SCATTER_PX = 1e-3
# Shares of the trace that are added to what is inverted, so that a place without texture, or with
# edges of one direction alone, does not end in a division by zero.
DAMPING = 1e-9
BLOCK_DAMPING = 1e-6


class _Sums(NamedTuple):
    """What one step sums over the template's px, block by block, for B blocks each way.

    Attributes
    ----------
    hessian, gradient : (B, B, 8, 8), its upper triangle, and (B, B, 8) float64
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
def _add_block_sums(template, image, matrix, gain, offset, tolerated, with_hessian, sums):
    """Sums over the template's px for one Gauss-Newton step.

    Parameters are (dx, dy, and their slopes along x and y in half of the longer side, gain,
    offset). A px whose residual is `tolerated` counts half, less beyond it (Cauchy).

    Parameters
    ----------
    template : Level
    image : (H, W) float32, of the other frame
    matrix : (3, 3), template px → image px
    sums : _Sums, added to; its Hessians only `with_hessian`
    """
    rows, columns = image.shape
    blocks = sums.inside.shape[0]
    scale = 0.5 * max(rows, columns)
    centre_x = 0.5 * (columns - 1)
    centre_y = 0.5 * (rows - 1)
    hessian, gradient, moments = sums.hessian, sums.gradient, sums.moments
    jacobian = np.empty(8)
    for k in range(template.at.size):
        y = template.at[k] // columns
        x = template.at[k] - y * columns
        u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
        v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
        if u < 1.0 or v < 1.0 or u >= columns - 2.0 or v >= rows - 2.0:
            continue
        sampled = _sample(image, u, v)
        if np.isnan(sampled):
            continue
        value = template.value[k]
        residual = sampled - gain * value - offset
        nx = (x - centre_x) / scale
        ny = (y - centre_y) / scale
        gx = gain * template.grad_x[k]
        gy = gain * template.grad_y[k]
        weight = 1.0 / (1.0 + (residual / tolerated) ** 2)
        moments[0] += value
        moments[1] += sampled
        moments[2] += value * value
        moments[3] += sampled * sampled
        moments[4] += value * sampled
        moments[5] += abs(residual)
        i, j = y * blocks // rows, x * blocks // columns
        sums.inside[i, j] += 1.0
        sums.squared[i, j] += weight * residual * residual
        jacobian[0] = gx
        jacobian[1] = gy
        jacobian[2] = gx * nx
        jacobian[3] = gx * ny
        jacobian[4] = gy * nx
        jacobian[5] = gy * ny
        jacobian[6] = value
        jacobian[7] = 1.0
        residual *= weight
        for m in range(8):
            gradient[i, j, m] += jacobian[m] * residual
        if with_hessian:
            for m in range(8):
                weighted = weight * jacobian[m]
                for n in range(m, 8):
                    hessian[i, j, m, n] += weighted * jacobian[n]


def _trust_in_blocks(sums: _Sums) -> NDArray[np.float64]:
    """How much each block counts: (B, B), 0 to about 4.

    A block counts by the inverse of its residual variance, as least squares has it for unequal
    noise. One that would rather move elsewhere than the others counts less (Cauchy): a highlight
    that wanders with the focus, the rim of something blurred, a subject that moved.
    """
    used = sums.inside >= LEAST_BLOCK_PIXELS
    if not used.any():
        return np.zeros_like(sums.inside)
    variance = np.where(used, sums.squared / np.maximum(sums.inside, 1.0), np.inf)
    typical = np.median(variance[used]) + 1e-30
    trust = np.where(used, typical / (variance + VARIANCE_FLOOR * typical), 0.0)
    own = sums.hessian[..., :2, :2] + BLOCK_DAMPING * np.eye(2)
    shift = np.linalg.solve(own, sums.gradient[..., :2, None])[..., 0]
    squared_shift = np.where(used, (shift * shift).sum(-1), np.inf)
    weight = np.where(used, trust * np.sqrt(np.maximum(np.linalg.det(own), 0.0)), 0.0).ravel()
    order = np.argsort(squared_shift, axis=None, kind="stable")
    middle = np.searchsorted(np.cumsum(weight[order]), 0.5 * weight.sum())
    scatter = squared_shift.ravel()[order[min(middle, order.size - 1)]]
    return trust / (1.0 + squared_shift / (AGREEING**2 * scatter + LEAST_SCATTER_PX**2))


def descend(
    template: Level, image: Level, matrix: NDArray[np.float64], model: str, steps: int
) -> tuple[NDArray[np.float64], float, NDArray[np.float64] | None]:
    """Refine `matrix` (template px → image px) at one level.

    Returns
    -------
    matrix : (3, 3) float64
    correlation : -1..1, of the detail; -1 where the frames do not overlap enough to say
    covariance : (6, 6) float64, of the motion's parameters; None where they do not
    """
    rows, columns = template.image.shape
    scale = 0.5 * max(rows, columns)
    # Gain and offset are free as well.
    freedom = np.pad(MODELS[model], ((0, 2), (0, 2)))
    freedom[-2:, -2:] = np.eye(2)
    least = max(LEAST_PIXELS, int(template.at.size * LEAST_SHARE))
    centre = np.array([[1, 0, 0.5 * (columns - 1)], [0, 1, 0.5 * (rows - 1)], [0, 0, 1.0]])
    blocks = max(1, min(MOST_BLOCKS, min(rows, columns) // LEAST_BLOCK_SIDE_PX))
    hessian = np.zeros((blocks, blocks, 8, 8))
    gain, offset, tolerated = 1.0, 0.0, np.inf
    for step in range(steps):
        fresh = step in FRESH_STEPS
        if fresh:
            hessian[:] = 0.0
        gradient = np.zeros((blocks, blocks, 8))
        squared, inside = np.zeros((2, blocks, blocks))
        sums = _Sums(hessian, gradient, squared, inside, np.zeros(6))
        _add_block_sums(template, image.image, matrix, gain, offset, tolerated, fresh, sums)
        count = inside.sum()
        if count < least:
            return matrix, -1.0, None
        if fresh:
            hessian += np.triu(np.ones((8, 8)), 1).T * hessian.swapaxes(-1, -2)
        tolerated = max(TOLERATED * sums.moments[5] / count, 1e-12)
        trust = _trust_in_blocks(sums)
        if not trust.any():
            return matrix, -1.0, None
        normal = freedom @ (trust[..., None, None] * hessian).sum((0, 1)) @ freedom.T
        if not np.trace(normal) > 0:
            # Nothing slopes where the two overlap, as in a strip of one even colour.
            return matrix, -1.0, None
        normal[np.diag_indices_from(normal)] += DAMPING * np.trace(normal)
        pull = freedom @ (trust[..., None] * gradient).sum((0, 1))
        change = freedom.T @ np.linalg.solve(normal, pull)
        gain += change[6]
        offset += change[7]
        increment = np.eye(3) + motion(change[:6]) / [scale, scale, 1.0]
        matrix = matrix @ centre @ np.linalg.inv(increment) @ np.linalg.inv(centre)
        if step > FRESH_STEPS[-1] and np.abs(change[:6]).max() < CONVERGED_PX:
            break
    mean_t, mean_i, mean_tt, mean_ii, mean_ti = sums.moments[:5] / count
    variance = (mean_tt - mean_t**2) * (mean_ii - mean_i**2)
    correlation = (mean_ti - mean_t * mean_i) / np.sqrt(max(variance, 1e-30))
    noise = (trust * squared).sum() / count
    covariance = freedom.T @ np.linalg.inv(normal) @ freedom * noise
    return matrix, float(correlation), covariance[:6, :6]
