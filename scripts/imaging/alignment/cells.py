"""Cells of a frame's thumbnail, and where other frames have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cells_in_frame(
    motion: NDArray[np.floating], cells: tuple[int, int], shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Where another frame has the cells of a thumbnail, row by row.

    Parameters
    ----------
    motion : (3, 3), px of the thumbnail's frame → px of the other
    cells : (rows, columns) of both thumbnails
    shape : (rows, columns) of both frames

    Returns
    -------
    y, x : row and column of the nearest cell, for those that are inside
    inside : (cells,) which of the thumbnail's are
    """
    rows, columns = cells
    to_cell = np.diag([columns / shape[1], rows / shape[0], 1.0])
    ys, xs = np.mgrid[:rows, :columns]
    places = np.stack([xs.ravel(), ys.ravel(), np.ones(rows * columns)])
    x, y = np.rint((to_cell @ motion @ np.linalg.inv(to_cell) @ places)[:2]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
    return y[inside], x[inside], inside
