"""Planes at another resolution, bit for bit alike on every processor.

OpenCV's own enlargement goes through a library that computes otherwise on each family of
processors; its means of areas do not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


def shrunk(plane: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means of `factor` x `factor` px of a (h, w) plane; a rest at the border counts as a px."""
    if factor == 1:
        return plane
    size = [max(1, round(side / factor)) for side in plane.shape[::-1]]
    means = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return means.astype(np.float32, copy=False)


def enlarged(plane: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """A plane enlarged to `shape`, (rows, columns), in straight lines between its px's centres."""
    if plane.shape == tuple(shape):
        return plane
    return enlarged_rows(plane, shape, 0, shape[0])


def enlarged_rows(
    plane: NDArray[np.float32], shape: tuple[int, int], first: int, last: int
) -> NDArray[np.float32]:
    """Rows `first` to `last` of what `enlarged` gives, without the others."""
    out = np.empty((last - first, shape[1]), np.float32)
    above, share = _between(plane.shape[0], shape[0])
    columns = _between(plane.shape[1], shape[1])
    _enlarge(plane, *columns, above[first:last], share[first:last], out)
    return out


def _between(few: int, many: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each of `many` px, the one of `few` px before it and the share of the one after it."""
    at = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0.0, few - 1.0)
    before = np.minimum(at.astype(np.int32), max(few - 2, 0))
    return before, (at - before).astype(np.float32)


@kernel
def _enlarge(plane, left, share_x, above, share_y, out):
    last_row, last_column = plane.shape[0] - 1, plane.shape[1] - 1
    line = np.empty(plane.shape[1], np.float32)
    for y in range(out.shape[0]):
        upper, lower = plane[above[y]], plane[min(above[y] + 1, last_row)]
        for x in range(line.size):
            line[x] = upper[x] + share_y[y] * (lower[x] - upper[x])
        target = out[y]
        for x in range(target.size):
            here = line[left[x]]
            target[x] = here + share_x[x] * (line[min(left[x] + 1, last_column)] - here)
