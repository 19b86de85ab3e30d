"""Factors that bring a source's brightness and colour to those of the picture round a stroke.

Both are summed in cells of px that the stroke does not cover; in cells that it covers, factors are
carried over from round about, nearer ones counting more [1]_. Sums are whole numbers: they are
alike in whatever order a large stroke is read.

.. [1] S. J. Gortler, R. Grzeszczuk, R. Szeliski and M. F. Cohen, "The Lumigraph", SIGGRAPH 1996,
   43-54 (pull-push).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.retouching.box import Box, whole
from imaging.retouching.brush import Brush, coverage, extent
from imaging.retouching.sources import Picture

# A small stroke has cells of this side, a large one of more, so that it has so many each way.
LEAST_CELL_PX, MOST_CELLS = 8, 64
# What a source is brought to is between these, or where both are dark anything would do.
LEAST, MOST = 0.25, 4.0
# Added to both sums for each px, in sample values of 16 bits: in the dark, noise is no difference.
DARK = 256
# How much of a cell must be known for what it knows to weigh as much as what is round about.
TRUSTED = 0.1


class Factors:
    """Factors by which a source is multiplied, for each channel and px.

    Parameters
    ----------
    surroundings : box of whole cells that hold the stroke and its ring
    cell_px : side of a cell
    """

    def __init__(self, surroundings: Box, cell_px: int) -> None:
        self._box, self._cell = surroundings, cell_px
        rows, columns = surroundings.height // cell_px, surroundings.width // cell_px
        self._sums = np.zeros((3, rows, columns, 3), np.int64)
        self._field = np.ones((rows, columns, 3))

    def add(
        self,
        box: Box,
        before: NDArray[np.uint16],
        source: NDArray[np.uint16],
        known: NDArray[np.bool_],
    ) -> None:
        """Sum px of a box of whole cells, cut off at the picture's border.

        Parameters
        ----------
        before, source : (h, w, 3), of the picture and of the source
        known : (h, w), px that the stroke does not cover and the source has
        """
        down = np.arange(box.y // self._cell * self._cell, box.bottom, self._cell) - box.y
        right = np.arange(box.x // self._cell * self._cell, box.right, self._cell) - box.x
        down, right = np.maximum(down, 0), np.maximum(right, 0)
        row, column = (
            (box.y - self._box.y) // self._cell,
            (box.x - self._box.x) // self._cell,
        )
        here = np.s_[row : row + len(down), column : column + len(right)]
        counted = known[..., None]
        for k, values in enumerate((before, source, np.ones_like(before))):
            sums = np.add.reduceat(np.where(counted, values, 0).astype(np.int64), down, axis=0)
            self._sums[k][here] += np.add.reduceat(sums, right, axis=1)

    def settle(self) -> None:
        """Carry what is known into what the stroke covers, once all px are summed."""
        of_before, of_source, count = self._sums.astype(np.float64)
        ratio = (of_before + DARK * count) / np.maximum(of_source + DARK * count, 1.0)
        share = count[..., :1] / self._cell**2
        carried = _carried(np.clip(ratio, LEAST, MOST) * share, share)
        self._field = carried if share.any() else np.ones_like(ratio)

    def at(self, box: Box) -> NDArray[np.float32]:
        """Factors of px in a box, (h, w, 3) float32."""
        down = _between(self._field, box.y - self._box.y, box.height, self._cell, 0)
        return _between(down, box.x - self._box.x, box.width, self._cell, 1).astype(np.float32)


def _carried(weighted: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of cells from their weighted values and weights, those of cells without any too."""
    rows, columns = share.shape[:2]
    if max(rows, columns) == 1:
        return weighted / np.maximum(share, 1e-12)
    even = [(0, rows % 2), (0, columns % 2), (0, 0)]
    coarse = _carried(
        _quarter(np.pad(weighted, even)),
        np.minimum(_quarter(np.pad(share, even)), 1.0),
    )
    around = _between(coarse, 0, rows, 2, 0)
    around = _between(around, 0, columns, 2, 1)
    return (weighted + TRUSTED * around) / (share + TRUSTED)


def _quarter(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of two by two."""
    rows = values[::2] + values[1::2]
    return 0.25 * (rows[:, ::2] + rows[:, 1::2])


def _between(
    values: NDArray[np.float64], first: int, count: int, cell: int, axis: int
) -> NDArray[np.float64]:
    """Values of px along an axis, on straight lines between those of cells' middles."""
    place = (np.arange(first, first + count) + 0.5) / cell - 0.5
    last = values.shape[axis] - 1
    before = np.clip(np.floor(place).astype(int), 0, last)
    after = np.minimum(before + 1, last)
    share = np.clip(place - before, 0.0, 1.0)
    share = share.reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    low = np.take(values, before, axis)
    return low + share * (np.take(values, after, axis) - low)


def surroundings(
    path: Sequence[Sequence[float]], brush: Brush, shape: tuple[int, int]
) -> tuple[Box, int]:
    """The cells that a stroke's factors are measured in: their box, and a cell's side in px."""
    covered = extent(path, brush, shape)
    ring = max(int(brush.diameter_px / 2.0), LEAST_CELL_PX)
    cell = LEAST_CELL_PX
    while max(covered.shape) + 2 * ring > cell * MOST_CELLS:
        cell *= 2
    return covered.grown(max(ring, cell)).on_grid(cell), cell


def measure(
    path: Sequence[Sequence[float]],
    brush: Brush,
    before: Callable[[Box], NDArray[np.uint16]],
    source: Picture,
    band_rows: int,
) -> Factors:
    """Measure the factors of a stroke.

    Parameters
    ----------
    before : gives the picture as the stroke finds it, (h, w, 3), in any box
    source : of the stroke
    band_rows : how many rows are read at a time, about
    """
    box, cell = surroundings(path, brush, source.shape)
    factors = Factors(box, cell)
    step = max(band_rows // cell, 1) * cell
    for y in range(box.y, box.bottom, step):
        rows = Box(box.x, y, box.width, min(step, box.bottom - y))
        band = rows.overlap(whole(source.shape))
        if band.is_empty:
            continue
        patch = source.read(band)
        free = coverage(path, brush, band) <= 0.0
        factors.add(band, before(band), patch.pixels, free & patch.valid & ~patch.mended)
    factors.settle()
    return factors
