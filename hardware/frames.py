"""Is a file that a camera delivered a whole frame, and what does it say of its making?"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import exifread

from hardware.errors import CameraError
from imaging.errors import ImagingError
from imaging.frames import inspection
from records.files import sha256_file

# Names in the record, and the tags that they are from.
EXIF = {
    "aperture_f": "FNumber",
    "exposure_s": "ExposureTime",
    "iso": "ISOSpeedRatings",
    "taken_at": "DateTimeOriginal",
}


@dataclass(frozen=True)
class DeliveredFrame:
    """A frame that opens. `exif` has what the file tells of its making, times in ISO 8601."""

    kind: str
    width_px: int
    height_px: int
    sha256: str
    bytes: int
    exif: dict[str, float | str]


def inspect(path: Path) -> DeliveredFrame:
    """Decode all of a file, with the reader and by the judgement of every later step.

    CameraError if it is no frame: empty, truncated, no picture, or black.
    """
    try:
        seen = inspection.inspect(path)
    except ImagingError as error:
        raise CameraError(f"{path.name}: {error}") from error
    kind = "raw" if seen.kind == "raw" else seen.format
    size = path.stat().st_size
    return DeliveredFrame(kind, seen.width_px, seen.height_px, sha256_file(path), size, _exif(path))


def _exif(path: Path) -> dict[str, float | str]:
    with path.open("rb") as stream:
        try:
            tags = exifread.process_file(stream, details=False)
        except Exception:  # exifread raises whatever a damaged directory leads it to
            return {}
    exif: dict[str, float | str] = {}
    for name, tag in EXIF.items():
        # Some raws have no Exif folder and write it beside.
        text = str(tags.get(f"EXIF {tag}", tags.get(f"Image {tag}", ""))).strip()
        with contextlib.suppress(ValueError, ZeroDivisionError):
            if name == "taken_at":
                exif[name] = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()
            else:
                exif[name] = float(Fraction(text))
    return exif
