"""Descent to the motion that explains two frames by each other, at one resolution.

Gauss-Newton steps on intensities [1]_, on both frames' own gradients at once, so that neither is
the one that is looked for: the motion from one to the other is the inverse of the motion back.

Frames of a focus stack differ in blur besides: a picture that is blurred over a further spread of
d px squared is to first order I + d (d2I/dx2 + d2I/dy2) / 2. So d is found in every block of the
frame together with the motion, and so is, beside bright spots, by how much these grow
(`swelling`). Where something else moves an edge (a clipped highlight, the rim of
something in front), blocks disagree with the rest and are outvoted.

.. [1] S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying framework",
   Int. J. Computer Vision 56 (2004), 221-255: the inverse compositional algorithm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.block_sums import ALL, BLURRED, MOVING, SHARED, Sums, add_block_sums
from imaging.alignment.centred import centred
from imaging.alignment.detail import Level, blocks_of
from imaging.alignment.models import MODELS, motion
from imaging.alignment.small_matrices import inverse, product
from imaging.alignment.votes import NOTHING, equations, take_step

# How these were chosen matters little. What matters is what is each block's own: of 14 made stacks
# the mean error at the corners is 0.069 px with the blur, 0.082 with slopes of blur and of contrast
# besides, which a motion looks like; of seven of them 0.101 with nothing, 0.087 with all.

# Residuals are judged by their mean; the Hessians are taken anew once they are known.
TOLERATED = 4.0
FRESH_STEPS = (0, 1)
# A step that changes no parameter by more, px of the level, is the last.
CONVERGED_PX = 2e-3
# Fewer px that both frames show, as a number and as a share of the template's, tell no motion.
LEAST_PIXELS, LEAST_SHARE = 64, 1 / 8
# Blur is found in blocks where the frame's shorter side is at least so long.
LEAST_SIDE_PX = 100
# And how spots swell, where no smaller share of a frame's px is beside bright ones: of less the
# motion hardly depends, and looking takes a tenth more of the time.
LEAST_SPOTTED = 0.02
# A frame is divided into so many parts each way, which tell by how they differ how certain a motion
# is.
PARTS = 6


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
        self.tolerated = float(max(TOLERATED * sums.moments[5] / self.count, 1e-12))
        return sums

    @property
    def correlation(self) -> float:
        """Of the detail of both frames."""
        mean_t, mean_i, mean_tt, mean_ii, mean_ti = self.moments[:5] / self.count
        variance = (mean_tt - mean_t**2) * (mean_ii - mean_i**2)
        return float((mean_ti - mean_t * mean_i) / np.sqrt(max(variance, 1e-30)))


def _share_beside_spots(level: Level) -> float:
    return int(np.count_nonzero(level.swelling)) / max(level.at.size, 1)


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
    freedom = MODELS[model]
    free = len(freedom)
    px = centred(rows, columns)
    blocks = blocks_of(template.image.shape)
    size = SHARED
    if min(rows, columns) >= LEAST_SIDE_PX:
        spotted = max(map(_share_beside_spots, (template, image)))
        size = ALL if spotted >= LEAST_SPOTTED else BLURRED
    sides = [_Side(*pair, blocks, size) for pair in ((template, image), (image, template))]
    light = np.zeros((blocks, blocks, ALL - MOVING))
    solved = equations(blocks, free, size)
    matrix = np.array(matrix, np.float64)
    for step in range(steps):
        fresh = step in FRESH_STEPS
        one, other = (
            side.sum_up(way, sign * light, fresh)
            for side, way, sign in zip(sides, (matrix, inverse(matrix)), (1.0, -1.0))
        )
        if one is None or other is None:
            return Match(matrix, -1.0, None)
        moved_px = take_step(one, other, fresh, freedom, matrix, px, solved, light)
        if moved_px == NOTHING:
            return Match(matrix, -1.0, None)
        if step >= FRESH_STEPS[-1] and moved_px < converged_px:
            break
    # Neighbouring px err alike, and so do blocks: a motion is as certain as parts of it agree.
    of_part = np.arange(blocks) * PARTS // blocks
    swayed = np.zeros((PARTS, PARTS, free + SHARED - MOVING))
    np.add.at(swayed, np.ix_(of_part, of_part), solved.scores)
    pulled = product(swayed.reshape(PARTS * PARTS, -1), inverse(solved.normal))
    moved = motion(product(pulled[:, :free], freedom)) / [px.scale, px.scale, 1.0]
    return Match(
        matrix,
        float(np.mean([side.correlation for side in sides])),
        -product(matrix, px.centre, moved, px.to_centre),
    )
