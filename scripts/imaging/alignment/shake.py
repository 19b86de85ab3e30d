"""Frames that shook: blurred where the frames before and after them are sharp.

Focus passes a place once, so that what is sharp in both neighbours of a frame is sharp in the frame
as well, unless the camera or the specimen moved while it was lit. A frame between two layers of a
clear subject is blurred alike in all directions; one that shook is blurred along its motion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A frame is shaken that has less than this share of its neighbours' sharpness in one direction, by
# the median of the places where both are sharpest, and of what it has in another. No frame of nine
# real stacks had less than 1.0; smeared over 5, 9 and 15 px of the detail, frames had 0.7, 0.35 and
# 0.18.
SHAKEN = 0.6
SHARPEST = 0.25
# A frame that shook keeps what lies along its motion. One that has less than this share of its
# neighbours' sharpness in every direction is out of focus as well, or has other neighbours.
ALL_ROUND = 0.8
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
        shares = _shares(sharpness, transforms, (before, k, after), shape)
        if shares and min(shares) < SHAKEN * min(1.0, max(shares)):
            shaken.append(k)
    return tuple(shaken) if len(shaken) <= max(1, MOST_SHAKEN * len(members)) else ()


def blurred_all_round(
    shaken: Sequence[int],
    sharpness: NDArray[np.float32],
    transforms: NDArray[np.float64],
    members: Sequence[int],
    shape: tuple[int, int],
) -> tuple[int, ...]:
    """Which of the frames that shook are blurred in every direction.

    Parameters
    ----------
    shaken : of `shaken_frames`, which the others are as of

    Returns
    -------
    positions of frames that may as well be sharp, and lie elsewhere in the stack
    """
    beside = {k: (before, k, after) for before, k, after in zip(members, members[1:], members[2:])}
    return tuple(
        k for k in shaken if max(_shares(sharpness, transforms, beside[k], shape)) < ALL_ROUND
    )


def _shares(
    sharpness: NDArray[np.float32],
    transforms: NDArray[np.float64],
    beside: tuple[int, int, int],
    shape: tuple[int, int],
) -> list[float]:
    """A frame's sharpness in each direction as a share of its neighbours', where both are sharpest.

    Empty where the three show nothing in common.
    """
    before, k, after = beside
    there = np.minimum(
        *(sharpness_there(sharpness[n], transforms[[k, n]], shape) for n in (before, after))
    )
    inside = np.isfinite(there[0])
    if not inside.any():
        return []
    shares = []
    for own, of_both in zip(sharpness[k].reshape(4, -1)[:, inside], there[:, inside]):
        sharp = of_both >= np.quantile(of_both, 1.0 - SHARPEST)
        shares.append(float(np.median(own[sharp] / np.maximum(of_both[sharp], 1e-12))))
    return shares


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
