"""What a transform does to a frame: where it puts corners and cells, and a plane that it moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def corners(shape: tuple[int, int]) -> NDArray[np.float64]:
    """Corners of a frame of (rows, columns), (3, 4) homogeneous, in px."""
    rows, columns = shape
    return np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]], float)


def corner_distance(
    first: NDArray[np.float64], second: NDArray[np.float64], shape: tuple[int, int]
) -> float:
    """Largest distance, px, between where two transforms put the corners of a frame."""
    return float(np.hypot(*((first - second) @ corners(shape))[:2]).max())


def in_cells(motion: NDArray[np.float64], cell_px: int) -> NDArray[np.float64]:
    """A transform (3, 3) of px as one of cells of `cell_px` each way."""
    to_cells = np.diag([1.0 / cell_px, 1.0 / cell_px, 1.0])
    return to_cells @ motion @ np.linalg.inv(to_cells)


def moved(
    plane: NDArray[np.float32], motion: NDArray[np.floating], beyond: str = "constant"
) -> NDArray[np.float32]:
    """What a plane has at `motion` of every place, in straight lines between its px.

    Parameters
    ----------
    plane : (h, w) float32
    motion : (3, 3) affine, place → px of the plane
    beyond : nan for `constant`, the border's values for `nearest`
    """
    (a, b, c), (d, e, f) = motion[:2]
    return ndimage.affine_transform(
        plane, [[e, d], [b, a]], [f, c], order=1, mode=beyond, cval=np.nan
    )
