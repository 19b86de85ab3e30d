"""Where the px of a master lie in the fused image: a rectangle of it, made upright.

All pictures of a stack are shown in the master's px, so that one place is one place in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.pictures.crop import Box, Crop, upright

# What turns back what Exif's orientation turned; all others do so themselves.
BACK = {6: 8, 8: 6}
# Whether an upright row or column runs against that of the picture as shot, by orientation: after
# the axes were swapped, where they are.
_SWAPPED = (5, 6, 7, 8)
_FLIPPED_X = (2, 3, 7, 8)
_FLIPPED_Y = (3, 4, 6, 7)


@dataclass(frozen=True)
class Placing:
    """A rectangle of the fused image, turned as Exif's orientation asks.

    Attributes
    ----------
    crop : x, y, width, height in px of the fused image
    orientation : 1 to 8
    angle_deg : the rectangle is turned about its middle, clockwise as the picture was shot; then
        `matrix` alone tells of places
    """

    crop: Box
    orientation: int = 1
    angle_deg: float = 0.0

    @classmethod
    def of(cls, master: Mapping[str, Any]) -> Placing:
        """As a master's record has it."""
        whole = (0, 0, master["width_px"], master["height_px"])
        crop = Crop.of({"crop_px": whole, **master})
        return cls(crop.box, int(master.get("orientation_applied") or 1), crop.angle_deg)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        _, _, width, height = self.crop
        return (height, width) if self.orientation in _SWAPPED else (width, height)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3): upright px → px of the fused image; centres of px at integers."""
        left, top = self.crop[:2]
        places = [self.to_fused((*at, 1, 1))[:2] for at in ((0, 0), (1, 0), (0, 1))]
        zero, right, below = (np.array([x - left, y - top, 1.0]) for x, y in places)
        upright_to_crop = np.array([right - zero, below - zero, zero]).T
        return Crop(self.crop, self.angle_deg).matrix @ upright_to_crop

    def to_fused(self, box: Box) -> Box:
        """A box of upright px, as px of the fused image; it may reach beyond either."""
        x, y, width, height = box
        if self.orientation in _SWAPPED:
            x, y, width, height = y, x, height, width
        left, top, wide, high = self.crop
        if self.orientation in _FLIPPED_X:
            x = wide - x - width
        if self.orientation in _FLIPPED_Y:
            y = high - y - height
        return left + x, top + y, width, height

    def from_fused(self, box: Box) -> Box:
        """A box of the fused image, as upright px; it may reach beyond either."""
        x, y, width, height = box
        left, top, wide, high = self.crop
        x, y = x - left, y - top
        if self.orientation in _FLIPPED_X:
            x = wide - x - width
        if self.orientation in _FLIPPED_Y:
            y = high - y - height
        return (y, x, height, width) if self.orientation in _SWAPPED else (x, y, width, height)

    def turned(self, pixels: NDArray) -> NDArray:
        """What was cut out of the fused image, (h, w, …), upright."""
        return upright(pixels, self.orientation)

    def turned_back(self, pixels: NDArray) -> NDArray:
        """What was cut out of an upright picture, (h, w, …), as it was shot."""
        return upright(pixels, BACK.get(self.orientation, self.orientation))


def level_sizes(size: tuple[int, int], tile_px: int) -> list[tuple[int, int]]:
    """Widths and heights of a pyramid, from one that fits a tile to the whole picture."""
    sizes = [size]
    while max(sizes[0]) > tile_px:
        width, height = sizes[0]
        sizes.insert(0, ((width + 1) // 2, (height + 1) // 2))
    return sizes


def reaching(pixels: NDArray, box: Box, asked: Box, outside: int) -> NDArray:
    """Extend what was read of a picture to the box that was asked for.

    Parameters
    ----------
    pixels : (h, w, …) of `box`, which lies inside `asked`
    outside : value of px that there are none of
    """
    if box == asked:
        return pixels
    x, y, width, height = box
    left, top, wide, high = asked
    whole = np.full((high, wide, *pixels.shape[2:]), outside, pixels.dtype)
    whole[y - top : y - top + height, x - left : x - left + width] = pixels
    return whole


def within(box: Box, size: tuple[int, int]) -> Box:
    """The part of a box that lies in a picture of this width and height; it may be empty."""
    x, y, width, height = box
    left, top = min(max(x, 0), size[0]), min(max(y, 0), size[1])
    right, bottom = min(max(x + width, 0), size[0]), min(max(y + height, 0), size[1])
    return left, top, max(right - left, 0), max(bottom - top, 0)
