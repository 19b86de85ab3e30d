"""What a crop cuts out of pictures and maps: px as they are, or resampled once if it is turned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imaging.pictures.crop import Box, Crop
from imaging.sampling import turning

# Of a tile that is sampled at once: at 45 degrees it needs twice as many px.
TILE_PX = 512


class Boxes(Protocol):
    """What is read by boxes, as `tiff.Rows` is."""

    shape: tuple[int, ...]

    def read_box(self, x: int, y: int, width: int, height: int) -> NDArray:
        """Px of a box, (height, width, …)."""


def cut(picture: Boxes, crop: Crop) -> NDArray[np.uint16]:
    """What a crop is of a picture, (height, width, 3) uint16: an exact copy if it is straight."""
    return Cut(picture, crop).read(0, crop.box[3])


class Cut:
    """A picture as a crop shows it, to be read by rows.

    Parameters
    ----------
    picture : (H, W, 3) uint16, open
    crop : of it; straight or turned

    Attributes
    ----------
    shape : of what is read
    """

    def __init__(self, picture: Boxes, crop: Crop) -> None:
        self._picture, self._crop, self._matrix = picture, crop, crop.matrix
        self.shape = (crop.box[3], crop.box[2], *picture.shape[2:])

    def read(self, first: int, last: int) -> NDArray[np.uint16]:
        """Rows `first` up to, not including, `last`."""
        x, y, width, _ = self._crop.box
        if not self._crop.angle_deg:
            return self._picture.read_box(x, y + first, width, last - first)
        out = np.empty((last - first, width, *self.shape[2:]), np.uint16)
        for left, top, wide, high in _tiles(width, first, last):
            tile = np.empty((high, wide, *self.shape[2:]), np.uint16)
            rows, columns = self._picture.shape[:2]
            box = turning.source_box(self._matrix, (left, top, wide, high), (rows, columns))
            source = self._picture.read_box(*box)
            turning.turn_tile(source, box[0], box[1], self._matrix, left, top, tile)
            out[top - first : top - first + high, left : left + wide] = tile
        return out


def _tiles(width: int, first: int, last: int) -> Iterator[Box]:
    for y in range(first, last, TILE_PX):
        for x in range(0, width, TILE_PX):
            yield x, y, min(TILE_PX, width - x), min(TILE_PX, last - y)


def nearest(matrix: NDArray[np.float64], across: NDArray, down: NDArray) -> tuple[NDArray, NDArray]:
    """The px that lie nearest to places of a crop.

    Parameters
    ----------
    matrix : (3, 3) of the crop
    across : (w,) columns of the crop, px
    down : (h,) rows

    Returns
    -------
    columns, rows : (h, w) int each, in px of the picture
    """
    x, y = _places(matrix, across, down)
    return np.floor(x + 0.5).astype(int), np.floor(y + 0.5).astype(int)


def box_of(crop: Crop, extent: tuple[int, int]) -> Box:
    """The straight box of a picture of so many rows and columns in which a crop lies."""
    if not crop.angle_deg:
        return crop.box
    return turning.source_box(crop.matrix, (0, 0, *crop.size), extent)


def turn_depth(
    depth: NDArray[np.float32], at: tuple[int, int], crop: Crop, step: float
) -> NDArray[np.float32]:
    """Depths as a turned crop shows them, (height, width) float32.

    A depth is known where that of the nearest px is, and is its, or a mean of the four around the
    place where these are one surface: none is made up between near and far.

    Parameters
    ----------
    depth : (R, W) of a box of the map, NaN where it is not known
    at : column and row of its first px in the map
    crop : of the map
    step : by how much depths of one surface may differ
    """
    width, height = crop.size
    out = np.empty((height, width), np.float32)
    last_row, last_column = depth.shape[0] - 1, depth.shape[1] - 1
    for left, top, wide, high in _tiles(width, 0, height):
        across, down = np.arange(left, left + wide), np.arange(top, top + high)
        x, y = _places(crop.matrix, across, down)
        x, y = np.clip(x - at[0], 0, last_column), np.clip(y - at[1], 0, last_row)
        column = np.minimum(x.astype(int), max(last_column - 1, 0))
        row = np.minimum(y.astype(int), max(last_row - 1, 0))
        right, below = np.minimum(column + 1, last_column), np.minimum(row + 1, last_row)
        around = (depth[row, column], depth[row, right], depth[below, column], depth[below, right])
        s, t = (x - column).astype(np.float32), (y - row).astype(np.float32)
        upper = (1 - s) * around[0] + s * around[1]
        mean = (1 - t) * upper + t * ((1 - s) * around[2] + s * around[3])
        one = depth[np.floor(y + 0.5).astype(int), np.floor(x + 0.5).astype(int)]
        # A difference to what is not known is NaN, and no surface.
        spread = np.maximum.reduce(around) - np.minimum.reduce(around)
        out[top : top + high, left : left + wide] = np.where(spread <= step, mean, one)
    return out


def _places(
    matrix: NDArray[np.float64], across: NDArray, down: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns and rows of the picture, (h, w) each."""
    below = down[:, None]
    return (
        matrix[0, 0] * across + matrix[0, 1] * below + matrix[0, 2],
        matrix[1, 0] * across + matrix[1, 1] * below + matrix[1, 2],
    )
