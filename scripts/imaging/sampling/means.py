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
    longer = np.empty(columns + 2 * reach + 1)
    for y in range(rows):
        line = out[y]
        longer[: reach + 1] = line[0]
        longer[reach + 1 + columns :] = line[columns - 1]
        for x in range(columns):
            longer[reach + 1 + x] = line[x]
        along = 0.0
        for k in range(1, width + 1):
            along += longer[k]
        line[0] = along / per
        for x in range(1, columns):
            along += longer[x + width] - longer[x]
            line[x] = along / per
