"""Descent to the motion that explains a frame by another, at one resolution.

Gauss-Newton steps on intensities [1]_. Where defocus moves an edge (a clipped highlight, the rim of
something in front), the place disagrees with the rest of the frame, and blocks of it are outvoted.

.. [1] S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying framework",
   Int. J. Computer Vision 56 (2004), 221-255: the inverse compositional algorithm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Level
from imaging.sampling.kernels import kernel

# Residuals are judged by their mean; the Hessians are taken anew once they are known.
TOLERATED = 4.0
FRESH_STEPS = (0, 1)
# A frame is divided into so many blocks each way, which vote on its motion.
MOST_BLOCKS = 12
LEAST_BLOCK_SIDE_PX = 6
LEAST_BLOCK_PIXELS = 16
# Share of the typical residual variance below which a block's own is not believed.
VARIANCE_FLOOR = 0.25
# A block counts half that differs from the motion by so many times as much as blocks do.
AGREEING = 1.0


@kernel
def _sample(image, u, v):
    """Catmull-Rom interpolation at column u, row v; the caller keeps 1 px away from the border."""
    x0 = int(np.floor(u))
    y0 = int(np.floor(v))
    s = u - x0
    t = v - y0
    wx0 = ((-0.5 * s + 1.0) * s - 0.5) * s
    wx1 = (1.5 * s - 2.5) * s * s + 1.0
    wx2 = ((-1.5 * s + 2.0) * s + 0.5) * s
    wx3 = (0.5 * s - 0.5) * s * s
    total = 0.0
    for k in range(4):
        if k == 0:
            wy = ((-0.5 * t + 1.0) * t - 0.5) * t
        elif k == 1:
            wy = (1.5 * t - 2.5) * t * t + 1.0
        elif k == 2:
            wy = ((-1.5 * t + 2.0) * t + 0.5) * t
        else:
            wy = (0.5 * t - 0.5) * t * t
        line = image[y0 - 1 + k]
        total += wy * (
            wx0 * line[x0 - 1] + wx1 * line[x0] + wx2 * line[x0 + 1] + wx3 * line[x0 + 2]
        )
    return total


@kernel
def _add_block_sums(
    index,
    value,
    grad_x,
    grad_y,
    image,
    matrix,
    gain,
    offset,
    tolerated,
    with_hessian,
    hessian,
    gradient,
    squared,
    inside,
    moments,
):
    """Sums over the template's pixels for one Gauss-Newton step, block by block.

    Parameters are (dx, dy, and their slopes along x and y in half of the longer side, gain,
    offset). A pixel whose residual is `tolerated` counts half, less beyond it (Cauchy).

    Parameters
    ----------
    hessian, gradient : (B, B, 8, 8) and (B, B, 8) float64, added to, for B blocks each way
    squared, inside : (B, B) float64, weighted squared residuals and pixels, added to
    moments : (6,) float64, added to: sums of T, I, TT, II, TI and |residual| over all pixels
    """
    rows, columns = image.shape
    blocks = inside.shape[0]
    scale = 0.5 * max(rows, columns)
    centre_x = 0.5 * (columns - 1)
    centre_y = 0.5 * (rows - 1)
    jacobian = np.empty(8)
    for k in range(index.size):
        y = index[k] // columns
        x = index[k] - y * columns
        u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
        v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
        if u < 1.0 or v < 1.0 or u >= columns - 2.0 or v >= rows - 2.0:
            continue
        sampled = _sample(image, u, v)
        if np.isnan(sampled):
            continue
        template = value[k]
        residual = sampled - gain * template - offset
        nx = (x - centre_x) / scale
        ny = (y - centre_y) / scale
        gx = gain * grad_x[k]
        gy = gain * grad_y[k]
        weight = 1.0 / (1.0 + (residual / tolerated) ** 2)
        moments[0] += template
        moments[1] += sampled
        moments[2] += template * template
        moments[3] += sampled * sampled
        moments[4] += template * sampled
        moments[5] += abs(residual)
        i, j = y * blocks // rows, x * blocks // columns
        inside[i, j] += 1.0
        squared[i, j] += weight * residual * residual
        jacobian[0] = gx
        jacobian[1] = gy
        jacobian[2] = gx * nx
        jacobian[3] = gx * ny
        jacobian[4] = gy * nx
        jacobian[5] = gy * ny
        jacobian[6] = template
        jacobian[7] = 1.0
        residual *= weight
        for m in range(8):
            gradient[i, j, m] += jacobian[m] * residual
        if with_hessian:
            for m in range(8):
                weighted = weight * jacobian[m]
                for n in range(m, 8):
                    hessian[i, j, m, n] += weighted * jacobian[n]


def _trust_in_blocks(
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
    squared: NDArray[np.float64],
    inside: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How much each block counts: (B, B), 0 to about 4.

    A block counts by the inverse of its residual variance, as least squares has it for unequal
    noise. One that would rather move elsewhere than the others counts less (Cauchy): a highlight
    that wanders with the focus, the rim of something blurred, a subject that moved.
    """
    used = inside >= LEAST_BLOCK_PIXELS
    if not used.any():
        return np.zeros_like(inside)
    variance = np.where(used, squared / np.maximum(inside, 1.0), np.inf)
    typical = np.median(variance[used]) + 1e-30
    trust = np.where(used, typical / (variance + VARIANCE_FLOOR * typical), 0.0)
    own = hessian[..., :2, :2] + 1e-6 * np.eye(2)
    shift = np.linalg.solve(own, gradient[..., :2, None])[..., 0]
    squared_shift = np.where(used, (shift * shift).sum(-1), np.inf)
    weight = np.where(used, trust * np.sqrt(np.maximum(np.linalg.det(own), 0.0)), 0.0).ravel()
    order = np.argsort(squared_shift, axis=None, kind="stable")
    middle = np.searchsorted(np.cumsum(weight[order]), 0.5 * weight.sum())
    scatter = squared_shift.ravel()[order[min(middle, order.size - 1)]]
    return trust / (1.0 + squared_shift / (AGREEING**2 * scatter + 1e-6))


# Rows: free parameters of a model; columns: (dx, dy, dx/nx, dx/ny, dy/nx, dy/ny).
_FREEDOM = {
    "translation": np.eye(6)[:2],
    "similarity": np.array(
        [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1], [0, 0, 0, -1, 1, 0]], float
    ),
    "affine": np.eye(6),
}


def descend(
    template: Level, image: Level, matrix: NDArray[np.float64], model: str, steps: int
) -> tuple[NDArray[np.float64], float, NDArray[np.float64] | None]:
    """Refine `matrix` (template px → image px) at one level.

    Returns the matrix, the correlation of the detail, and the covariance of the six motion
    parameters (None where the frames do not overlap enough to say).
    """
    rows, columns = template.image.shape
    scale = 0.5 * max(rows, columns)
    freedom = np.zeros((len(_FREEDOM[model]) + 2, 8))
    freedom[:-2, :6] = _FREEDOM[model]
    freedom[-2, 6] = freedom[-1, 7] = 1.0
    minimum = max(64, template.index.size // 8)
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
        moments = np.zeros(6)
        _add_block_sums(
            template.index,
            template.value,
            template.grad_x,
            template.grad_y,
            image.image,
            matrix,
            gain,
            offset,
            tolerated,
            fresh,
            hessian,
            gradient,
            squared,
            inside,
            moments,
        )
        count = inside.sum()
        if count < minimum:
            return matrix, -1.0, None
        if fresh:
            hessian += np.triu(np.ones((8, 8)), 1).T * hessian.swapaxes(-1, -2)
        tolerated = max(TOLERATED * moments[5] / count, 1e-12)
        trust = _trust_in_blocks(hessian, gradient, squared, inside)
        if not trust.any():
            return matrix, -1.0, None
        normal = freedom @ (trust[..., None, None] * hessian).sum((0, 1)) @ freedom.T
        normal[np.diag_indices_from(normal)] += 1e-9 * np.trace(normal)
        pull = freedom @ (trust[..., None] * gradient).sum((0, 1))
        change = freedom.T @ np.linalg.solve(normal, pull)
        gain += change[6]
        offset += change[7]
        increment = np.array(
            [
                [1 + change[2] / scale, change[3] / scale, change[0]],
                [change[4] / scale, 1 + change[5] / scale, change[1]],
                [0, 0, 1.0],
            ]
        )
        matrix = matrix @ centre @ np.linalg.inv(increment) @ np.linalg.inv(centre)
        if step > 1 and np.abs(change[:6]).max() < 2e-3:
            break
    mean_t, mean_i = moments[0] / count, moments[1] / count
    variance = (moments[2] / count - mean_t**2) * (moments[3] / count - mean_i**2)
    correlation = (moments[4] / count - mean_t * mean_i) / np.sqrt(max(variance, 1e-30))
    noise = (trust * squared).sum() / count
    covariance = freedom.T @ np.linalg.inv(normal) @ freedom * noise
    return matrix, float(correlation), covariance[:6, :6]
