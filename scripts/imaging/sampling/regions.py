"""Regions of a mask that hang together, as scipy labels them.

Loading scipy takes as long as aligning a small stack.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


def labelled(
    mask: NDArray[np.bool_], diagonal: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number the regions of a mask (h, w), row by row from 1.

    Parameters
    ----------
    diagonal : whether px that touch by a corner belong together

    Returns
    -------
    labels : (h, w) int32, 0 outside
    sizes : (n + 1,) int32, px of each region; 0 of what is outside
    """
    labels, sizes = np.zeros(mask.shape, np.int32), np.zeros(mask.size + 1, np.int32)
    count = _label(mask.view(np.uint8), diagonal, labels, np.empty(mask.size, np.int32), sizes)
    return labels, sizes[: count + 1].copy()


@kernel
def _label(mask, diagonal, labels, waiting, sizes):
    """Write labels and sizes; gives how many regions there are. `waiting` is room for a region."""
    rows, columns = mask.shape
    number = 0
    for y in range(rows):
        for x in range(columns):
            if mask[y, x] == 0 or labels[y, x]:
                continue
            number += 1
            labels[y, x], waiting[0], count = number, y * columns + x, 1
            while count > 0:
                count -= 1
                sizes[number] += 1
                b, a = waiting[count] // columns, waiting[count] % columns
                for i in range(max(b - 1, 0), min(b + 2, rows)):
                    for j in range(max(a - 1, 0), min(a + 2, columns)):
                        beside = diagonal or i == b or j == a
                        if beside and mask[i, j] and not labels[i, j]:
                            labels[i, j], waiting[count] = number, i * columns + j
                            count += 1
    return number


def places_of(labels: NDArray[np.int32], count: int) -> list[tuple[slice, slice]]:
    """Rows and columns of the smallest box round each of `count` regions."""
    boxes = np.empty((count, 4), np.int32)
    boxes[:, :2], boxes[:, 2:] = max(labels.shape), 0
    _box(labels, boxes)
    return [(slice(top, end), slice(left, past)) for top, left, end, past in boxes.tolist()]


@kernel
def _box(labels, boxes):
    """Widen boxes (n, 4), first row and column and those past the last, to hold their regions."""
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            k = labels[y, x] - 1
            if k >= 0:
                boxes[k, 0], boxes[k, 1] = min(boxes[k, 0], y), min(boxes[k, 1], x)
                boxes[k, 2], boxes[k, 3] = max(boxes[k, 2], y + 1), max(boxes[k, 3], x + 1)
