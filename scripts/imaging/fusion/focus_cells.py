"""What every frame of a stack is like, cell by cell: how sharp and how bright, once it is aligned.

Measured in the pass in which focus is found, so that checks of a finished stack need not read its
frames again. Mean energy of the finest detail, and mean luminance 0..1 encoded as the frames are,
are kept for square cells at half resolution; a cell that a frame does not cover whole is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.fusion.sharpness import REACH_PX
from imaging.sampling import pyramid
from imaging.sampling.coverage import covered_columns
from imaging.sampling.kernels import kernel

# Px at half resolution each way of a cell of energy, in pictures up to SMALL_PX and in larger ones;
# cells of light are an eighth of it. They divide the strips and tiles in which frames are read.
SMALL_CELL_PX, CELL_PX = 16, 32
SMALL_PX = 1024
LIGHT_PER_CELL = 8

_U = np.uint64


class Cells(Sequence[NDArray[np.float32]]):
    """The cells of all frames, (h, w) float32 each, read frame by frame where they lie in a file.

    Attributes
    ----------
    size_px : px of the picture each way of a cell
    """

    def __init__(self, path: Path, frames: int, size_px: int) -> None:
        self.size_px = size_px
        self._file, self._frames = tiff.open_rows(path), frames
        self._rows = self._file.shape[0] // frames

    def __len__(self) -> int:
        return self._frames

    # One frame at a time is read; there is no slice of them.
    def __getitem__(self, frame: int) -> NDArray[np.float32]:  # type: ignore[override]
        if not 0 <= frame < self._frames:
            raise IndexError(frame)
        return self._file.read(frame * self._rows, (frame + 1) * self._rows)


def cell_sizes(shape: tuple[int, int]) -> tuple[int, int]:
    """Px at half resolution of a cell of energy and of light, for a picture (rows, columns)."""
    cell = SMALL_CELL_PX if max(pyramid.coarser(shape)) <= SMALL_PX else CELL_PX
    return cell, cell // LIGHT_PER_CELL


class CellWriter:
    """Writes the cells of frame after frame; two single planes, the frames one below another."""

    def __init__(self, energy: Path, light: Path, shape: tuple[int, int], frames: int) -> None:
        rows, columns = pyramid.coarser(shape)
        self.sizes = cell_sizes(shape)
        self._files = []
        # Two frames may be worked on at a time.
        self._planes: list[list[NDArray[np.float32]]] = [[], []]
        for path, size, what in zip((energy, light), self.sizes, ("energy of detail", "light")):
            cells = -(-rows // size), -(-columns // size)
            description = f"{what}, cells of {2 * size} px, {frames} frames one below another"
            self._files.append(
                tiff.create_image(
                    path,
                    (frames * cells[0], cells[1]),
                    dtype=np.float32,
                    text={"description": description},
                )
            )
            for planes in self._planes:
                planes.append(np.empty(cells, np.float32))

    def planes(self, frame: int) -> list[NDArray[np.float32]]:
        """Sums of energy and of light of a frame, from 0, to be added to; begun anew.

        They are those of the last frame but one, which is written by then.
        """
        planes = self._planes[frame % 2]
        for plane in planes:
            plane.fill(0.0)
        return planes

    def write(self, frame: int) -> None:
        """Put the sums of a frame, from 0, into the files."""
        for file, plane in zip(self._files, self._planes[frame % 2]):
            file.write(frame * len(plane), plane)

    def close(self) -> None:
        """Close both files."""
        for file in self._files:
            file.close()


def open_cells(
    energy: Path, light: Path, shape: tuple[int, int], frames: int
) -> tuple[Cells, Cells]:
    """What a `CellWriter` wrote of a picture (rows, columns) and its frames."""
    cell, light_cell = cell_sizes(shape)
    return Cells(energy, frames, 2 * cell), Cells(light, frames, 2 * light_cell)


@kernel
def add_tile(values, outline, y0, x0, cell, sums):
    """Add the mean of one tile's values to the cells it lies in, NaN where the frame ends.

    Parameters
    ----------
    values : (h, w) float32, from row `y0` and column `x0` of a plane; both are multiples of `cell`
    outline : coverage.Outline of the frame in the plane
    sums : (gh, gw) float32, written
    """
    height, width = values.shape
    means, none = np.empty((width + cell - 1) // cell, np.float32), np.float32(np.nan)
    for top in range(0, height, cell):
        bottom = min(top + cell, height)
        above = covered_columns(outline, float(y0 + top), REACH_PX)
        below = covered_columns(outline, float(y0 + bottom - 1), REACH_PX)
        low, high = max(above[0], below[0]), min(above[1], below[1])
        _mean_of_cells(values, top, bottom, cell, means)
        for k in range(means.size):
            left = x0 + k * cell
            covered = left >= low and min(left + cell, x0 + width) - 1 <= high
            sums[(y0 + top) // cell, x0 // cell + k] = means[k] if covered else none


# Unsigned offsets rather than slices: see warp._mix_along.
@kernel
def _mean_of_cells(values, top, bottom, cell, means):
    """Write the means of a row of cells; the last may be narrower.

    A sum waits for itself at each px: those of four cells wait together.
    """
    whole, side = values.shape[1] // cell, _U(cell)
    per = np.float32((bottom - top) * cell)
    for k in range(0, whole - 3, 4):
        first = _U(k * cell)
        second, third, fourth = first + side, first + side + side, first + side + side + side
        one, two, three, four = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for y in range(_U(top), _U(bottom)):
            for x in range(side):
                one += values[y, first + x]
                two += values[y, second + x]
                three += values[y, third + x]
                four += values[y, fourth + x]
        means[k], means[k + 1], means[k + 2], means[k + 3] = one, two, three, four
    for k in range(whole - whole % 4, means.size):
        total, right = np.float32(0.0), min((k + 1) * cell, values.shape[1])
        for y in range(top, bottom):
            for x in range(k * cell, right):
                total += values[y, x]
        means[k] = total
    for k in range(means.size):
        means[k] /= per if k < whole else np.float32((bottom - top) * (values.shape[1] % cell))
