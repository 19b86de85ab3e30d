"""One frame of a stack as fusion sees it: pixels on disk, a motion, a brightness curve."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from imaging import colour, photo, tiff, warp

# Tiles of a strip share the rows that are read for it, and fit the cores' caches.
TILE_COLUMNS = 512


@dataclass(frozen=True)
class Frame:
    """A converted frame and how it is brought into the reference frame's geometry and light.

    Attributes
    ----------
    path : 16-bit RGB TIFF or 8-bit JPEG, as the step convert writes them
    inverse : (3, 3) float64 affine, reference px → frame px
    curves : (3, 65536) float32, the value 0..1 that a sample of each channel stands for; a gain
        may take it above 1
    """

    path: Path
    inverse: NDArray[np.float64]
    curves: NDArray[np.float32]


class Decoded:
    """A JPEG frame, decoded as a whole, that is read like `tiff.Rows`."""

    def __init__(self, path: Path) -> None:
        self._pixels = photo.read(path).pixels
        self.shape = self._pixels.shape

    def read(self, first: int, last: int) -> NDArray[np.uint16]:
        """Rows `first` up to, not including, `last`."""
        return self._pixels[first:last]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        del self._pixels


def open_pixels(path: Path) -> tiff.Rows | Decoded:
    """Open a converted frame for reading by rows."""
    return Decoded(path) if path.suffix == ".jpg" else tiff.open_rows(path)


def read_profile(path: Path) -> bytes | None:
    """The ICC profile of a converted frame, None where it has none."""
    return photo.read(path).icc if path.suffix == ".jpg" else tiff.read_icc(path)


def strip(
    frame: Frame, pixels: tiff.Rows | Decoded, y0: int, y1: int, x0: int, x1: int
) -> tuple[NDArray[np.uint16], int]:
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


def brightness_curves(icc: bytes | None, gains: NDArray[np.float64]) -> NDArray[np.float32]:
    """Curves that multiply the light of a frame by a gain for each channel.

    Parameters
    ----------
    icc : profile of the frame, whose curves lead to linear light and back
    gains : (3,) factors in linear light

    Returns
    -------
    (3, 65536) float32; above white they go on in a straight line
    """
    value = np.linspace(0.0, 1.0, colour.SAMPLES)
    light = colour.light_curve(icc).astype(np.float64)
    curves = np.empty((3, colour.SAMPLES), np.float32)
    for channel, gain in enumerate(gains):
        if gain == 1.0:
            curves[channel] = value
            continue
        # Profiles may start with samples of equal light; interpolation needs them to rise.
        rising = light[channel] + np.linspace(0.0, 1e-9, colour.SAMPLES)
        wanted = gain * light[channel]
        slope = (value[-1] - value[-512]) / (rising[-1] - rising[-512])
        beyond = np.maximum(wanted - rising[-1], 0.0) * slope
        curves[channel] = np.interp(wanted, rising, value) + beyond
    return curves


@njit(cache=True, nogil=True)
def covered_columns(inverse, rows, columns, y, margin):
    """Columns of the reference frame at row `y` that lie in a frame, `margin` px from its border.

    Parameters
    ----------
    inverse : (3, 3) float64 affine, reference px → frame px
    rows, columns : of the frame

    Returns
    -------
    first, last : float; first > last where none is covered
    """
    low, high = -1e9, 1e9
    for axis in range(2):
        size = columns if axis == 0 else rows
        slope = inverse[axis, 0]
        at_zero = inverse[axis, 1] * y + inverse[axis, 2]
        near, far = margin, size - 1.0 - margin
        if abs(slope) < 1e-12:
            if at_zero < near or at_zero > far:
                return 1.0, 0.0
            continue
        one, other = (near - at_zero) / slope, (far - at_zero) / slope
        low = max(low, min(one, other))
        high = min(high, max(one, other))
    return low, high
