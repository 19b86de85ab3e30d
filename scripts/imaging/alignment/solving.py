"""All transforms of a stack at once, from what was measured of its pairs of frames.

All pairs vote in one linear least-squares problem (as mosaics are solved, e.g. by ASHLAR [1]_), so
that the error of one pair is not handed on to the rest of the chain.

.. [1] J. Muhlich et al., "Stitching and registering highly multiplexed whole-slide images of
   tissues and tumors using ASHLAR", Bioinformatics 38 (2022), 4613-4621.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from imaging.alignment.pairs import Pair

# What a pair's noise does not tell, per frame of distance: defocus that is not symmetric, parallax.
SYSTEMATIC_PX = 0.05
# A pair counts half that disagrees with the rest by so many times as much as most do, in standard
# errors of a pair; nearer than LEAST_SPREAD all agree. Weights settle within so many rounds.
AGREEING, LEAST_SPREAD, ROUNDS = 3.0, 1e-6, 10


def solve_transforms(
    pairs: Sequence[Pair], count: int, reference: int, model: str, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """All transforms at once from pairwise measurements.

    Minimises, over the corners p of the frame, the weighted squares of
    ``M_first @ pair.matrix @ p - M_second @ p`` with the reference's transform fixed; the
    weights are each pair's inverse variance, and pairs that disagree with the rest lose weight
    (Cauchy).

    Parameters
    ----------
    pairs : measured transforms; a frame in none of them keeps the identity
    count : number of frames
    reference : the frame whose transform is the identity
    model : one of `MODELS`
    shape : (rows, columns) of a frame

    Returns
    -------
    (count, 3, 3) float64, frame px → reference px
    """
    height, width = shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    if not pairs:
        return np.tile(np.eye(3), (count, 1, 1))
    basis = _motion_basis(model)
    freedom = len(basis)
    frames = sorted({k for pair in pairs for k in (pair.first, pair.second)} - {reference})
    position = {frame: k * freedom for k, frame in enumerate(frames)}
    scale = 1.0 / max(shape)
    normalise = np.diag([scale, scale, 1.0])
    points = corners @ normalise
    base = np.eye(3)
    rows, columns, values, targets = [], [], [], []
    for k, pair in enumerate(pairs):
        moved = points @ (normalise @ pair.matrix @ np.linalg.inv(normalise)).T
        target = np.zeros(8)
        for frame, at, sign in ((pair.first, moved, 1.0), (pair.second, points, -1.0)):
            target -= sign * (at @ base.T)[:, :2].ravel()
            if frame != reference:
                for unknown, motion in enumerate(basis):
                    rows.append(np.arange(8 * k, 8 * k + 8))
                    columns.append(np.full(8, position[frame] + unknown))
                    values.append(sign * (at @ motion.T)[:, :2].ravel())
        targets.append(target)
    # A frame meets few others, so that what is solved grows with the frames, not with their square.
    design = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(8 * len(pairs), freedom * len(frames)),
    )
    wanted = np.concatenate(targets)
    certainty = np.array(
        [
            1.0 / (pair.sigma_px**2 + (SYSTEMATIC_PX * (pair.second - pair.first)) ** 2)
            for pair in pairs
        ]
    )
    trust = np.ones(len(pairs))
    for _ in range(ROUNDS):
        weighted = design.T @ sparse.diags(np.repeat(certainty * trust, 8))
        solution = linalg.spsolve((weighted @ design).tocsc(), weighted @ wanted)
        left = np.abs(design @ solution - wanted).reshape(-1, 8).max(1) / scale
        spread = left * np.sqrt(certainty)
        trust = 1.0 / (1.0 + (spread / (AGREEING * max(np.median(spread), LEAST_SPREAD))) ** 2)
    transforms = np.tile(np.eye(3), (count, 1, 1))
    for frame in frames:
        for k, motion in enumerate(basis):
            transforms[frame] += solution[position[frame] + k] * motion
        transforms[frame] = np.linalg.inv(normalise) @ transforms[frame] @ normalise
    return transforms


def _motion_basis(model: str) -> list[NDArray[np.float64]]:
    def unit(*places: tuple[int, int, float]) -> NDArray[np.float64]:
        motion = np.zeros((3, 3))
        for row, column, value in places:
            motion[row, column] = value
        return motion

    shifts = [unit((0, 2, 1.0)), unit((1, 2, 1.0))]
    if model == "translation":
        return shifts
    if model == "similarity":
        return [*shifts, unit((0, 0, 1.0), (1, 1, 1.0)), unit((0, 1, -1.0), (1, 0, 1.0))]
    return [*shifts, *(unit((i, j, 1.0)) for i in range(2) for j in range(2))]
