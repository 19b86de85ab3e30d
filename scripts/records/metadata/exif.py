"""What the camera wrote about an exposure; what it did not write is None, never a guess.

Blocks of Exif are found by `exif_blocks`, wherever in the file they lie, and read with exifread:
its own search ends 4 kB into a JPEG, and nothing bounds what a hostile directory leads it to.
Nothing is known of headerless raws. Tags and their meaning: CIPA DC-008-2019 (Exif 2.32), section
4.6; DNG 1.7 for AsShotNeutral.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from records.metadata.exif_blocks import Bounded, exif_blocks
from records.text import cleaned

WHITE_BALANCE = {0: "auto", 1: "manual"}
TOP_LEFT = 1
_AS_SHOT_NEUTRAL = "Image Tag 0xC628"
# Exif 2.32, 4.6.5: the true value of a sensitivity that 16 bits cannot hold stands elsewhere.
_ISO_OVERFLOW = 65535


@dataclass(frozen=True)
class Capture:
    """Facts of one exposure. Fractions are exact, in lowest terms.

    Attributes
    ----------
    make, model, lens, software, artist, copyright : as written, blanks trimmed
    serial_number, lens_serial_number : of camera and lens
    aperture : f-number; None also for a lens that reports none (f/0)
    exposure_s, focal_length_mm : None also where zero stands for unknown
    iso : photographic sensitivity
    exposure_bias_ev : correction that was set on the camera; 0 is none
    exposure_program, metering_mode, flash : Exif's numbers for them
    white_balance : Exif's mode, `auto` or `manual`, or a DNG's multipliers of red, green and blue
    date_time_original : `YYYY:MM:DD HH:MM:SS`, local time of the exposure
    subsec_time_original : the digits of its fraction of a second
    offset_time_original : of that local time from UTC, as `+01:00`
    orientation : 1 to 8, as Exif counts; 1 where none is written
    """

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    software: str | None = None
    artist: str | None = None
    copyright: str | None = None
    serial_number: str | None = None
    lens_serial_number: str | None = None
    aperture: Fraction | None = None
    exposure_s: Fraction | None = None
    focal_length_mm: Fraction | None = None
    iso: int | None = None
    exposure_bias_ev: Fraction | None = None
    exposure_program: int | None = None
    metering_mode: int | None = None
    flash: int | None = None
    white_balance: str | None = None
    date_time_original: str | None = None
    subsec_time_original: str | None = None
    offset_time_original: str | None = None
    orientation: int = TOP_LEFT

    @property
    def camera(self) -> str | None:
        """Make and model in one, the make not said twice."""
        if self.make and self.model:
            has_make = self.model.casefold().startswith(self.make.split()[0].casefold())
            return self.model if has_make else f"{self.make} {self.model}"
        return self.model or self.make

    @property
    def taken_at(self) -> str | None:
        """Time of the exposure in ISO 8601, with fraction and offset where written."""
        if self.date_time_original is None:
            return None
        day, clock = self.date_time_original.split()
        fraction = f".{self.subsec_time_original}" if self.subsec_time_original else ""
        return f"{day.replace(':', '-')}T{clock}{fraction}{self.offset_time_original or ''}"


def read_capture(path: Path | str) -> Capture:
    """Read what a frame's file says of its exposure.

    Raises
    ------
    OSError : the file cannot be opened; one that cannot be understood gives no facts instead
    """
    # What has no use for a camera's words does not wait for it.
    import exifread

    # exifread tells the log of every file that has no Exif, which is no news here.
    logging.getLogger("exifread").setLevel(logging.CRITICAL)
    tags: dict[str, Any] = {}
    # exifread raises whatever a damaged block leads it to; the others are read all the same.
    with open(path, "rb") as file, suppress(Exception):
        for block in exif_blocks(file):
            with suppress(Exception):
                # It reads, seeks and tells, and asks no more of a file.
                of_block = exifread.process_file(
                    Bounded(block),  # type: ignore[arg-type]
                    details=False,
                    extract_thumbnail=False,
                )
                # Of two blocks the first has the word, as for every viewer.
                tags = of_block | tags
    return Capture(
        make=_text(tags, "Image Make"),
        model=_text(tags, "Image Model"),
        lens=_text(tags, "EXIF LensModel", "Image LensModel"),
        software=_text(tags, "Image Software"),
        artist=_text(tags, "Image Artist"),
        copyright=_text(tags, "Image Copyright"),
        serial_number=_text(tags, "EXIF BodySerialNumber"),
        lens_serial_number=_text(tags, "EXIF LensSerialNumber"),
        aperture=_positive(tags, "EXIF FNumber", "Image FNumber"),
        exposure_s=_positive(tags, "EXIF ExposureTime", "Image ExposureTime"),
        focal_length_mm=_positive(tags, "EXIF FocalLength", "Image FocalLength"),
        iso=_iso(tags),
        exposure_bias_ev=_ratio(tags, "EXIF ExposureBiasValue"),
        exposure_program=_number(tags, "EXIF ExposureProgram"),
        metering_mode=_number(tags, "EXIF MeteringMode"),
        flash=_number(tags, "EXIF Flash"),
        white_balance=_white_balance(tags),
        date_time_original=_date_time(tags),
        subsec_time_original=_matching(tags, r"\d+", "SubSecTimeOriginal"),
        offset_time_original=_matching(tags, r"[+-]\d\d:\d\d", "OffsetTimeOriginal"),
        orientation=_orientation(tags),
    )


def _first(tags: dict[str, Any], *names: str) -> Any:  # noqa: ANN401
    for name in names:
        if name in tags and tags[name].values not in ("", [], b""):
            values = tags[name].values
            return values if isinstance(values, str | bytes) else values[0]
    return None


def _text(tags: dict[str, Any], *names: str) -> str | None:
    value = _first(tags, *names)
    if isinstance(value, bytes):
        # What is not UTF-8 is left to us as bytes; cameras and programs then mean Latin-1.
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    text = " ".join(cleaned(value).split())
    # A lens without contacts is written as dashes.
    return text if any(letter.isalnum() for letter in text) else None


def _ratio(tags: dict[str, Any], *names: str) -> Fraction | None:
    value = _first(tags, *names)
    try:
        return Fraction(value.num, value.den) if hasattr(value, "num") else Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _positive(tags: dict[str, Any], *names: str) -> Fraction | None:
    number = _ratio(tags, *names)
    return number if number is not None and number > 0 else None


def _number(tags: dict[str, Any], name: str) -> int | None:
    value = _first(tags, name)
    return value if isinstance(value, int) else None


def _iso(tags: dict[str, Any]) -> int | None:
    names = ["ISOSpeedRatings", "RecommendedExposureIndex", "ISOSpeed"]
    for name in names:
        value = _first(tags, f"EXIF {name}", f"Image {name}")
        if isinstance(value, int) and value > 0 and value != _ISO_OVERFLOW:
            return value
    return None


def _white_balance(tags: dict[str, Any]) -> str | None:
    neutral = tags.get(_AS_SHOT_NEUTRAL)
    if neutral is not None and len(neutral.values) == 3:
        try:
            red, green, blue = (float(value) for value in neutral.values)
            return describe_multipliers((green / red, 1.0, green / blue))
        except (TypeError, ValueError, ZeroDivisionError):
            return None
    mode = _first(tags, "EXIF WhiteBalance", "Image WhiteBalance")
    return WHITE_BALANCE.get(mode) if isinstance(mode, int) else None


def describe_multipliers(multipliers: tuple[float, float, float]) -> str:
    """White balance multipliers of red, green and blue as the ledger writes them."""
    return " ".join(f"{value:.4f}" for value in multipliers)


def _date_time(tags: dict[str, Any]) -> str | None:
    written = _text(tags, "EXIF DateTimeOriginal", "Image DateTimeOriginal")
    try:
        datetime.strptime(written or "", "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return written


def _matching(tags: dict[str, Any], pattern: str, name: str) -> str | None:
    written = _text(tags, f"EXIF {name}", f"Image {name}")
    return written if written and re.fullmatch(pattern, written, re.ASCII) else None


def _orientation(tags: dict[str, Any]) -> int:
    value = _first(tags, "Image Orientation")
    return value if isinstance(value, int) and 1 <= value <= 8 else TOP_LEFT
