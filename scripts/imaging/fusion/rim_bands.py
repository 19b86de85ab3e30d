"""Bands along rims: where near things end, and the light that two frames have of them.

In the frame in focus on a near thing one sees to the px where it ends; in that in focus on the
ground behind it, what the ground is like. Both are kept while frames are fused, for the few cells
of 2 x 2 px beside which depth breaks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.near_end import End
from imaging.sampling.dilation import dilated
from imaging.sampling.kernels import kernel

# A near thing stands before the ground by so many frames, within so many cells of a place.
APART, BESIDE = np.float32(3.0), 4
# Light counts in so many steps from black to white.
STEPS = 65535
# Shares of the colours in grey.
RED, GREEN, BLUE = np.float32(0.25), np.float32(0.5), np.float32(0.25)


class Bands(NamedTuple):
    """Cells of 2 x 2 px beside rims, row by row, for kernels; px of a cell row by row.

    Attributes
    ----------
    starts : (h + 1,) int64, the first cell of each row of cells, and one past the last
    columns : (n,) int32, each cell's column, rising in a row
    near, ground : (n,) uint16, the frames in focus on the nearest and on the farthest thing beside
    on_near : (n,) uint8, 1 where depth is the near thing's
    near_grey, ground_grey : (n, 4) uint16, the px of these frames, written while frames are fused
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    near: NDArray[np.uint16]
    ground: NDArray[np.uint16]
    on_near: NDArray[np.uint8]
    near_grey: NDArray[np.uint16]
    ground_grey: NDArray[np.uint16]


def no_bands() -> Bands:
    """Of a stack in which no rim is looked for."""
    return _bands(np.zeros(1, np.int64), *(np.zeros(0, np.uint16) for _ in range(4)))


def find_bands(guide: NDArray[np.float32], near: End | None, frames: int) -> Bands:
    """The bands of a stack, still without light.

    Parameters
    ----------
    guide : (h, w) depth in frames, which breaks at rims
    near : the nearer end; None where it is not known, and no band is
    frames : of the stack; where one that is wanted is not among these there is no band
    """
    if near is None:
        return no_bands()
    z = guide if near is End.LAST else -guide
    nearest, farthest = dilated(z, 2 * BESIDE + 1), -dilated(-z, 2 * BESIDE + 1)
    last = np.float32(frames - 1)
    least, most = (np.float32(0), last) if near is End.LAST else (-last, np.float32(0))
    half = np.float32(0.5)
    inside = (farthest > least - half) & (nearest < most + half)
    y, x = np.nonzero((nearest - farthest > APART) & inside)
    near_z, ground_z = nearest[y, x], farthest[y, x]
    starts = np.searchsorted(y, np.arange(len(z) + 1))
    on_near = z[y, x] > half * (near_z + ground_z)

    def frame(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
        return np.clip(np.rint(np.abs(depth)), 0, last).astype(np.uint16)

    return _bands(starts, x, frame(near_z), frame(ground_z), on_near)


def _bands(
    starts: NDArray, columns: NDArray, near: NDArray, ground: NDArray, on_near: NDArray
) -> Bands:
    """Bands whose light is still to be written."""
    return Bands(
        starts.astype(np.int64),
        columns.astype(np.int32),
        near,
        ground,
        on_near.astype(np.uint8),
        np.zeros((columns.size, 4), np.uint16),
        np.zeros((columns.size, 4), np.uint16),
    )


@kernel
def first_from(bands, row, column):
    """Number of the first cell of a row of cells from a column on."""
    low, high = bands.starts[row], bands.starts[row + 1]
    while low < high:
        middle = (low + high) // 2
        if bands.columns[middle] < column:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def keep_light(tile, halo, frame, y0, x0, bands):
    """Keep what a tile of a frame, (3, h + 2 halo, w + 2 halo) from (y0, x0) on, has of the bands.

    `y0` and `x0` are even.
    """
    if bands.columns.size == 0:
        return
    height, width = tile.shape[1] - 2 * halo, tile.shape[2] - 2 * halo
    for y in range(0, height, 2):
        row = (y0 + y) // 2
        for n in range(first_from(bands, row, x0 // 2), bands.starts[row + 1]):
            x = 2 * bands.columns[n] - x0
            if x >= width:
                break
            is_near, is_ground = bands.near[n] == frame, bands.ground[n] == frame
            if not (is_near or is_ground):
                continue
            for part in range(4):
                # Beyond an odd picture's last row and column lies that again.
                i = halo + min(y + part // 2, height - 1)
                j = halo + min(x + part % 2, width - 1)
                sample = in_steps(grey(tile[0, i, j], tile[1, i, j], tile[2, i, j]))
                if is_near:
                    bands.near_grey[n, part] = sample
                if is_ground:
                    bands.ground_grey[n, part] = sample


@kernel
def grey(red, green, blue):
    """Grey of three values."""
    return RED * red + GREEN * green + BLUE * blue


@kernel
def in_steps(value):
    """A value 0..1 as it is kept."""
    top = np.float32(STEPS)
    return np.uint16(min(max(value, np.float32(0.0)), np.float32(1.0)) * top + np.float32(0.5))
