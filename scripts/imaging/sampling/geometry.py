"""What a transform does to a frame: where it puts corners and cells, and a plane that it moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel


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
    out = np.empty(plane.shape, np.float32)
    _move(
        np.ascontiguousarray(plane, np.float32),
        np.ascontiguousarray(motion, np.float64),
        beyond == "nearest",
        out,
    )
    return out


@kernel
def _move(plane, motion, held, out):
    """Write `moved`; places beyond the border are `held` at it, or nan."""
    rows, columns = plane.shape
    a, b, c = motion[0, 0], motion[0, 1], motion[0, 2]
    d, e, f = motion[1, 0], motion[1, 1], motion[1, 2]
    for y in range(rows):
        for x in range(columns):
            v, u = f + (e * y + d * x), c + (b * y + a * x)
            if held:
                v, u = min(max(v, 0.0), rows - 1.0), min(max(u, 0.0), columns - 1.0)
            elif v < 0.0 or u < 0.0 or v > rows - 1.0 or u > columns - 1.0:
                out[y, x] = np.nan
                continue
            i, j = int(v), int(u)
            below, right = v - i, u - j
            i1, j1 = min(i + 1, rows - 1), min(j + 1, columns - 1)
            value = (1.0 - below) * (1.0 - right) * plane[i, j]
            value += (1.0 - below) * right * plane[i, j1]
            value += below * (1.0 - right) * plane[i1, j]
            value += below * right * plane[i1, j1]
            out[y, x] = value
