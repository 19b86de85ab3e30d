"""Medians of squares of px, where they are asked for.

They are OpenCV's, without its library, which takes as long to load as a small plane to fuse. Half
of the values, and one more, have the median among them whatever the others are: their least and
their greatest are dropped, another value takes a place, and so on. Processors do that for many px
at once, for it is the same for all.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

SIDE_PX = 5
VALUES = SIDE_PX * SIDE_PX
# So many px of a row at a time.
LANES = 64
STRIP_ROWS = 128


def mend_by_median(plane: NDArray[np.float32], mended: NDArray[np.bool_], threads: int = 1) -> None:
    """Give some px of a (h, w) plane the median of the SIDE_PX x SIDE_PX px round them, in place.

    Border px are repeated beyond the border.

    Parameters
    ----------
    mended : (h, w), which px
    threads : the result does not depend on it
    """
    source, rows = plane.copy(), len(plane)
    with ThreadPoolExecutor(threads) as pool:
        starts = range(0, rows, STRIP_ROWS)
        ends = (min(y0 + STRIP_ROWS, rows) for y0 in starts)
        list(pool.map(lambda y0, y1: _mend(source, mended, y0, y1, plane), starts, ends))


@kernel
def _mend(plane, mended, y0, y1, out):
    """Rows `y0` up to `y1`, written."""
    rows, columns = plane.shape
    reach = SIDE_PX // 2
    values = np.empty((VALUES, LANES), np.float32)
    # With what is beyond the border, and what fills the last lanes.
    longer = np.zeros((SIDE_PX, columns + 2 * reach + LANES), np.float32)
    for y in range(y0, y1):
        for k in range(0 if y == y0 else SIDE_PX - 1, SIDE_PX):
            line, source = (y + k) % SIDE_PX, plane[min(max(y + k - reach, 0), rows - 1)]
            longer[line, :reach] = source[0]
            longer[line, reach + columns :] = source[columns - 1]
            own = longer[line, reach : reach + columns]
            for x in range(columns):
                own[x] = source[x]
        for left in range(0, columns, LANES):
            count = min(LANES, columns - left)
            asked, target = mended[y, left : left + count], out[y, left : left + count]
            some = 0
            for q in range(count):
                some += asked[q]
            if some == 0:
                continue
            for k in range(VALUES):
                line, first = (y + k // SIDE_PX) % SIDE_PX, left + k % SIDE_PX
                near = longer[line, first : first + LANES]
                for q in range(LANES):
                    values[k, q] = near[q]
            _bring_medians(values)
            for q in range(count):
                if asked[q]:
                    target[q] = values[1, q]


@kernel
def _bring_medians(values):
    """Have the medians of (VALUES, LANES) at place 1, and the rest anywhere."""
    for last in range(VALUES // 2 + 1, 1, -1):
        # The lesser of each two come first, then the least of these at the very first.
        for k in range((last + 1) // 2):
            _exchange(values, k, last - k)
        for k in range(1, last // 2 + 1):
            _exchange(values, 0, k)
            _exchange(values, last - k, last)
        if last > 2:
            for q in range(LANES):
                values[0, q] = values[VALUES - last + 2, q]


@kernel
def _exchange(values, first, last):
    """Have the lesser of two values in each place first; no row is cut out, which takes longer."""
    for q in range(LANES):
        one, other = values[first, q], values[last, q]
        values[first, q] = one if one < other else other
        values[last, q] = other if one < other else one
