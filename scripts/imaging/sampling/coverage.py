"""What a frame covers of the reference frame: the border geometry of every step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.sampling.kernels import kernel

# A frame ends so far beyond the centres of its border px.
BORDER_PX = 0.5
# What a border is off by less than this is rounding, not motion.
ROUNDING_PX = 1e-3
# Slopes flatter than this move a border by less than a px in any picture: it lies along the row.
FLAT = 1e-12


class Outline(NamedTuple):
    """Where a frame lies, for kernels.

    Attributes
    ----------
    inverse : (3, 3) float64 affine, reference px → frame px
    rows, columns : of the frame
    """

    inverse: NDArray[np.float64]
    rows: int
    columns: int


@kernel
def covered_columns(outline, y, margin):
    """Columns of the reference frame at row `y` that lie in a frame, `margin` px from its border.

    The border is that of the centres of its border px; a negative margin is beyond it.

    Parameters
    ----------
    outline : Outline
    y, margin : float

    Returns
    -------
    first, last : float; first > last where none is covered
    """
    low, high = -1e9, 1e9
    for axis in range(2):
        size = outline.columns if axis == 0 else outline.rows
        slope = outline.inverse[axis, 0]
        at_zero = outline.inverse[axis, 1] * y + outline.inverse[axis, 2]
        near, far = margin, size - 1.0 - margin
        if abs(slope) < FLAT:
            if at_zero < near or at_zero > far:
                return 1.0, 0.0
            continue
        at_near, at_far = (near - at_zero) / slope, (far - at_zero) / slope
        low = max(low, min(at_near, at_far))
        high = min(high, max(at_near, at_far))
    return low, high


@kernel
def tile_columns(low, high, scale, x0, width):
    """First and past the last px of a tile's row that lie from `low` to `high`, full resolution.

    `scale` are the full-resolution px per px of the tile, whose first is `x0`.
    """
    first = min(max(int(np.ceil(low / scale)) - x0, 0), width)
    return first, max(min(int(np.floor(high / scale)) - x0 + 1, width), first)


def common_area(
    transforms: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The upright rectangle that every frame of a stack covers.

    Parameters
    ----------
    transforms : (N, 3, 3) affine, frame px → reference px
    shape : (rows, columns) of a frame

    Returns
    -------
    x, y, width, height in px of the reference frame

    Raises
    ------
    ImagingError : the frames have no area in common
    """
    rows, columns = shape
    corners = np.array([[0, columns - 1, 0, columns - 1], [0, 0, rows - 1, rows - 1], [1, 1, 1, 1]])
    x, y = np.moveaxis((transforms @ corners)[:, :2], 1, 0)
    left, right = max(x[:, [0, 2]].max(), 0), min(x[:, [1, 3]].min(), columns - 1)
    top, bottom = max(y[:, [0, 1]].max(), 0), min(y[:, [2, 3]].min(), rows - 1)
    x0, y0 = int(np.ceil(left - ROUNDING_PX)), int(np.ceil(top - ROUNDING_PX))
    x1, y1 = int(np.floor(right + ROUNDING_PX)) + 1, int(np.floor(bottom + ROUNDING_PX)) + 1
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise ImagingError(
            "the frames of this stack have no area in common; set crop to none or to a rectangle"
        )
    return x0, y0, x1 - x0, y1 - y0
