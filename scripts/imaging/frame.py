"""One frame of a stack as fusion sees it: rows on disk, a motion, a brightness curve."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging import tiff, warp

# Tiles of a strip share the rows that are read for it, and fit the cores' caches.
TILE_COLUMNS = 512


@dataclass(frozen=True)
class Frame:
    """A converted frame and how it is brought into the reference frame's geometry and light.

    Attributes
    ----------
    path : 16-bit RGB TIFF, as `tiff.open_rows` reads it
    inverse : (3, 3) float64 affine, reference px → frame px
    curves : (3, 65536) float32, the value 0..1 that a sample of each channel stands for; a gain
        may take it above 1
    """

    path: Path
    inverse: NDArray[np.float64]
    curves: NDArray[np.float32]


def strip(frame: Frame, pixels: tiff.Rows, y0: int, y1: int, x0: int,
          x1: int) -> tuple[NDArray[np.uint16], int]:
    """The frame's rows that rows `y0` to `y1` of the reference frame are made of.

    Parameters
    ----------
    pixels : the open file of `frame`
    x0, x1 : first and past the last column that will be asked for

    Returns
    -------
    rows : (R, W, 3) uint16
    first : number of the first of them
    """
    first, last = warp.source_rows(frame.inverse, (y0, y1, x0, x1), pixels.shape[0])
    return pixels.read(first, last), first


def covered_columns(inverse: NDArray[np.float64], shape: tuple[int, int], y: float,
                    margin: float) -> tuple[float, float]:
    """Columns of the reference frame at row `y` that lie in a frame, `margin` px from its border.

    Parameters
    ----------
    inverse : (3, 3) affine, reference px → frame px
    shape : (rows, columns) of the frame

    Returns
    -------
    first and last covered column; first > last where none is
    """
    low, high = -np.inf, np.inf
    for axis, size in ((0, shape[1]), (1, shape[0])):
        slope = inverse[axis, 0]
        at_zero = inverse[axis, 1] * y + inverse[axis, 2]
        ends = (margin, size - 1 - margin)
        if slope == 0.0:
            if not ends[0] <= at_zero <= ends[1]:
                return 1.0, 0.0
            continue
        crossings = sorted((end - at_zero) / slope for end in ends)
        low, high = max(low, crossings[0]), min(high, crossings[1])
    return float(low), float(high)
