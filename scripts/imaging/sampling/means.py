"""Means over squares of px, by running sums: as quick for wide squares as for narrow ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


def local_mean(plane: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mean over the square of `width` px, odd, round every px of a (h, w) plane.

    Border px are repeated beyond the border.
    """
    out = np.empty(plane.shape, np.float32)
    _mean(np.ascontiguousarray(plane, np.float32), width, out)
    return out


@kernel
def _mean(plane, width, out):
    """Down the columns, into `out`, then along its rows in place."""
    rows, columns = plane.shape
    reach = width // 2
    per = float(width)
    total = np.zeros(columns)
    for y in range(-reach, reach + 1):
        line = plane[min(max(y, 0), rows - 1)]
        for x in range(columns):
            total[x] += line[x]
    for x in range(columns):
        out[0, x] = total[x] / per
    for y in range(1, rows):
        added, left = plane[min(y + reach, rows - 1)], plane[max(y - reach - 1, 0)]
        line = out[y]
        for x in range(columns):
            total[x] += np.float64(added[x]) - np.float64(left[x])
            line[x] = total[x] / per
    # Four rows at a time: a sum that slides waits for the one before it, but not for other rows'.
    longer, along = np.zeros((4, columns + 2 * reach + 1)), np.empty((4, columns))
    for first in range(0, rows, 4):
        count = min(4, rows - first)
        for k in range(count):
            line, wider = out[first + k], longer[k]
            wider[: reach + 1] = line[0]
            wider[reach + 1 + columns :] = line[columns - 1]
            for x in range(columns):
                wider[reach + 1 + x] = line[x]
        _slide(longer[0], longer[1], longer[2], longer[3], width, along)
        for k in range(count):
            line, sums = out[first + k], along[k]
            for x in range(columns):
                line[x] = sums[x] / per


@kernel
def _slide(one, two, three, four, width, along):
    """Write the sums of `width` values of four lines from every place on, (4, columns)."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for k in range(1, width + 1):
        a += one[k]
        b += two[k]
        c += three[k]
        d += four[k]
    along[0, 0], along[1, 0], along[2, 0], along[3, 0] = a, b, c, d
    for x in range(1, along.shape[1]):
        a += one[x + width] - one[x]
        b += two[x + width] - two[x]
        c += three[x + width] - three[x]
        d += four[x + width] - four[x]
        along[0, x], along[1, x], along[2, x], along[3, x] = a, b, c, d
