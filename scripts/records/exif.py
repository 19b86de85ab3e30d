"""What the camera wrote about an exposure; what it did not write is None.

Read with exifread, which knows the Exif of JPEG, PNG, TIFF and of raws that are TIFFs inside. For
those it cannot read (CR3, headerless Kodak files) every fact is unknown. Tags and their meaning:
CIPA DC-008-2019 (Exif 2.32), section 4.6; DNG 1.6 for AsShotNeutral.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import exifread

WHITE_BALANCE = {0: "auto", 1: "manual"}
TOP_LEFT = 1


@dataclass(frozen=True)
class Capture:
    """Facts of one exposure.

    Attributes
    ----------
    make, model, lens : as written, blanks trimmed
    aperture : f-number; None also for a lens that reports none (f/0)
    exposure_s, focal_length_mm : exact, as written
    iso : photographic sensitivity
    white_balance : Exif's mode, or the neutral point of a DNG, as text
    taken_at : ISO 8601 local time, with fraction and offset from UTC where written
    orientation : 1 to 8, as Exif counts
    """

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    aperture: Fraction | None = None
    exposure_s: Fraction | None = None
    focal_length_mm: Fraction | None = None
    iso: int | None = None
    white_balance: str | None = None
    taken_at: str | None = None
    orientation: int = TOP_LEFT

    @property
    def camera(self) -> str | None:
        """Make and model in one, the make not said twice."""
        if self.make and self.model and not self.model.casefold().startswith(
            self.make.split()[0].casefold()
        ):
            return f"{self.make} {self.model}"
        return self.model or self.make


def read_capture(path: Path) -> Capture:
    """Read what a frame's file says of its exposure."""
    logging.getLogger("exifread").setLevel(logging.CRITICAL)
    try:
        with path.open("rb") as file:
            tags = exifread.process_file(file, details=False)
    except Exception:
        # exifread raises whatever a damaged or unknown file leads it to; all mean "unknown".
        return Capture()
    return Capture(
        make=_text(tags, "Image Make"),
        model=_text(tags, "Image Model"),
        lens=_text(tags, "EXIF LensModel", "Image LensModel"),
        aperture=_positive(tags, "EXIF FNumber", "Image FNumber"),
        exposure_s=_positive(tags, "EXIF ExposureTime", "Image ExposureTime"),
        focal_length_mm=_positive(tags, "EXIF FocalLength", "Image FocalLength"),
        iso=_whole(tags, "EXIF ISOSpeedRatings", "Image ISOSpeedRatings"),
        white_balance=_white_balance(tags),
        taken_at=_time(tags),
        orientation=_orientation(tags),
    )


def _first(tags: dict[str, Any], *names: str) -> Any:
    for name in names:
        if name in tags and tags[name].values not in ("", []):
            values = tags[name].values
            return values if isinstance(values, str | bytes) else values[0]
    return None


def _text(tags: dict[str, Any], *names: str) -> str | None:
    value = _first(tags, *names)
    if not isinstance(value, str):
        return None
    return value.replace("\0", " ").strip() or None


def _positive(tags: dict[str, Any], *names: str) -> Fraction | None:
    value = _first(tags, *names)
    try:
        number = Fraction(value.num, value.den) if hasattr(value, "num") else Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if number > 0 else None


def _whole(tags: dict[str, Any], *names: str) -> int | None:
    value = _first(tags, *names)
    return value if isinstance(value, int) and value > 0 else None


def _white_balance(tags: dict[str, Any]) -> str | None:
    neutral = tags.get("Image Tag 0xC628")
    if neutral is not None and len(neutral.values) == 3:
        try:
            return "neutral " + " ".join(f"{float(v):.4f}" for v in neutral.values)
        except (TypeError, ValueError, ZeroDivisionError):
            return None
    mode = _first(tags, "EXIF WhiteBalance", "Image WhiteBalance")
    return WHITE_BALANCE.get(mode) if isinstance(mode, int) else None


def _time(tags: dict[str, Any]) -> str | None:
    written = _text(tags, "EXIF DateTimeOriginal", "Image DateTimeOriginal")
    if written is None or len(written) != 19 or not written[:4].isdecimal() or written[:4] == "0000":
        return None
    day, clock = written[:10].replace(":", "-"), written[11:]
    fraction = _text(tags, "EXIF SubSecTimeOriginal")
    offset = _text(tags, "EXIF OffsetTimeOriginal")
    return (f"{day}T{clock}" + (f".{fraction}" if fraction and fraction.isdecimal() else "")
            + (offset or ""))


def _orientation(tags: dict[str, Any]) -> int:
    value = _first(tags, "Image Orientation")
    return value if isinstance(value, int) and 1 <= value <= 8 else TOP_LEFT


FACTS = tuple(field.name for field in fields(Capture))
