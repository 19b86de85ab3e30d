"""Frames that shook: blurred where the frames before and after them are sharp.

Focus passes a place once, so that what is sharp in both neighbours of a frame is sharp in the frame
as well, unless the camera or the specimen moved while it was lit. A frame between two layers of a
clear subject is blurred alike in all directions; one that shook is blurred along its motion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.ranks import median, quantile

# A frame is shaken that has less than this share of its neighbours' sharpness in one direction, by
# the median of the places where both are sharpest, and of what it has in another. No frame of nine
# real stacks had less than 1.0; smeared over 5, 9 and 15 px of the detail, frames had 0.7, 0.35 and
# 0.18.
SHAKEN = 0.6
SHARPEST = 0.25
# Shaken frames are few.
MOST_SHAKEN = 0.2


def shaken_frames(
    sharpness: NDArray[np.float32],
    transforms: NDArray[np.float64],
    members: Sequence[int],
    shape: tuple[int, int],
) -> tuple[int, ...]:
    """Find the frames that shook.

    Parameters
    ----------
    sharpness : (N, 4, h, w), of the frames' detail, in order of focus
    transforms : (N, 3, 3), frame px → reference px
    members : positions of the frames that are aligned, in order
    shape : (rows, columns) of a frame

    Returns
    -------
    positions; none where they are so many that the frames cannot be in order
    """
    shaken = []
    for before, k, after in zip(members, members[1:], members[2:]):
        beside = np.minimum(
            *(sharpness_there(sharpness[n], transforms[[k, n]], shape) for n in (before, after))
        )
        inside = np.isfinite(beside[0])
        if not inside.any():
            continue
        shares = []
        for own, there in zip(sharpness[k].reshape(4, -1)[:, inside], beside[:, inside]):
            sharp = there >= quantile(there, 1.0 - SHARPEST)
            shares.append(float(median(own[sharp] / np.maximum(there[sharp], 1e-12))))
        if min(shares) < SHAKEN * min(1.0, max(shares)):
            shaken.append(k)
    return tuple(shaken) if len(shaken) <= max(1, MOST_SHAKEN * len(members)) else ()


def sharpness_there(
    cells: NDArray[np.float32], transforms: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """A frame's sharpness at the places that the cells of another one show, nan beyond it.

    Parameters
    ----------
    cells : (4, h, w)
    transforms : (2, 3, 3), frame px → reference px, of the other frame and of this one

    Returns
    -------
    (4, h * w) float32
    """
    rows, columns = cells.shape[1:]
    size = np.array([shape[1] / columns, shape[0] / rows])
    y, x = np.mgrid[:rows, :columns].reshape(2, -1) + 0.5
    there = (
        np.linalg.inv(transforms[1]) @ transforms[0] @ [x * size[0], y * size[1], np.ones(x.size)]
    )
    column, row = np.floor(there[:2] / size[:, None]).astype(int)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    out = np.full((len(cells), x.size), np.nan, np.float32)
    out[:, inside] = cells[:, row[inside], column[inside]]
    return out
