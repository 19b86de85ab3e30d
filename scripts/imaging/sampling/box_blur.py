"""Means over squares of px whose border is a mirror, three times: near a Gaussian.

They are OpenCV's, to the last bit, without its library, which takes as long to load as a small
plane to fuse. Sums are of double precision, and run along.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# Sums over so few px are taken anew in each place.
FEW = 5


def blurred(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Three box filters in a row, near a Gaussian of `sigma` px, of a (h, w) plane."""
    width = int(np.sqrt(4.0 * sigma * sigma + 1.0)) | 1
    return box_mean(box_mean(box_mean(plane, width), width), width)


def box_mean(plane: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mean over the square of `width` px, odd, round every px of a (h, w) plane.

    Beyond the border lies what lies within, mirrored; the border's own px are there once.
    """
    out = np.empty(plane.shape, np.float32)
    _mean(np.ascontiguousarray(plane, np.float32), width, out)
    return out


@kernel
def _mirrored(k, count):
    """Which of `count` px lies at a place beyond the border."""
    while count > 1 and (k < 0 or k >= count):
        k = -k if k < 0 else 2 * (count - 1) - k
    return k if count > 1 else 0


@kernel
def _mean(plane, width, out):
    """Along the rows, of which so many are kept as a square is high, then down the columns."""
    rows, columns = plane.shape
    reach, share = width // 2, 1.0 / (width * width)
    sums, total = np.empty((width, columns)), np.zeros(columns)
    longer = np.empty(columns + 2 * reach)
    for k in range(rows + 2 * reach):
        line = plane[_mirrored(k - reach, rows)]
        for x in range(reach):
            longer[x] = line[_mirrored(x - reach, columns)]
            longer[columns + reach + x] = line[_mirrored(columns + x, columns)]
        for x in range(columns):
            longer[reach + x] = line[x]
        _sum_along(longer, width, sums[k % width])
        added = sums[k % width]
        if k < 2 * reach:
            for x in range(columns):
                total[x] += added[x]
        else:
            left, target = sums[(k + 1) % width], out[k - 2 * reach]
            for x in range(columns):
                whole = total[x] + added[x]
                target[x] = whole * share
                total[x] = whole - left[x]


@kernel
def _sum_along(longer, width, sums):
    """Write the sum of `width` px from every px on."""
    if width <= FEW:
        sums[:] = longer[: sums.size]
        for k in range(1, width):
            part = longer[k : k + sums.size]
            for x in range(sums.size):
                sums[x] += part[x]
        return
    total = 0.0
    for x in range(width):
        total += longer[x]
    sums[0] = total
    for x in range(1, sums.size):
        total += longer[x + width - 1] - longer[x - 1]
        sums[x] = total
