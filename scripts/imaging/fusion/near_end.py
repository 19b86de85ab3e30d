"""Which end of a stack is nearer to the lens, as the rims of what is near tell."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.dilation import dilated

# A crest is the greatest energy within such a square, px at half resolution; so much of it, in
# units of the noise's, tells a rim.
AROUND_PX, TELLING = 9, 10.0
# What lies so far from a crest, px at half resolution, stands on either side of it; so many frames
# away it lies before or behind it. A crest nearer to an end of the stack than that tells nothing.
SIDE_PX, APART = 4, 2
# Rims that must tell the near end, and the share of them that must agree.
LEAST_RIMS, AGREEING = 10, 0.75


class End(StrEnum):
    """The end of a stack that is nearer to the lens."""

    FIRST = "first"
    LAST = "last"


# How focus moves from the first frame to the last, seen from the camera, by the end that is near.
MOVES = {End.FIRST: "away", End.LAST: "toward"}


def end_by_direction(direction: str | None) -> End | None:
    """The nearer end by how focus moved, one of MOVES; None if not known."""
    return next((end for end, moves in MOVES.items() if moves == direction), None)


def near_end(
    depth: NDArray[np.float32], best: NDArray[np.float32], noise: float, frames: int
) -> End | None:
    """Which end of a stack is the nearer one, as its rims tell.

    A rim belongs to what is nearer: it has the depth of the side that it belongs to, and what lies
    on its other side lies behind it. At an end of the stack that says nothing: what lies beyond the
    end has the end's depth, and nothing round it can have a depth further out. A ground that rises
    from the end, or detail that is beyond it, would tell as many rims as a silhouette.

    Parameters
    ----------
    depth : (h, w) float32, in frames
    best : (h, w) float32, greatest energy
    noise : its energy
    frames : of the stack

    Returns
    -------
    the end, None where too few rims tell, or not alike
    """
    crest = (best >= TELLING * noise) & (best >= dilated(best, AROUND_PX))
    crest &= (depth >= APART) & (depth <= frames - 1 - APART)
    y, x = np.nonzero(crest)
    rows, columns = depth.shape
    before, behind = np.zeros(y.size, np.int32), np.zeros(y.size, np.int32)
    for dy, dx in _circle(SIDE_PX):
        beside = depth[np.clip(y + dy, 0, rows - 1), np.clip(x + dx, 0, columns - 1)] - depth[y, x]
        before += beside <= -APART
        behind += beside >= APART
    least = len(_circle(SIDE_PX)) // 4
    last = int(np.count_nonzero((before >= least) & (behind == 0)))
    first = int(np.count_nonzero((behind >= least) & (before == 0)))
    if max(first, last) < max(LEAST_RIMS, AGREEING * (first + last)):
        return None
    return End.FIRST if first > last else End.LAST


def _circle(radius: int) -> list[tuple[int, int]]:
    """Twelve px round the origin; whole numbers alike on every processor."""
    half, most = radius // 2, (radius * 7 + 4) // 8
    corner = [(half, most), (most, half)]
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    straight = [(radius, 0), (-radius, 0), (0, radius), (0, -radius)]
    return straight + [(a * p, b * q) for p, q in corner for a, b in signs]
