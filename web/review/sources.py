"""Pictures of a stack as tiles are cut from them: any place of the fused image, at a reduced size.

Values are shown as they stand, in 8 bits with the picture's own profile; what is reduced is the
mean of its px.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.converted import open_pixels
from imaging.fusion.frame import Frame, read_rows
from imaging.sampling import warp
from web.review.placing import Box, Placing, reaching, within
from web.review.turning import turned

# Where a picture has nothing: as paper.
OUTSIDE = 235
# Px that are read at once where a picture is gone through as a whole.
STRIP_PX = 4 << 20
# By so much a frame is reduced before it is warped, where no px of it is looked at.
COARSE = 4


@dataclass(frozen=True)
class Flat:
    """A picture on disk that lies in the fused image as it is, or as a master of it.

    Attributes
    ----------
    path : uncompressed TIFF of 16 bits, as the workflow writes it
    placing : where it lies; None for one that has the fused image's size and turn
    """

    path: Path
    placing: Placing | None = None

    @property
    def icc(self) -> bytes | None:
        """Its profile."""
        return tiff.read_icc(self.path)

    def stamp(self) -> tuple[object, ...]:
        """What is another one once the picture is."""
        return _stamp(self.path)

    def reduced(self, box: Box, factor: int) -> NDArray[np.uint8]:
        """A box of the fused image in 8 bits, (h / factor, w / factor, 3)."""
        with tiff.open_rows(self.path) as rows:
            size = rows.shape[1], rows.shape[0]
            if self.placing is None:
                return _by_strips(box, factor, lambda part: _cut(rows, part, size, factor))
            placing = self.placing
            if placing.angle_deg:
                own, inverse = (
                    Flat(self.path),
                    np.asarray(np.linalg.inv(placing.matrix), np.float64),
                )
                return turned(lambda part: own.reduced(part, factor), inverse, box, factor, OUTSIDE)

            def cut(part: Box) -> NDArray[np.uint8]:
                return placing.turned_back(_cut(rows, placing.from_fused(part), size, factor))

            return _by_strips(box, factor, cut)


@dataclass(frozen=True)
class Warped:
    """A converted frame, brought into the reference frame's geometry and light.

    Attributes
    ----------
    frame : its file, motion and brightness, its defects and dust
    digest : by which its file is known, where that is recorded
    again : of one whose file is gone: gives it, developed again
    """

    frame: Frame
    digest: str | None = None
    again: Callable[[], Path] | None = None

    @property
    def icc(self) -> bytes | None:
        """Its profile."""
        return self.frame.icc

    def stamp(self) -> tuple[object, ...]:
        """What is another one once the picture is."""
        frame = self.frame
        # The same whether it is gone or not.
        told = (self.digest,) if self.digest else _stamp(frame.path)
        return (str(frame.path), *told, frame.inverse.tobytes(), frame.gains)

    def reduced(self, box: Box, factor: int) -> NDArray[np.uint8]:
        """A box of the fused image in 8 bits, (h / factor, w / factor, 3)."""
        if self.again:
            return Warped(replace(self.frame, path=self.again())).reduced(box, factor)
        if factor >= COARSE:
            return self._coarse(box, factor)
        return _by_strips(box, factor, self._fine)

    def _fine(self, box: Box) -> NDArray[np.uint8]:
        x, y, width, height = box
        inverse = self.frame.inverse
        with open_pixels(self.frame.path) as pixels:
            first, last = warp.source_rows(inverse, (y, y + height, x, x + width), pixels.shape[0])
            source = read_rows(self.frame, pixels, first, last)
        out = np.empty((3, height, width), np.float32)
        warp.warp_tile(source, first, inverse, self.frame.curves(), y, x, out)
        return _eight_bits(out)

    def _coarse(self, box: Box, factor: int) -> NDArray[np.uint8]:
        """Reduced first, as far as both sides stay even, and then warped."""
        with open_pixels(self.frame.path) as pixels:
            rows, columns = pixels.extent
            high, wide = -(-rows // COARSE), -(-columns // COARSE)
            small = np.empty((high, wide, 3), np.uint16)
            step = max(1, STRIP_PX // columns // COARSE) * COARSE
            for y in range(0, rows, step):
                strip = read_rows(self.frame, pixels, y, min(y + step, rows))
                ends = (0, -len(strip) % COARSE, 0, -columns % COARSE)
                even = cv2.copyMakeBorder(strip, *ends, cv2.BORDER_REPLICATE)
                size = (wide, len(even) // COARSE)
                small[y // COARSE : y // COARSE + size[1]] = _mean(even, size)
        x, y, width, height = box
        # The middle of a coarse px lies between its own: px centres are at integers.
        middle = (COARSE - 1) / 2
        to_fine = np.array([[COARSE, 0, x + middle], [0, COARSE, y + middle], [0, 0, 1.0]])
        from_fine = np.linalg.inv(np.array([[COARSE, 0, middle], [0, COARSE, middle], [0, 0, 1.0]]))
        inverse = from_fine @ self.frame.inverse @ to_fine
        out = np.empty((3, height // COARSE, width // COARSE), np.float32)
        warp.warp_tile(small, 0, inverse, self.frame.curves(), 0, 0, out)
        return _mean(_eight_bits(out), (width // factor, height // factor))


Source = Flat | Warped


def _by_strips(box: Box, factor: int, cut: Callable[[Box], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Reduce a box to its means, a strip at a time."""
    x, y, width, height = box
    out = np.empty((height // factor, width // factor, 3), np.uint8)
    step = max(1, STRIP_PX // (width * factor)) * factor
    for first in range(0, height, step):
        rows = min(step, height - first)
        pixels = cut((x, y + first, width, rows))
        to = slice(first // factor, (first + rows) // factor)
        out[to] = _mean(pixels, (width // factor, rows // factor))
    return out


def _cut(rows: tiff.Rows, box: Box, size: tuple[int, int], factor: int) -> NDArray[np.uint8]:
    """A box of an open picture in 8 bits.

    Beyond its borders there is paper; but where the last mean has px of it, their like goes on.
    """
    x, y, width, height = within(box, size)
    if not width or not height:
        return np.full((box[3], box[2], 3), OUTSIDE, np.uint8)
    pixels = rows.read(y, y + height)[:, x : x + width]
    if pixels.dtype == np.uint16:
        pixels = cv2.convertScaleAbs(np.ascontiguousarray(pixels), alpha=1 / 257)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    left, top = min(x - box[0], factor - 1), min(y - box[1], factor - 1)
    right = min(box[0] + box[2] - x - width, factor - 1)
    bottom = min(box[1] + box[3] - y - height, factor - 1)
    if left or top or right or bottom:
        pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
    there = (x - left, y - top, width + left + right, height + top + bottom)
    return reaching(pixels, there, box, OUTSIDE)


def _mean(pixels: NDArray, size: tuple[int, int]) -> NDArray:
    """Means of blocks of px; `size` is width and height."""
    if size == pixels.shape[1::-1]:
        return pixels
    return cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)


def _eight_bits(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(3, h, w) in 0..1 as (h, w, 3) in 8 bits."""
    # Negative values, as a sharp kernel makes them, would come back as their amount.
    np.maximum(planes, 0, out=planes)
    return cv2.merge([cv2.convertScaleAbs(plane, alpha=255.0) for plane in planes])


def _stamp(path: Path) -> tuple[object, ...]:
    told = path.stat()
    return str(path), told.st_ino, told.st_mtime_ns, told.st_size
