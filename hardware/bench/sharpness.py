"""How much fine detail each part of a picture holds, told apart from its noise.

Detail is the energy of second differences between neighbouring px, of values on a scale where the
noise of light is even (their square roots, or values encoded for viewing). Products of differences
in neighbouring rows leave noise out, for it is independent from row to row and detail is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The picture is parted into so many tiles along its longer side.
TILES = 24
LEAST_TILE_PX = 4
# Detail is certain from so many standard errors on of what noise alone would give.
STANDS_OUT = 4.0


@dataclass(frozen=True)
class Detail:
    """The fine detail of a picture's tiles.

    Attributes
    ----------
    energy : (h, w) float32, mean square of second differences, noise included
    clean : (h, w) float32, the same without noise: about 0, or below, where there is only noise
    error : (h, w) float32, standard error of `clean` by noise
    tile_px : side of a tile
    """

    energy: NDArray[np.float32]
    clean: NDArray[np.float32]
    error: NDArray[np.float32]
    tile_px: int

    def number(self) -> float:
        """Root mean square contrast of neighbouring px, noise left out, in % of white."""
        return 100.0 * float(np.sqrt(max(0.0, float(self.clean.mean()))))

    def certain(self) -> NDArray[np.bool_]:
        """Tiles that hold detail, and not only noise."""
        return self.clean > STANDS_OUT * self.error


def detail(values: NDArray[np.float32], spacing_px: int = 1) -> Detail:
    """Measure a picture.

    Parameters
    ----------
    values : (h, w) float32, 0 black to 1 white, on a scale where noise is even
    spacing_px : distance between the px that are compared
    """
    tile = max(LEAST_TILE_PX, -(-max(values.shape) // TILES))
    rows, columns = (max(1, side // tile) for side in values.shape)
    means = np.zeros((2, 2, rows, columns))
    # A row of tiles at a time, which fits into a processor's cache.
    for row in range(rows):
        strip = values[row * tile : (row + 1) * tile + 2 * spacing_px]
        for k, differences in enumerate(_second_differences(strip, spacing_px)):
            if differences[0].size:
                means[k, :, row] = _row_of_tiles(*differences, tile, columns)
    energy, clean = means.sum(0)
    # Each px takes part in a few products, so that these are fewer independent ones.
    error = np.maximum(energy - clean, 0) / np.sqrt(tile * tile / 3.0)
    energy, clean, error = (tiles.astype(np.float32) for tiles in (energy, clean, error))
    return Detail(energy, clean, error, tile)


Pair = tuple[NDArray[np.float32], NDArray[np.float32]]


def _second_differences(strip: NDArray[np.float32], s: int) -> list[Pair]:
    """Those down and across, each with the ones beside it along the edge that it would see."""
    down = strip[: -2 * s] - 2 * strip[s:-s] + strip[2 * s :]
    across = strip[:, : -2 * s] - 2 * strip[:, s:-s] + strip[:, 2 * s :]
    return [(down[:, :-s], down[:, s:]), (across[:-s], across[s:])]


def _row_of_tiles(
    one: NDArray[np.float32], beside: NDArray[np.float32], tile: int, columns: int
) -> NDArray[np.float64]:
    """(2, columns): means of squares, and of products."""
    width = min(one.shape[1], columns * tile)
    starts = np.arange(0, width, tile)[:columns]
    counts = np.diff(np.append(starts, width)) * len(beside)
    means = np.zeros((2, columns))
    for k, (a, b) in enumerate(((one, one), (one, beside))):
        sums = np.einsum("ij,ij->j", a, b)[:width]
        means[k, : len(starts)] = np.add.reduceat(sums, starts) / counts
    return means
