"""What the checks of a finished stack look at: its transforms, maps and cells of its frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.fusion.focus_cells import Cells
from imaging.fusion.near_end import End

STRIP_ROWS = 256


@dataclass(frozen=True)
class FusedStack:
    """A stack that was aligned and fused, without its frames.

    Attributes
    ----------
    shape : (rows, columns) of a frame and of the fused image
    numbers : of the frames that were fused, as in the ledger
    matrices : (n, 3, 3), frame px → reference px
    energy : (n, h, w) float32, energy of detail in each frame's cells, NaN where it does not reach
    energy_px : px each way of a cell of energy
    light : of each frame, (h, w) float32 0..1 in cells of `light.size_px`, read when it is needed
    fused, source, confidence : the fused image and its maps
    uncertain_px : (n,) standard error of each frame's place beside the next one's; None where
        alignment did not tell it
    uncertain_far_px : (n,) the same beside the reference frame, None where it is not told
    stated_near : the nearer end by how focus is said to have moved; None where nobody says it, or
        magnification has nothing to do with it
    """

    shape: tuple[int, int]
    numbers: Sequence[int]
    matrices: NDArray[np.float64]
    energy: NDArray[np.float32]
    energy_px: int
    light: Cells
    fused: Path
    source: Path
    confidence: Path
    uncertain_px: NDArray[np.float64] | None = None
    uncertain_far_px: Sequence[float | None] = (None,)
    stated_near: End | None = None


def cell_means(path: Path, size_px: int, of: Callable[[NDArray], NDArray]) -> NDArray[np.float32]:
    """Mean over cells of what `of` makes of a picture's rows, read strip by strip."""
    step = max(STRIP_ROWS // size_px, 1) * size_px
    means = []
    with tiff.open_rows(path) as picture:
        for y in range(0, picture.shape[0], step):
            rows = of(picture.read(y, min(y + step, picture.shape[0]))).astype(np.float32)
            starts = [np.arange(0, side, size_px) for side in rows.shape]
            sums = np.add.reduceat(np.add.reduceat(rows, starts[0], 0), starts[1], 1)
            counts = [np.diff([*first, side]) for first, side in zip(starts, rows.shape)]
            means.append(sums / np.outer(*counts).astype(np.float32))
    return np.concatenate(means)


def cell_samples(path: Path, size_px: int) -> NDArray:
    """One px of each cell of a picture, near the cell's middle."""
    with tiff.open_rows(path) as picture:
        rows, columns = picture.shape[:2]
        ys = [min(y + size_px // 2, rows - 1) for y in range(0, rows, size_px)]
        xs = np.minimum(np.arange(0, columns, size_px) + size_px // 2, columns - 1)
        return np.concatenate([picture.read(y, y + 1)[:, xs] for y in ys])
