"""The size of a px on the object, measured on a ruler, with its standard uncertainty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from records.errors import RecordError

UM_PER_MM = 1000.0
# A person places a point by so much, each; nearer to one another, two points tell nothing.
POINT_PX, LEAST_PX = 1.0, 20.0
Point = tuple[float, float]


@dataclass(frozen=True)
class PixelSize:
    """How large a px is.

    Attributes
    ----------
    length_mm : on the ruler
    length_px : the same in its picture
    uncertainty_px : standard uncertainty of that
    by : `divisions` or `points`
    about : what else the record tells
    magnification : how much larger the ruler would be in the reference frame
    magnification_uncertainty : of that
    """

    length_mm: float
    length_px: float
    uncertainty_px: float
    by: str
    about: Mapping[str, Any] = field(default_factory=dict)
    magnification: float = 1.0
    magnification_uncertainty: float = 0.0

    @property
    def pixel_size_um(self) -> float:
        """Of a px of the reference frame; digits beyond six say nothing."""
        size = UM_PER_MM * self.length_mm / (self.length_px * self.magnification)
        return float(f"{size:.6g}")

    @property
    def uncertainty_um(self) -> float:
        """Standard uncertainty of that."""
        relative = math.hypot(
            self.uncertainty_px / self.length_px,
            self.magnification_uncertainty / self.magnification,
        )
        # Two digits, upwards to where the size itself has some.
        return float(f"{max(relative, 1e-5) * self.pixel_size_um:.2g}")

    def as_record(self) -> dict[str, Any]:
        """What the record of a master tells of it."""
        named = "division" if self.by == "divisions" else "distance"
        return {
            "by": self.by,
            f"{named}_mm": self.length_mm,
            f"{named}_px": round(self.length_px, 4),
            "uncertainty_px": round(self.uncertainty_px, 4),
            **self.about,
            "magnification": round(self.magnification, 6),
        }

    def words(self) -> str:
        """What was found, for people."""
        many = f"{self.about['divisions']} divisions" if "divisions" in self.about else "two points"
        each = f"{self.length_mm:g} mm are {self.length_px:.2f} px"
        share = 100 * self.uncertainty_um / self.pixel_size_um
        return (
            f"{many}, {each}: 1 px is {self.pixel_size_um:.6g} µm on the object, give or take "
            f"{self.uncertainty_um:g} µm ({share:.2g} %)"
        )


def by_divisions(
    division_mm: float, period_px: float, uncertainty_px: float, about: Mapping[str, Any]
) -> PixelSize:
    """By the divisions of a ruler that lie so many px apart."""
    return PixelSize(division_mm, period_px, uncertainty_px, "divisions", about)


def parse_points(text: str) -> tuple[Point, Point]:
    """Two points as the sheet has them: `x,y x,y`."""
    first, second = (tuple(map(float, word.split(","))) for word in text.split())
    return (first[0], first[1]), (second[0], second[1])


def by_points(points: tuple[Point, Point], distance_mm: float, long_edge_px: int) -> PixelSize:
    """By two points that a person placed.

    Raises
    ------
    RecordError : they lie too near to one another, or outside of the picture
    """
    if max(map(max, points)) > long_edge_px:
        raise RecordError(
            f"lie outside of the picture, whose long edge has {long_edge_px} px; give px of the "
            "picture in its full size"
        )
    length = math.dist(*points)
    if length < LEAST_PX:
        raise RecordError(
            f"lie {length:.3g} px apart; choose two that are as far apart as the ruler lets you"
        )
    about = {"points_px": [list(point) for point in points]}
    return PixelSize(distance_mm, length, math.sqrt(2) * POINT_PX, "points", about)


def in_reference(size: PixelSize, row: Mapping[str, Any], extent_px: tuple[int, int]) -> PixelSize:
    """The same for the reference frame, in which the ruler's frame is shown larger or smaller.

    Parameters
    ----------
    row : how the frame in whose focus the ruler lay is mapped into the reference frame
    extent_px : width and height of the frames
    """
    (a, b, _), (c, d, _), _ = row["matrix"]
    # What is known of a corner's place to so many px, is of the scale to so much.
    of_corner = row.get("uncertainty_px") or 0.0
    return replace(
        size,
        magnification=math.sqrt(abs(a * d - b * c)),
        magnification_uncertainty=of_corner / (math.hypot(*extent_px) / 2),
    )
