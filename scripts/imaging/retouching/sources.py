"""Where a stroke's px come from: pictures that are read box by box, in px of the fused image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.converted import open_pixels
from imaging.fusion.frame import DEFECT_PX, TILE_COLUMNS, Frame, read_rows
from imaging.pictures.crop import upright
from imaging.retouching.box import Box, whole
from imaging.sampling import warp
from imaging.sampling.coverage import ROUNDING_PX

WHITE = 65535.0
# Turning it so makes an upright picture lie as it was shot.
_BACK = {6: 8, 8: 6}


class Patch(NamedTuple):
    """Px of a source in a box.

    Attributes
    ----------
    pixels : (h, w, 3) uint16
    valid : (h, w) bool, whether the source has the px
    mended : (h, w) bool, whether it was made up there, of dust or a defect of the sensor
    """

    pixels: NDArray[np.uint16]
    valid: NDArray[np.bool_]
    mended: NDArray[np.bool_]


class Picture(Protocol):
    """What can be read box by box."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the fused image."""

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Its px in a box, x, y, width and height, which lies within `shape`."""


def all_valid(pixels: NDArray[np.uint16]) -> Patch:
    """A patch that its source has as it was shot."""
    return Patch(pixels, np.ones(pixels.shape[:2], np.bool_), np.zeros(pixels.shape[:2], np.bool_))


@dataclass(frozen=True)
class Array:
    """A picture in memory, (H, W, 3) uint16."""

    pixels: NDArray[np.uint16]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Its px in a box; a copy."""
        x, y, width, height = box
        return all_valid(self.pixels[y : y + height, x : x + width].copy())


class Opened:
    """What holds a file open until it is closed, or a `with` ends."""

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Whole(Opened):
    """A TIFF of the fused image's size: fused image, slab, or another method's.

    Parameters
    ----------
    path : of the file
    shape : rows and columns that it must have; None for those it has

    Raises
    ------
    ImagingError : it is no 16-bit RGB picture of this size
    """

    def __init__(self, path: Path, shape: tuple[int, int] | None = None) -> None:
        self._rows = tiff.open_rows(path)
        self.shape = self._rows.extent
        fits = self._rows.dtype == np.uint16 and self._rows.shape[2:] == (3,)
        if not fits or shape not in (None, self.shape):
            self._rows.close()
            size = "of any size" if shape is None else f"of {shape[1]} x {shape[0]} px"
            raise ImagingError(f"{path}: must be RGB of 16 bits, {size}, to retouch from")

    @property
    def icc(self) -> bytes | None:
        """Its ICC profile."""
        return self._rows.icc

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Its px in a box."""
        return all_valid(self._rows.read_box(*box))

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()


class Master(Opened):
    """A master, laid back to where it was cut from the fused image.

    Parameters
    ----------
    path : TIFF of 16 bits
    crop : x, y, width and height in the fused image
    orientation : Exif's 1 to 8 that was applied
    shape : rows and columns of the fused image
    icc : profile of the fused image, which the master must have too; None for any

    Raises
    ------
    ImagingError : it is of another size than the crop, or in other colours
    """

    def __init__(
        self,
        path: Path,
        crop: tuple[int, int, int, int],
        orientation: int,
        shape: tuple[int, int],
        icc: bytes | None = None,
    ) -> None:
        self.shape, self._crop, self._orientation = shape, Box(*crop), orientation
        self._rows = tiff.open_rows(path)
        rows, columns = self._rows.extent
        extent = (columns, rows) if orientation > 4 else (rows, columns)
        inside = self._crop.overlap(whole(shape)) == self._crop
        fits = self._rows.dtype == np.uint16 and self._rows.shape[2:] == (3,)
        if not fits or extent != self._crop.shape or not inside:
            self._rows.close()
            raise ImagingError(
                f"{path}: does not fit the fused image of {shape[1]} x {shape[0]} px at its crop "
                f"{','.join(map(str, crop))}; retouch from another source"
            )
        if icc is not None and self._rows.icc != icc:
            self._rows.close()
            raise ImagingError(
                f"{path}: has another colour profile than the fused image; retouch from another "
                "source"
            )

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Its px in a box; those beside its crop are not valid."""
        box = Box(*box)
        patch = all_valid(np.zeros((*box.shape, 3), np.uint16))
        part = box.overlap(self._crop)
        patch.valid[:] = False
        if part.is_empty:
            return patch
        down, across = part.within(self._crop)
        if self._orientation in (3, 4, 6, 7):
            down = _mirrored(down, self._crop.height)
        if self._orientation in (2, 3, 7, 8):
            across = _mirrored(across, self._crop.width)
        rows, columns = (across, down) if self._orientation > 4 else (down, across)
        block = self._rows.read_box(
            columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start
        )
        here = part.within(box)
        patch.pixels[here] = upright(block, _BACK.get(self._orientation, self._orientation))
        patch.valid[here] = True
        return patch

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()


def _mirrored(part: slice, size: int) -> slice:
    return slice(size - part.stop, size - part.start)


class Aligned(Opened):
    """A frame of the stack as fusion sees it: mended, warped, its brightness that of the reference.

    Parameters
    ----------
    frame : of the stack
    shape : rows and columns of the reference frame
    """

    def __init__(self, frame: Frame, shape: tuple[int, int]) -> None:
        self._frame, self.shape = frame, shape
        self._pixels = open_pixels(frame.path)
        self._curves = frame.curves()

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        """Its px in a box; those beside the frame are not valid."""
        box = Box(*box)
        values = np.empty((3, *box.shape), np.float32)
        inverse = self._frame.inverse
        footprint = (box.y, box.bottom, box.x, box.right)
        first, last = warp.source_rows(inverse, footprint, self._pixels.shape[0])
        source = read_rows(self._frame, self._pixels, first, last)
        for x0 in range(0, box.width, TILE_COLUMNS):
            tile = np.empty((3, box.height, min(TILE_COLUMNS, box.width - x0)), np.float32)
            warp.warp_tile(source, first, inverse, self._curves, box.y, box.x + x0, tile)
            values[:, :, x0 : x0 + tile.shape[2]] = tile
        pixels = np.rint(np.clip(values, 0.0, 1.0) * WHITE).astype(np.uint16)
        x, y = np.arange(box.x, box.right), np.arange(box.y, box.bottom)[:, None]
        at_x = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]
        at_y = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]
        rows, columns = self._pixels.extent
        near, far = -ROUNDING_PX, ROUNDING_PX - 1.0
        valid = (at_x >= near) & (at_x <= columns + far) & (at_y >= near) & (at_y <= rows + far)
        mended = np.zeros(box.shape, np.bool_)
        for left, top, right, bottom in self._mended():
            mended |= (at_x >= left) & (at_x <= right) & (at_y >= top) & (at_y <= bottom)
        return Patch(np.ascontiguousarray(np.moveaxis(pixels, 0, 2)), valid, mended)

    def _mended(self) -> list[tuple[int, int, int, int]]:
        """What of the frame was mended, as far as warping reaches: columns and rows."""
        reach = warp.REACH_PX
        around = [
            (x - DEFECT_PX, y - DEFECT_PX, x + DEFECT_PX, y + DEFECT_PX)
            for x, y in self._frame.defects.tolist()
        ]
        for speck in self._frame.dust:
            height, width = speck.loss.shape
            around.append(
                (speck.x, speck.y, speck.x + speck.cell * width, speck.y + speck.cell * height)
            )
        return [(x0 - reach, y0 - reach, x1 + reach, y1 + reach) for x0, y0, x1, y1 in around]

    def close(self) -> None:
        """Let go of the file."""
        self._pixels.__exit__(None, None, None)
