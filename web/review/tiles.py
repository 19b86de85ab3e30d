"""Tiles of a picture, cut when they are asked for: JPEG, with the profile of the picture.

Near by, they are read from the file itself; further away from a small picture of the whole, which
is made once and kept, as are the tiles.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from web.review.kept import Kept
from web.review.placing import Box, Placing, level_sizes
from web.review.sources import COARSE, Flat, Source
from web.review.turning import turned

TILE_PX = 512
QUALITY = 90
# Of small pictures and tiles together: some fifty of 24 MP.
KEPT_BYTES = 256 << 20


class NoTile(LookupError):
    """A pyramid has no such tile."""


@dataclass(frozen=True)
class Pyramid:
    """A picture and how it is shown.

    Attributes
    ----------
    source : what tiles are cut from
    placing : the master's, in whose px all is shown
    """

    source: Source
    placing: Placing

    @property
    def levels(self) -> list[tuple[int, int]]:
        """Width and height of each level, from small to large."""
        return level_sizes(self.placing.size, TILE_PX)


class Tiles:
    """Cuts tiles and keeps what was cut; every method may be called from any thread."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._kept = Kept(most_bytes)

    def tile(self, pyramid: Pyramid, level: int, x: int, y: int) -> bytes:
        """One tile, a JPEG.

        Raises
        ------
        NoTile : the level has none there
        ImagingError, OSError : the picture cannot be read
        """
        levels = pyramid.levels
        if not 0 <= level < len(levels):
            raise NoTile(f"there are levels 0 to {len(levels) - 1}")
        box = _box(levels[level], x, y)
        stamp = (pyramid.source.stamp(), pyramid.placing)
        factor = 1 << (len(levels) - 1 - level)
        return self._kept.get(
            (stamp, level, x, y),
            lambda: _jpeg(self._pixels(pyramid, stamp, factor, box), pyramid.source.icc),
            len,
        )

    def _pixels(self, pyramid: Pyramid, stamp: object, factor: int, box: Box) -> NDArray[np.uint8]:
        """A box of a level."""
        x, y, width, height = box
        if factor < COARSE:
            return _cut(pyramid, box, factor)
        small = self._small(pyramid, stamp, factor)
        return small[y : y + height, x : x + width]

    def _small(self, pyramid: Pyramid, stamp: object, factor: int) -> NDArray[np.uint8]:
        """The whole picture reduced by a factor, made of that which is twice as large."""

        def make() -> NDArray[np.uint8]:
            width, height = pyramid.placing.size
            if factor == COARSE:
                whole = (0, 0, -(-width // factor), -(-height // factor))
                return _cut(pyramid, whole, factor)
            larger = self._small(pyramid, stamp, factor // 2)
            return _halved(larger)

        size: Callable[[NDArray[np.uint8]], int] = lambda pixels: pixels.nbytes  # noqa: E731
        return self._kept.get((stamp, factor), make, size)


def _cut(pyramid: Pyramid, box: Box, factor: int) -> NDArray[np.uint8]:
    """A box of a level out of the picture itself."""
    x, y, width, height = (side * factor for side in box)
    box = x, y, width, height
    source, placing = pyramid.source, pyramid.placing
    if not placing.angle_deg:
        return placing.turned(source.reduced(placing.to_fused(box), factor))
    if isinstance(source, Flat) and source.placing == placing:
        # The master itself, and earlier ones of the same rectangle, are shown as they are.
        return Flat(source.path).reduced(box, factor)
    return turned(lambda part: source.reduced(part, factor), placing.matrix, box, factor)


def _box(size: tuple[int, int], x: int, y: int) -> Box:
    """Where a tile lies in its level."""
    left, top = x * TILE_PX, y * TILE_PX
    if x < 0 or y < 0 or left >= size[0] or top >= size[1]:
        raise NoTile("the picture ends before")
    return left, top, min(TILE_PX, size[0] - left), min(TILE_PX, size[1] - top)


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half as large, rounded up: the last row and column count twice where there is no other."""
    height, width = pixels.shape[:2]
    even = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    size = (even.shape[1] // 2, even.shape[0] // 2)
    return cv2.resize(even, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _jpeg(pixels: NDArray[np.uint8], icc: bytes | None) -> bytes:
    out = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.save(out, "JPEG", quality=QUALITY, subsampling=0, icc_profile=icc)
    return out.getvalue()
