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

from imaging.alignment.models import MODELS, motion
from imaging.alignment.pairs import Pair
from imaging.sampling.geometry import corners

# What a pair's noise does not tell, per frame of distance: defocus that is not symmetric, parallax.
# Half or twice as much moves no corner of six real stacks by 0.1 px.
SYSTEMATIC_PX = 0.05
# A pair counts half that disagrees with the rest by so many times as much as most do, in standard
# errors of a pair; nearer than LEAST_SPREAD all agree. Weights settle within so many rounds:
# ten more move no corner of these stacks by 0.02 px.
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
    model : one of `models.MODELS`
    shape : (rows, columns) of a frame

    Returns
    -------
    (count, 3, 3) float64, frame px → reference px
    """
    transforms = np.tile(np.eye(3), (count, 1, 1))
    if not pairs:
        return transforms
    basis = motion(MODELS[model])
    frames = sorted({k for pair in pairs for k in (pair.first, pair.second)} - {reference})
    position = {frame: k for k, frame in enumerate(frames)}
    scale = 1.0 / max(shape)
    normalise = np.diag([scale, scale, 1.0])
    back = np.linalg.inv(normalise)
    points = corners(shape).T @ normalise
    blocks, columns, starts, targets = [], [], [0], []
    for pair in pairs:
        moved = points @ (normalise @ pair.matrix @ back).T
        for frame, at, sign in ((pair.first, moved, 1.0), (pair.second, points, -1.0)):
            if frame != reference:
                blocks.append(sign * (at @ basis.swapaxes(1, 2))[..., :2].reshape(-1, 8).T)
                columns.append(position[frame])
        starts.append(len(blocks))
        targets.append((points - moved)[:, :2].ravel())
    # A frame meets few others, so that what is solved grows with the frames, not with their square.
    wide = (8 * len(pairs), len(basis) * len(frames))
    design = sparse.bsr_matrix((np.stack(blocks), columns, starts), shape=wide).tocsr()
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
    changes = np.tensordot(solution.reshape(len(frames), -1), basis, 1)
    transforms[frames] = back @ (transforms[frames] + changes) @ normalise
    return transforms
