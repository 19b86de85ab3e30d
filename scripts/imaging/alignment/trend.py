"""The path of a stack: where a frame would lie by the frames before and after it.

Rails and lenses move smoothly, and what shakes them is small against a frame. A frame far off the
path of its neighbours was moved, or was matched by chance with something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.geometry import corners
from imaging.sampling.ranks import median

# A frame is judged by so many on either side.
BESIDE = 3
# It is off that is so many times as far from the path as frames of this stack are, and by this
# share of the picture's longer side. No frame of six real stacks was farther than 3.1 and 0.006.
SCATTER, LEAST_SHARE = 8.0, 0.01
# Of a normal distribution the standard deviation over the median distance from the middle.
SIGMA_PER_MAD = 1.4826
# Share of the others' correlation below which a frame may be one of something else. No frame of
# six real stacks had less than 0.98.
WEAK = 0.6


def off_path_px(
    transforms: NDArray[np.float64], members: Sequence[int], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """How far each frame lies from where its neighbours would have it.

    Parameters
    ----------
    transforms : (N, 3, 3), frame px → reference px
    members : positions of the frames that are aligned, in order
    shape : (rows, columns) of a frame

    Returns
    -------
    (N,) float64, px, at the corner that is furthest off; 0 for a frame without neighbours
    """
    places = (transforms @ corners(shape))[:, :2]
    out = np.zeros(len(transforms))
    for at, k in enumerate(members):
        before = list(members[max(at - BESIDE, 0) : at])
        after = list(members[at + 1 : at + 1 + BESIDE])
        # After a knock the frames lie as those after it, or before it, have it.
        guesses = []
        for beside in (before[::-1], after):
            guesses += [places[i] for i in beside[:1]]
            guesses += [2 * places[i] - places[j] for i, j in pairwise(beside)]
        if before and after:
            between = [
                places[i] + (places[j] - places[i]) * ((k - i) / (j - i))
                for i in before
                for j in after
            ]
            guesses.append(median(between, axis=0))
        if guesses:
            out[k] = min(np.hypot(*(places[k] - guess)).max() for guess in guesses)
    return out


def off_path(
    transforms: NDArray[np.float64], members: Sequence[int], shape: tuple[int, int]
) -> dict[int, float]:
    """Positions of the frames that lie far off the path of the others, each with px."""
    distances = off_path_px(transforms, members, shape)
    typical = SIGMA_PER_MAD * float(median(distances[list(members)]))
    most = SCATTER * typical + LEAST_SHARE * max(shape)
    return {k: float(distances[k]) for k in members if distances[k] > most}


def strangers(
    transforms: NDArray[np.float64],
    correlations: NDArray[np.float64],
    members: Sequence[int],
    shape: tuple[int, int],
) -> tuple[int, ...]:
    """Frames that lie far off the path and resemble the others much less than these each other."""
    typical = float(median(correlations[list(members)]))
    far = off_path(transforms, members, shape)
    return tuple(k for k in far if correlations[k] < WEAK * typical)
