"""Tiles of a picture that is read by boxes: any level, ready for a browser.

Level 0 is the picture px for px, each next half of it. A tile of the first levels is read and made
smaller; for those above, a quarter of the picture is kept, from which all of them come.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from imaging.frames import colour
from imaging.retouching.box import Box

TILE_PX = 512
# The level that is kept whole, 4.5 MB of 24 MP.
KEPT_LEVEL = 2
_STRIP_ROWS = 256
_QUALITY = 92

Read = Callable[[Box], NDArray[np.uint16]]


class Shown:
    """A picture as a browser shows it, in sRGB.

    Parameters
    ----------
    read : gives (height, width, 3) uint16 of any box inside the picture
    shape : (rows, columns)
    icc : profile of its px; None for sRGB
    """

    def __init__(self, read: Read, shape: tuple[int, int], icc: bytes | None) -> None:
        self._read = read
        self.shape = shape
        self._to_srgb = _transform(icc)
        self._lock = threading.Lock()
        self._kept: NDArray[np.uint8] | None = None

    @property
    def levels(self) -> int:
        """How many there are; in the last one the picture is one tile."""
        longest, levels = max(self.shape), 1
        while longest > TILE_PX:
            longest, levels = -(-longest // 2), levels + 1
        return levels

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """A tile as JPEG; None where there is none."""
        side = TILE_PX << level
        box = Box(column * side, row * side, side, side).overlap(
            Box(0, 0, self.shape[1], self.shape[0])
        )
        if box.is_empty or not 0 <= level < self.levels:
            return None
        if level < KEPT_LEVEL:
            pixels = reduced(self._in_srgb(self._read(box)), level)
        else:
            less = level - KEPT_LEVEL
            x, y = box.x >> KEPT_LEVEL, box.y >> KEPT_LEVEL
            right, bottom = -(-box.right >> KEPT_LEVEL), -(-box.bottom >> KEPT_LEVEL)
            pixels = reduced(self._quarter()[y:bottom, x:right], less)
        return jpeg(pixels)

    def renew(self, box: Box) -> None:
        """Read a part anew, for the levels that are kept."""
        with self._lock:
            if self._kept is None:
                return
            part = box.on_grid(1 << KEPT_LEVEL).overlap(Box(0, 0, self.shape[1], self.shape[0]))
            self._keep(part, self._kept)

    def _quarter(self) -> NDArray[np.uint8]:
        with self._lock:
            if self._kept is None:
                rows, columns = (-(-side >> KEPT_LEVEL) for side in self.shape)
                kept = np.empty((rows, columns, 3), np.uint8)
                self._keep(Box(0, 0, self.shape[1], self.shape[0]), kept)
                self._kept = kept
            return self._kept

    def _keep(self, part: Box, kept: NDArray[np.uint8]) -> None:
        if part.is_empty:
            return
        for top in range(part.y, part.bottom, _STRIP_ROWS):
            strip = Box(part.x, top, part.width, min(_STRIP_ROWS, part.bottom - top))
            small = reduced(self._in_srgb(self._read(strip)), KEPT_LEVEL)
            y, x = top >> KEPT_LEVEL, part.x >> KEPT_LEVEL
            kept[y : y + small.shape[0], x : x + small.shape[1]] = small

    def _in_srgb(self, pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
        eight = np.asarray(cv2.convertScaleAbs(pixels, alpha=1.0 / 257.0), np.uint8)
        if self._to_srgb is None:
            return eight
        return np.asarray(ImageCms.applyTransform(Image.fromarray(eight), self._to_srgb))


def reduced(pixels: NDArray[np.uint8], level: int) -> NDArray[np.uint8]:
    """Means of squares of 2^level px; a border that fills none is continued."""
    if level == 0:
        return pixels
    side = 1 << level
    down, right = -pixels.shape[0] % side, -pixels.shape[1] % side
    if down or right:
        pixels = np.asarray(
            cv2.copyMakeBorder(pixels, 0, down, 0, right, cv2.BORDER_REPLICATE), np.uint8
        )
    size = pixels.shape[1] >> level, pixels.shape[0] >> level
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """A picture (h, w, 3) uint8 in sRGB as JPEG, its colours not halved."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        file, "JPEG", quality=_QUALITY, subsampling=0
    )
    return file.getvalue()


def _transform(icc: bytes | None) -> ImageCms.ImageCmsTransform | None:
    if icc is None or icc == colour.profile("srgb"):
        return None
    own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    srgb = ImageCms.ImageCmsProfile(io.BytesIO(colour.profile("srgb")))
    return ImageCms.buildTransform(own, srgb, "RGB", "RGB")
