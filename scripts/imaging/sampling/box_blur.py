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
# Rows that are summed along together.
ABREAST = 4


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
    kept = width + ABREAST - 1
    sums, total = np.empty((kept, columns)), np.zeros(columns)
    longer = np.empty((ABREAST, columns + 2 * reach))
    for k in range(rows + 2 * reach):
        if k % ABREAST == 0:
            for j in range(ABREAST):
                _lengthen(plane[_mirrored(k + j - reach, rows)], reach, longer[j])
            one, two, three = (k + 1) % kept, (k + 2) % kept, (k + 3) % kept
            _sum_along(longer, width, sums[k % kept], sums[one], sums[two], sums[three])
        added = sums[k % kept]
        for x in range(columns):
            total[x] += added[x]
        if k >= 2 * reach:
            left, target = sums[(k - 2 * reach) % kept], out[k - 2 * reach]
            for x in range(columns):
                target[x] = total[x] * share
            for x in range(columns):
                total[x] -= left[x]


@kernel
def _lengthen(line, reach, longer):
    """Write a row and what lies beyond its border on either side."""
    columns = line.size
    for x in range(reach):
        longer[x] = line[_mirrored(x - reach, columns)]
        longer[columns + reach + x] = line[_mirrored(columns + x, columns)]
    own = longer[reach : reach + columns]
    for x in range(columns):
        own[x] = line[x]


@kernel
def _sum_along(longer, width, first, second, third, fourth):
    """Write the sums of `width` px from every px on, of rows abreast.

    A sum that runs along waits for itself at each px: four of them wait together.
    """
    if width <= FEW:
        _sum_few(longer[0], width, first)
        _sum_few(longer[1], width, second)
        _sum_few(longer[2], width, third)
        _sum_few(longer[3], width, fourth)
        return
    one, two, three, four = longer[0], longer[1], longer[2], longer[3]
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for x in range(width):
        a += one[x]
        b += two[x]
        c += three[x]
        d += four[x]
    first[0], second[0], third[0], fourth[0] = a, b, c, d
    for x in range(1, first.size):
        last, before = x + width - 1, x - 1
        a += one[last] - one[before]
        b += two[last] - two[before]
        c += three[last] - three[before]
        d += four[last] - four[before]
        first[x], second[x], third[x], fourth[x] = a, b, c, d


@kernel
def _sum_few(longer, width, sums):
    """The same of one row; FEW at once, which is what fusing asks for most."""
    if width == FEW:
        for x in range(sums.size):
            near = longer[x] + longer[x + 1] + longer[x + 2]
            sums[x] = near + longer[x + 3] + longer[x + 4]
        return
    for x in range(sums.size):
        sums[x] = longer[x]
    for k in range(1, width):
        part = longer[k : k + sums.size]
        for x in range(sums.size):
            sums[x] += part[x]
