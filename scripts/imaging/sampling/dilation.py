"""Greatest values round every px: the dilation of mathematical morphology.

They are OpenCV's, without its library, which takes as long to load as a small plane to fuse. The
greatest of a run comes from two parts of it [1]_, so that wide squares take no longer than narrow
ones.

.. [1] M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
   octagonal kernels", Pattern Recognition Letters 13 (1992), 517-521.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


def dilated(plane: NDArray, side: int) -> NDArray:
    """The greatest value in a square of `side` px, odd, round every px of a plane (h, w)."""
    out = np.empty(plane.shape, plane.dtype)
    _dilate(np.ascontiguousarray(plane), side, out)
    return out


@kernel
def _greater(one, other, out):
    """Write the greater of two values in each place."""
    for x in range(out.size):
        out[x] = one[x] if one[x] > other[x] else other[x]


@kernel
def _dilate(plane, side, out):
    """Down the columns, a block of `side` rows at a time, then along each row in place."""
    rows, columns = plane.shape
    reach = side // 2
    # Of each row of a block and those below it there; and of the rows below the block so far.
    rest, beyond = np.empty((side, columns), plane.dtype), np.empty(columns, plane.dtype)
    longer = np.empty((2, columns + 2 * reach), plane.dtype)
    for top in range(0, rows, side):
        for k in range(side - 1, -1, -1):
            source = plane[min(max(top + k - reach, 0), rows - 1)]
            _greater(source, source if k == side - 1 else rest[k + 1], rest[k])
        for k in range(min(side, rows - top)):
            target = out[top + k]
            if k == 0:
                for x in range(columns):
                    target[x] = rest[0, x]
            else:
                source = plane[min(top + side + k - 1 - reach, rows - 1)]
                _greater(source, source if k == 1 else beyond, beyond)
                _greater(rest[k], beyond, target)
            _along(target, side, longer)


@kernel
def _along(line, side, longer):
    """The greatest of `side` px round every px of a row, in place: of runs twice as long each time.

    `longer` (2, W + side - 1) is for what lies between.
    """
    reach, size = side // 2, line.size
    whole, width, now = longer.shape[1], 1, 0
    run = longer[0]
    run[:reach] = line[0]
    own = run[reach : reach + size]
    for x in range(size):
        own[x] = line[x]
    run[reach + size :] = line[size - 1]
    while 2 * width <= side:
        run = longer[now]
        whole -= width
        _greater(run[:whole], run[width : width + whole], longer[1 - now, :whole])
        width, now = 2 * width, 1 - now
    run = longer[now]
    _greater(run[:size], run[side - width : side - width + size], line)
