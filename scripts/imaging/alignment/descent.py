"""Descent to the motion that explains two frames by each other, at one resolution.

Gauss-Newton steps on intensities [1]_, on both frames' own gradients at once, so that neither is
the one that is looked for: the motion from one to the other is the inverse of the motion back.

Frames of a focus stack differ in blur besides: a picture that is blurred over a further spread of
d px squared is to first order I + d (d2I/dx2 + d2I/dy2) / 2. So d is found in every block of the
frame together with the motion. Where something else moves an edge (a clipped highlight, the rim of
something in front), blocks disagree with the rest and are outvoted.

.. [1] S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying framework",
   Int. J. Computer Vision 56 (2004), 221-255: the inverse compositional algorithm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.block_sums import ALL, MOVING, SHARED, Sums, add_block_sums
from imaging.alignment.detail import Level, blocks_of
from imaging.alignment.models import MODELS, motion
from imaging.alignment.small_matrices import inverse, product, solved

# How these were chosen matters little. What matters is what is each block's own: of 14 made stacks
# the mean error at the corners is 0.069 px with the blur, 0.082 with slopes of blur and of contrast
# besides, which a motion looks like; of seven of them 0.101 with nothing, 0.087 with all.

# Residuals are judged by their mean; the Hessians are taken anew once they are known.
TOLERATED = 4.0
FRESH_STEPS = (0, 1)
# A step that changes no parameter by more, px of the level, is the last.
CONVERGED_PX = 2e-3
# One that moves the border by a larger share of half of the longer side has run away.
LARGEST_STEP = 0.5
# Fewer px that both frames show, as a number and as a share of the template's, tell no motion.
LEAST_PIXELS, LEAST_SHARE = 64, 1 / 8
# Blocks in which fewer px are seen do not vote.
LEAST_BLOCK_PIXELS = 16
# Blur is found in blocks where the frame's shorter side is at least so long.
LEAST_SIDE_PX = 100
# A frame is divided into so many parts each way, which tell by how they differ how certain a motion
# is.
PARTS = 6
# Share of the typical residual variance below which a block's own is not believed.
VARIANCE_FLOOR = 0.25
# A block counts half that differs from the motion by so many times as much as blocks do; nearer
# than LEAST_SCATTER_PX all agree.
AGREEING = 1.0
LEAST_SCATTER_PX = 1e-3
# Shares of what is inverted that are added to it, so that a place without texture, or with edges
# of one direction alone, does not end in a division by zero.
DAMPING = 1e-9
BLOCK_DAMPING = 1e-6
# Half a block's difference in blur, px squared, is so large beforehand, as a standard deviation.
# Errors of so many px next to each other are alike.
LIKELY, ALIKE = 1.0, 10.0
# What is so many times as large, or a gain or an offset of the frame so large, has run away.
MOST_UNLIKELY, MOST_LIGHT = 10.0, 100.0


class Match(NamedTuple):
    """How two frames fit at one resolution.

    Attributes
    ----------
    matrix : (3, 3) float64, template px → image px
    correlation : -1..1, of the detail; -1 where the frames do not overlap enough to say
    sways : (PARTS * PARTS, 3, 3) float64, what each part of the frame adds to `matrix` by itself,
        which is how uncertain that is; None where the frames do not overlap enough
    """

    matrix: NDArray[np.float64]
    correlation: float
    sways: NDArray[np.float64] | None


class _Side:
    """One of the two frames, explained by the other one."""

    def __init__(self, own: Level, other: Level, blocks: int, size: int) -> None:
        self.own, self.image, self.size = own, other.image, size
        self.least = max(LEAST_PIXELS, int(own.at.size * LEAST_SHARE))
        self.hessian = np.zeros((blocks, blocks, ALL, ALL))
        self.tolerated = np.inf

    def sum_up(
        self, matrix: NDArray[np.floating], light: NDArray[np.float64], fresh: bool
    ) -> Sums | None:
        """Take the sums of a step; None where the frames do not overlap enough.

        Parameters
        ----------
        matrix : (3, 3), own px → px of the other frame
        light : (B, B, ALL - MOVING), how light and blur differ
        fresh : whether the Hessians are taken anew
        """
        blocks = len(light)
        if fresh:
            self.hessian[:] = 0.0
        squared, inside = np.zeros((2, blocks, blocks))
        gradient = np.zeros((blocks, blocks, ALL))
        sums = Sums(self.hessian, gradient, squared, inside, np.zeros(6))
        add_block_sums(self.own, self.image, matrix, light, self.tolerated, fresh, self.size, sums)
        self.count, self.moments = inside.sum(), sums.moments
        if self.count < self.least:
            return None
        if fresh:
            upper = np.triu(np.ones((ALL, ALL)), 1)
            self.hessian += upper.T * self.hessian.swapaxes(-1, -2)
        self.tolerated = float(max(TOLERATED * sums.moments[5] / self.count, 1e-12))
        return sums

    @property
    def correlation(self) -> float:
        """Of the detail of both frames."""
        mean_t, mean_i, mean_tt, mean_ii, mean_ti = self.moments[:5] / self.count
        variance = (mean_tt - mean_t**2) * (mean_ii - mean_i**2)
        return float((mean_ti - mean_t * mean_i) / np.sqrt(max(variance, 1e-30)))


class _Own(NamedTuple):
    """What is each block's own, and what is left of its Hessian whatever that is.

    Attributes
    ----------
    shared : (B, B, n, n), of the n parameters that blocks share
    share : (B, B, n, m), what a block's m own parameters take of what pulls at the shared ones
    inverse : (B, B, m, m), of the own parameters' Hessian
    known : (B, B, m), how firmly these are held to 0
    """

    shared: NDArray[np.float64]
    share: NDArray[np.float64]
    inverse: NDArray[np.float64]
    known: NDArray[np.float64]


def _own(hessian: NDArray[np.float64], common: int, variance: NDArray[np.float64]) -> _Own | None:
    """Leave out what is a block's own; None where nothing is.

    Parameters
    ----------
    hessian : (B, B, n + m, n + m)
    common : n
    variance : (B, B), of a px's residual
    """
    own = hessian[..., common:, common:]
    if own.size == 0:
        return None
    mixed = hessian[..., :common, common:]
    known = ALIKE * variance[..., None] / LIKELY**2
    held = known + DAMPING * np.einsum("...ii", own)[..., None] + DAMPING
    undone = inverse(own + held[..., None] * np.eye(own.shape[-1]))
    share = product(mixed, undone)
    shared = hessian[..., :common, :common] - product(share, mixed.swapaxes(-1, -2))
    return _Own(shared, share, undone, known)


def _trust_in_blocks(
    shared: NDArray[np.float64],
    pull: NDArray[np.float64],
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
    own = shared[..., :2, :2] + BLOCK_DAMPING * np.eye(2)
    shift = solved(own, pull[..., :2, None])[..., 0]
    squared_shift = np.where(used, (shift * shift).sum(-1), np.inf)
    told = own[..., 0, 0] * own[..., 1, 1] - own[..., 0, 1] * own[..., 1, 0]
    weight = np.where(used, trust * np.sqrt(np.maximum(told, 0.0)), 0.0).ravel()
    order = np.argsort(squared_shift, axis=None, kind="stable")
    middle = np.searchsorted(np.cumsum(weight[order]), 0.5 * weight.sum())
    scatter = squared_shift.ravel()[order[min(middle, order.size - 1)]]
    return trust / (1.0 + squared_shift / (AGREEING**2 * scatter + LEAST_SCATTER_PX**2))


def _seen_from_the_other(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a small motion before `matrix` is as one of the inverse, (6, 6) of its parameters."""
    moved = -product(matrix, motion(np.eye(MOVING)), inverse(matrix))
    return np.stack([moved[:, r, c] for r, c in ((0, 2), (1, 2), (0, 0), (0, 1), (1, 0), (1, 1))])


def descend(
    template: Level,
    image: Level,
    matrix: NDArray[np.float64],
    model: str,
    steps: int,
    converged_px: float = CONVERGED_PX,
) -> Match:
    """Refine `matrix` (template px → image px) at one level.

    Parameters
    ----------
    steps : at most so many are taken
    converged_px : a step that changes no parameter by more is the last
    """
    rows, columns = template.image.shape
    scale = 0.5 * max(rows, columns)
    freedom = MODELS[model]
    free = len(freedom)
    centre = np.array([[1, 0, 0.5 * (columns - 1)], [0, 1, 0.5 * (rows - 1)], [0, 0, 1.0]])
    unit = product(centre, np.diag([scale, scale, 1.0]))
    to_centre, to_unit = inverse(centre), inverse(unit)
    blocks = blocks_of(template.image.shape)
    size = ALL if min(rows, columns) >= LEAST_SIDE_PX else SHARED
    # What is sought: the motion that is free, gain and offset of the frame; then the block's own.
    common, sought = free + 2, free + size - MOVING
    sides = [_Side(*pair, blocks, size) for pair in ((template, image), (image, template))]
    light = np.zeros((blocks, blocks, ALL - MOVING))
    nothing = Match(matrix, -1.0, None)
    own: _Own | None = None
    for step in range(steps):
        fresh = step in FRESH_STEPS
        back = inverse(matrix)
        one, other = (
            side.sum_up(way, sign * light, fresh)
            for side, way, sign in zip(sides, (matrix, back), (1.0, -1.0))
        )
        if one is None or other is None:
            return nothing._replace(matrix=matrix)
        squared, inside = one.squared + other.squared, one.inside + other.inside
        if fresh:
            # The other frame is explained by the same in reverse, so that noise, which makes each
            # look the sharper one to itself, says nothing.
            parts = np.zeros((2, ALL, sought))
            turned = _seen_from_the_other(product(to_unit, matrix, unit))
            for part, seen, sign in zip(parts, (np.eye(MOVING), turned), (1.0, -1.0)):
                part[:MOVING, :free] = product(seen, freedom.T)
                part[MOVING:size, free:] = sign * np.eye(size - MOVING)
            hessian = product(parts[0].T, one.hessian, parts[0]) + product(
                parts[1].T, other.hessian, parts[1]
            )
            own = _own(hessian, common, squared / np.maximum(inside, 1.0))
        gradient = product(one.gradient, parts[0]) + product(other.gradient, parts[1])
        shared, pull, own_change = hessian, gradient, np.zeros((blocks, blocks, 0))
        if own is not None:
            own_pull = gradient[..., common:] - own.known * light[..., 2:]
            own_change = product(own.inverse, own_pull[..., None])[..., 0]
            shared, pull = (
                own.shared,
                gradient[..., :common] - product(own.share, own_pull[..., None])[..., 0],
            )
        trust = _trust_in_blocks(shared, pull, squared, inside)
        normal = (trust[..., None, None] * shared).sum((0, 1))
        if not np.trace(normal) > 0:
            # Nothing slopes where the two overlap, as in a strip of one even colour.
            return nothing._replace(matrix=matrix)
        normal[np.diag_indices_from(normal)] += DAMPING * np.trace(normal)
        scores = trust[..., None] * pull
        change = solved(normal, scores.sum((0, 1))[:, None])[:, 0]
        moving = product(freedom.T, change[:free, None])[:, 0]
        if not np.abs(moving).max() < LARGEST_STEP * scale:
            return nothing._replace(matrix=matrix)
        light[..., :2] += change[free:]
        if not np.abs(light[..., :2]).max() < MOST_LIGHT:
            return nothing._replace(matrix=matrix)
        if own is not None:
            most = MOST_UNLIKELY * LIKELY
            light[..., 2:] = np.clip(
                light[..., 2:] + own_change - product(change[None], own.share)[..., 0, :],
                -most,
                most,
            )
        increment = np.eye(3) + motion(moving) / [scale, scale, 1.0]
        matrix = product(matrix, centre, inverse(increment), to_centre)
        if step >= FRESH_STEPS[-1] and np.abs(moving).max() < converged_px:
            break
    # Neighbouring px err alike, and so do blocks: a motion is as certain as parts of it agree.
    of_part = np.arange(blocks) * PARTS // blocks
    swayed = np.zeros((PARTS, PARTS, common))
    np.add.at(swayed, np.ix_(of_part, of_part), scores)
    moved = product(product(swayed.reshape(-1, common), inverse(normal))[:, :free], freedom)
    return Match(
        matrix,
        float(np.mean([side.correlation for side in sides])),
        -product(matrix, centre, motion(moved) / [scale, scale, 1.0], to_centre),
    )
