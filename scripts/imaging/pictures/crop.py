"""What of a fused image becomes the master: a rectangle of it, straight or turned, made upright."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError

# x, y, width and height in px.
Box = tuple[int, int, int, int]
# The rectangle, and degrees clockwise about its middle. A turned one may lie in a picture that it
# left if it were straight: its x and y may be negative.
_RECTANGLE = re.compile(r"(-?\d+),(-?\d+),(\d+),(\d+)(?:,(-?\d+(?:\.\d+)?))?", re.ASCII)
MOST_DEG = 180.0
_PI = Decimal("3.14159265358979323846264338327950288419716939937511")
# Digits that are worked with; a float has 17.
_DIGITS = 45
# A px reaches so far beyond its centre, and what is less is rounding.
BORDER_PX = 0.5
ROUNDING_PX = 1e-6

# Exif 2.32, tag Orientation: where the 0th row and the 0th column of the stored picture lie.
_TURNS = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: p[::-1].swapaxes(0, 1),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
    8: lambda p: p[:, ::-1].swapaxes(0, 1),
}


@dataclass(frozen=True)
class Crop:
    """A rectangle of a picture, which may lie turned in it.

    Attributes
    ----------
    box : x, y, width and height in px, as the rectangle would lie if it were not turned
    angle_deg : it is turned about its middle, clockwise as the picture is stored
    """

    box: Box
    angle_deg: float = 0.0

    @classmethod
    def of(cls, master: Mapping[str, Any]) -> Crop:
        """As a master's record has it."""
        x, y, width, height = (int(side) for side in master["crop_px"])
        return cls((x, y, width, height), float(master.get("crop_angle_deg") or 0.0))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.box[2], self.box[3]

    @property
    def text(self) -> str:
        """As the sheet has it: `x,y,width,height`, and the angle of one that is turned."""
        sides = ",".join(map(str, self.box))
        return f"{sides},{degrees(self.angle_deg)}" if self.angle_deg else sides

    @property
    def record(self) -> dict[str, object]:
        """What a master's record says of it; of one that is straight nothing of an angle."""
        turned = {"crop_angle_deg": self.angle_deg} if self.angle_deg else {}
        return {"crop_px": list(self.box), **turned}

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3): px of the rectangle → px of the picture; centres of px at integers."""
        x, y, width, height = self.box
        cosine, sine = cosine_and_sine(self.angle_deg)
        half_x, half_y = (width - 1) / 2, (height - 1) / 2
        to_x = x + half_x - cosine * half_x + sine * half_y
        to_y = y + half_y - sine * half_x - cosine * half_y
        if self.angle_deg % 90 == 0:
            # A quarter turn copies px: its middle is moved by half a px where it lies between them.
            to_x, to_y = float(np.floor(to_x)), float(np.floor(to_y))
        return np.array([[cosine, -sine, to_x], [sine, cosine, to_y], [0.0, 0.0, 1.0]])

    def corners(self) -> NDArray[np.float64]:
        """(4, 2) x and y of the centres of its px in the corners, in px of the picture."""
        width, height = self.size
        ends = np.array([[0, width - 1] * 2, [0, 0, height - 1, height - 1], [1] * 4], float)
        return (self.matrix @ ends)[:2].T

    def lies_in(self, shape: tuple[int, int]) -> bool:
        """Whether the centres of all its px lie in a picture of so many rows and columns."""
        places = self.corners()
        beyond = BORDER_PX + ROUNDING_PX if self.angle_deg else 0.0
        most = np.array(shape[::-1]) - 1 + beyond
        return bool((places >= -beyond).all() and (places <= most).all())


def upright_place(
    place: tuple[float, float], size: tuple[int, int], orientation: int
) -> tuple[float, float]:
    """Where a place of a stored picture lies in the upright one, x and y from its top left corner.

    Parameters
    ----------
    place : x and y from the top left corner of the stored picture, whose px are 1 wide
    size : width and height of the stored picture
    orientation : 1 to 8, as Exif counts
    """
    (x, y), (width, height) = place, size
    if orientation in (2, 3, 7, 8):
        x = width - x
    if orientation in (3, 4, 6, 7):
        y = height - y
    return (y, x) if orientation >= 5 else (x, y)


def degrees(angle_deg: float) -> str:
    """An angle without needless digits: `12.5`, `-3`."""
    return f"{angle_deg:.4f}".rstrip("0").rstrip(".")


def parse_crop(text: str, common: Box, shape: tuple[int, int]) -> Crop:
    """The rectangle that `common`, `none`, `x,y,width,height` or one with an angle stands for.

    Raises
    ------
    ImagingError : none of these, or a rectangle that reaches beyond the fused image
    """
    rows, columns = shape
    if text == "common":
        return Crop(common)
    if text == "none":
        return Crop((0, 0, columns, rows))
    parts = _RECTANGLE.fullmatch(text.replace(" ", ""))
    if parts is None:
        raise ImagingError(
            f"crop is {text!r}, but must be common, none or x,y,width,height in px of "
            "stack/fused.tif, with an angle in degrees after them where it is turned"
        )
    x, y, width, height = (int(side) for side in parts.groups()[:4])
    # Adding nothing makes -0 a 0.
    crop = Crop((x, y, width, height), float(parts[5] or 0.0) + 0.0)
    if abs(crop.angle_deg) > MOST_DEG:
        raise ImagingError(f"crop {text} is turned by more than 180 degrees; turn it less")
    if min(width, height) < 1 or not crop.lies_in(shape):
        turned = f", turned by {degrees(crop.angle_deg)} degrees," if crop.angle_deg else ""
        raise ImagingError(
            f"crop {text}{turned} reaches beyond the fused image of {columns} x {rows} px"
            + ("; move it, make it smaller or turn it less" if turned else "")
        )
    return crop


def cosine_and_sine(angle_deg: float) -> tuple[float, float]:
    """Of an angle in degrees, to the last bit alike on every machine.

    A processor's own functions, and those of C libraries, differ in it.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        quarters, rest = divmod(Decimal(repr(angle_deg)), 90)
        angle = rest * _PI / 180
        # Taylor's series; of an angle under 90 degrees, 40 terms are more than all digits need.
        terms = [Decimal(1)]
        for k in range(1, 40):
            terms.append(terms[-1] * angle / k)
        cosine = float(sum(terms[0::4]) - sum(terms[2::4]))
        sine = float(sum(terms[1::4]) - sum(terms[3::4]))
    for _ in range(int(quarters) % 4):
        cosine, sine = -sine, cosine
    return cosine, sine


def upright(pixels: NDArray, orientation: int) -> NDArray:
    """Turn a picture (H, W, …) as Exif's orientation 1 to 8 asks; the result may be a view."""
    return _TURNS[orientation](pixels)


def stored_box(box: Box, size: tuple[int, int], orientation: int) -> Box:
    """Where a box of an upright picture lies in the picture as it is stored.

    Parameters
    ----------
    box : x, y, width and height in the upright picture
    size : width and height of the stored picture
    orientation : 1 to 8, as Exif counts
    """
    x, y, width, height = box
    # What `upright` swaps, it swaps last.
    if orientation >= 5:
        x, y, width, height = y, x, height, width
    if orientation in (2, 3, 7, 8):
        x = size[0] - x - width
    if orientation in (3, 4, 6, 7):
        y = size[1] - y - height
    return x, y, width, height
