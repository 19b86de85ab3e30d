"""All transforms of a stack at once, from what was measured of its pairs of frames.

All pairs vote in one linear least-squares problem (as mosaics are solved, e.g. by ASHLAR [1]_), so
that the error of one pair is not handed on to the rest of the chain.

.. [1] J. Muhlich et al., "Stitching and registering highly multiplexed whole-slide images of
   tissues and tumors using ASHLAR", Bioinformatics 38 (2022), 4613-4621.
.. [2] K.-Y. Liang and S. L. Zeger, "Longitudinal data analysis using generalized linear models",
   Biometrika 73 (1986), 13-22.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.models import MODELS, motion
from imaging.alignment.pairs import Pair
from imaging.alignment.small_matrices import eliminate, inverse, inverted, product, times
from imaging.sampling.geometry import corners
from imaging.sampling.kernels import kernel
from imaging.sampling.ranks import median

# What a pair's noise does not tell, per frame of distance: defocus that is not symmetric, parallax.
# Half or twice as much moves no corner of six real stacks by 0.1 px.
SYSTEMATIC_PX = 0.05
# Parts of a frame err alike, for what defocus does to one it does to the next, and one that differs
# is outvoted and then tells less: so errors are so many times as large as parts tell by how they
# differ. Of 356 frames of 22 made stacks, 320 to 900 px wide, half lie three times as far off the
# next frame and more; in standard errors that allow for it 68 % lie within 1.1, 95 % within 2. Of
# 92 others, small and much blurred, 91 % lie within 2, 97 % within 3.
ALIKE = 3.5
# What no part of the frame tells either: so large a share of the longer side for every frame
# further from the reference, and so many px at least, for blur has as many in a small picture.
# With both, 98 % of these frames are off by two of their standard errors at most.
DRIFT_SHARE, DRIFT_PX = 3e-5, 0.035
# A pair counts half that disagrees with the rest by so many times as much as most do, in standard
# errors of a pair; nearer than LEAST_SPREAD all agree. Weights settle within so many rounds:
# ten more move no corner of these stacks by 0.02 px.
AGREEING, LEAST_SPREAD, ROUNDS = 3.0, 1e-6, 10


class Solution(NamedTuple):
    """Where the frames of a stack lie, and how certain that is.

    Attributes
    ----------
    transforms : (count, 3, 3) float64, frame px → reference px
    sigma_px : (count,) float64, predicted standard error at a frame's corners against the
        reference, px
    sigma_beside_px : (count,) float64, the same against the frame next to it on the way to the
        reference, of what parts of the frame tell; what none tells is left out, for all frames
        share it and two next to each other hardly differ by it
    """

    transforms: NDArray[np.float64]
    sigma_px: NDArray[np.float64]
    sigma_beside_px: NDArray[np.float64]


def solve_transforms(
    pairs: Sequence[Pair], count: int, reference: int, model: str, shape: tuple[int, int]
) -> Solution:
    """All transforms at once from pairwise measurements.

    Minimises, over the corners p of the frame, the weighted squares of
    ``M_first @ pair.matrix @ p - M_second @ p`` with the reference's transform fixed; the
    weights are each pair's inverse variance, and pairs that disagree with the rest lose weight
    (Cauchy).

    What leads a part of the frame astray, as the rim of something near does, leads it astray in one
    pair after another, the same way: such errors add up along the stack. So each part is followed
    through all pairs together, and how certain a transform is is told by how parts differ in it
    (standard errors by clusters, [2]_), and by what no part tells.

    Parameters
    ----------
    pairs : measured transforms; a frame in none of them keeps the identity
    count : number of frames
    reference : the frame whose transform is the identity
    model : one of `models.MODELS`
    shape : (rows, columns) of a frame
    """
    transforms = np.tile(np.eye(3), (count, 1, 1))
    sigma, sigma_beside = np.zeros((2, count))
    if not pairs:
        return Solution(transforms, sigma, sigma_beside)
    basis = motion(MODELS[model])
    frames = sorted({k for pair in pairs for k in (pair.first, pair.second)} - {reference})
    position = {frame: k for k, frame in enumerate(frames)}
    scale = 1.0 / max(shape)
    normalise = np.diag([scale, scale, 1.0])
    back = inverse(normalise)
    points = product(corners(shape).T, normalise)
    size = len(basis)
    # Eight equations for each pair, the two corners' coordinates: one block for each of its frames.
    design, targets = np.zeros((len(pairs), 2, 8, size)), []
    places = np.zeros((len(pairs), 2), int)
    for k, pair in enumerate(pairs):
        moved = product(points, product(normalise, pair.matrix, back).T)
        sides = (pair.first, moved, 1.0), (pair.second, points, -1.0)
        for side, (frame, at, sign) in enumerate(sides):
            # The reference, which is not solved for, has no equations and stands with its partner.
            partner = pair.second if side == 0 else pair.first
            places[k, side] = position[partner if frame == reference else frame]
            if frame != reference:
                design[k, side] = sign * product(at, basis.swapaxes(1, 2))[..., :2].reshape(-1, 8).T
        targets.append((points - moved)[:, :2].ravel())
    wanted = np.stack(targets)
    certainty = np.array(
        [
            1.0 / (pair.sigma_px**2 + (SYSTEMATIC_PX * (pair.second - pair.first)) ** 2)
            for pair in pairs
        ]
    )
    trust = np.ones(len(pairs))
    for _ in range(ROUNDS):
        weighted = (certainty * trust)[:, None, None, None] * design.swapaxes(-1, -2)
        normals = product(weighted[:, :, None], design[:, None])
        pulls = product(weighted, wanted[:, None, :, None])
        solution = _solved(places, normals, pulls, len(frames))[..., 0]
        told = product(design, solution[places][..., None]).sum(1)[..., 0]
        left = np.abs(told - wanted).max(1) / scale
        spread = left * np.sqrt(certainty)
        trust = 1.0 / (1.0 + (spread / (AGREEING * max(float(median(spread)), LEAST_SPREAD))) ** 2)
    changes = np.einsum("fn,nij->fij", solution, basis)
    transforms[frames] = product(back, transforms[frames] + changes, normalise)
    # Corners that are moved as each part of the frame alone has them, (P, C, 8).
    sways = np.stack([product(pair.sways, corners(shape))[:, :2] for pair in pairs]).swapaxes(
        -1, -2
    )
    pulls = product(weighted, sways.reshape(len(pairs), 1, -1, 8).swapaxes(-1, -2))
    parts = _solved(places, normals, pulls, len(frames))
    moved = product(points, basis.swapaxes(1, 2))[..., :2]
    spread = (np.einsum("fnc,npx->fcpx", parts, moved) ** 2).sum((1, 3)).max(1)
    drift = max(DRIFT_SHARE * max(shape), DRIFT_PX) * (np.array(frames) - reference)
    sigma[frames] = np.sqrt(ALIKE**2 * spread + drift**2)
    steps = parts - _beside(parts, np.array(frames) < reference)
    apart = (np.einsum("fnc,npx->fcpx", steps, moved) ** 2).sum((1, 3)).max(1)
    sigma_beside[frames] = ALIKE * np.sqrt(apart)
    return Solution(transforms, sigma, sigma_beside)


def _beside(values: NDArray[np.float64], before: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What the frame next to each has on the way to the reference, whose own values are 0.

    Parameters
    ----------
    values : (F, ...), of all frames but the reference, in order
    before : (F,), which of them come before it
    """
    beside, ahead = np.zeros_like(values), int(before.sum())
    beside[: max(ahead - 1, 0)] = values[1:ahead]
    beside[ahead + 1 :] = values[ahead:-1]
    return beside


def _solved(
    places: NDArray[np.int64],
    normals: NDArray[np.float64],
    pulls: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """Solve the normal equations of all pairs together.

    A frame meets few others, those near to it: eliminated one after another, each changes what
    these have left, and the work grows with the frames, not with their square.

    Parameters
    ----------
    places : (P, 2), of the two frames of each pair among those that are solved for
    normals : (P, 2, 2, n, n), a pair's equations between its frames
    pulls : (P, 2, n, m), m right sides
    count : number of frames

    Returns
    -------
    (count, n, m)
    """
    size = pulls.shape[-2]
    reach = int(np.ptp(places, axis=1).max())
    # Column by column: row `d` of column k is where the frames k + d and k meet.
    band = np.zeros((count, reach + 1, size, size))
    solution = np.zeros((count, *pulls.shape[-2:]))
    for row in (0, 1):
        np.add.at(solution, places[:, row], pulls[:, row])
        for column in (0, 1):
            apart = places[:, row] - places[:, column]
            below = (apart >= 0) & ((apart > 0) | (row == column))
            at = places[below, column], apart[below]
            np.add.at(band, at, normals[below, row, column])
    _solve_band(band, solution)
    return solution


@kernel
def _solve_band(band, solution):
    """Eliminate one frame after another, and solve from the last one back; both in place.

    Parameters
    ----------
    band : (F, R + 1, n, n) float64, of equations that are symmetric; `band[k, d]` is where the
        frames k + d and k meet
    solution : (F, n, m) float64, m right sides, which become the solutions
    """
    count, reach, size = band.shape[0], band.shape[1] - 1, band.shape[2]
    passed = np.empty((reach, size, size))
    for k in range(count):
        ahead = min(reach, count - 1 - k)
        back = inverted(band[k, 0])
        for d in range(ahead):
            made = times(band[k, 1 + d], back)
            for i in range(size):
                for j in range(size):
                    passed[d, i, j] = made[i, j]
            _subtract(times(made, solution[k]), solution[k + 1 + d])
        for d in range(ahead):
            for e in range(d + 1):
                _subtract(times(passed[d], band[k, 1 + e].T), band[k + 1 + e, d - e])
    for k in range(count - 1, -1, -1):
        left, own = solution[k : k + 1], band[k : k + 1, 0].copy()
        for d in range(min(reach, count - 1 - k)):
            _subtract(times(band[k, 1 + d].T, solution[k + 1 + d]), left[0])
        eliminate(own, left)


@kernel
def _subtract(matrix, out):
    """Take a matrix off another of its shape, in place."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] -= matrix[i, j]
