"""A converted frame, read by rows."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff


class Decoded:
    """A JPEG frame, decoded as a whole, that is read like `tiff.Rows`."""

    def __init__(self, path: Path) -> None:
        # Only JPEG frames wait for libvips to be loaded.
        from imaging.frames import photographs

        self._pixels = photographs.read(path).pixels
        self.shape = self._pixels.shape

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.shape[0], self.shape[1]

    def read(self, first: int, last: int) -> NDArray[np.uint16]:
        """Rows `first` up to, not including, `last`; a copy."""
        return self._pixels[first:last].copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        del self._pixels


def open_pixels(path: Path) -> tiff.Rows | Decoded:
    """Open a converted frame for reading by rows."""
    return Decoded(path) if path.suffix == ".jpg" else tiff.open_rows(path)


def read_profile(path: Path) -> bytes | None:
    """The ICC profile of a converted frame, None where it has none."""
    if path.suffix != ".jpg":
        return tiff.read_icc(path)
    from imaging.frames import photographs

    return photographs.read(path).icc
