"""Cells that touch, as groups, without the library that takes longer to load than the checks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Group(NamedTuple):
    """Cells that touch.

    Attributes
    ----------
    place : rows and columns of the smallest rectangle that holds them
    own : (rows, columns) bool, which of its cells they are
    number : how many
    """

    place: tuple[slice, slice]
    own: NDArray[np.bool_]
    number: int


def groups_of(cells: NDArray[np.bool_], corners: bool) -> list[Group]:
    """Groups of cells that touch, in the order of their first cells, row by row.

    Parameters
    ----------
    cells : (rows, columns)
    corners : whether cells touch whose corners do
    """
    if not cells.any():
        return []
    # Who has found nothing does not wait for it to be loaded.
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        cells.astype(np.uint8), connectivity=8 if corners else 4
    )
    numbers, firsts = np.unique(labels[cells], return_index=True)
    found = []
    for number in numbers[np.argsort(firsts)]:
        x, y, width, height, count = map(int, stats[number])
        place = slice(y, y + height), slice(x, x + width)
        found.append(Group(place, labels[place] == number, count))
    return found
