"""The retouched picture while it is made: a file that strokes are written into, band by band."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.retouching.box import Box
from imaging.retouching.sources import Opened, Picture

BAND_ROWS = 256
# All of a px was painted.
ALL = np.float32(255.0)


class Canvas(Opened):
    """A copy of a picture, and a map of what was painted in it.

    Parameters
    ----------
    retouched : TIFF to write, RGB of 16 bits
    painted : TIFF to write, a plane of 8 bits: 0 where a px is as it was, 255 where all of it was
        painted
    base : what is painted on
    icc : profile of the picture
    """

    def __init__(self, retouched: Path, painted: Path, base: Picture, icc: bytes | None) -> None:
        rows, columns = self.shape = base.shape
        self._picture = tiff.create_image(retouched, (rows, columns, 3), icc)
        self._painted = tiff.create_image(painted, (rows, columns), dtype=np.uint8)
        for y in range(0, rows, BAND_ROWS):
            count = min(BAND_ROWS, rows - y)
            self._picture.write(y, base.read((0, y, columns, count)).pixels)
            self._painted.write(y, np.zeros((count, columns), np.uint8))

    def read(self, box: Box) -> NDArray[np.uint16]:
        """The picture as it now is, (h, w, 3), in a box."""
        return self._picture.read_box(*box)

    def writer(
        self, restores: bool
    ) -> Callable[[Box, NDArray[np.uint16], NDArray[np.float32]], None]:
        """What writes px and how much of each a stroke painted, or brought back if it restores."""

        def write(box: Box, pixels: NDArray[np.uint16], cover: NDArray[np.float32]) -> None:
            self._picture.write_box(box.x, box.y, pixels)
            shares = painted_share(self._painted.read_box(*box), cover, restores)
            self._painted.write_box(box.x, box.y, shares)

        return write

    def painted_px(self) -> int:
        """How many px are no longer wholly as they were."""
        return sum(int(np.count_nonzero(rows)) for rows in self._painted.chunks())

    def close(self) -> None:
        """Let go of both files."""
        self._picture.close()
        self._painted.close()


def painted_share(
    before: NDArray[np.uint8], cover: NDArray[np.float32], restores: bool
) -> NDArray[np.uint8]:
    """How much of each px is painted after a stroke, 255 for all of it.

    Parameters
    ----------
    before : the same before it
    cover : how much of each px the stroke painted, 0..1
    restores : whether it brought back what was there
    """
    kept = before * (np.float32(1.0) - cover)
    after = kept if restores else kept + ALL * cover
    # What was touched at all is shown, however little it was.
    least = np.where((cover > 0.0) & (not restores), np.float32(1.0), np.float32(0.0))
    return np.rint(np.maximum(after, least)).astype(np.uint8)
