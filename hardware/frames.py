"""Is a file that a camera delivered a whole frame, and what does it say of its making?"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import exifread

from hardware.errors import CameraError
from hardware.files import sha256_of
from imaging.errors import ImagingError
from imaging.frames import inspection

# Names of ours and tags that tell them; some raws have no Exif folder and tell them beside it.
EXIF = {
    "aperture_f": "FNumber",
    "exposure_s": "ExposureTime",
    "iso": "ISOSpeedRatings",
    "taken_at": "DateTimeOriginal",
}


@dataclass(frozen=True)
class Frame:
    """A frame that opens. `told` has EXIF's keys, times in ISO 8601, where the file has them."""

    kind: str
    width_px: int
    height_px: int
    sha256: str
    bytes: int
    told: dict[str, float | str]


def inspect(path: Path) -> Frame:
    """Decode all of a file, with the reader and by the judgement of every later step.

    CameraError if it is no frame: empty, truncated, no picture, or black.
    """
    try:
        seen = inspection.inspect(path)
    except ImagingError as error:
        raise CameraError(f"{path.name}: {error}") from error
    kind = "raw" if seen.kind == "raw" else seen.format
    size = path.stat().st_size
    return Frame(kind, seen.width_px, seen.height_px, sha256_of(path), size, _exif(path))


def _exif(path: Path) -> dict[str, float | str]:
    with path.open("rb") as stream:
        try:
            tags = exifread.process_file(stream, details=False)
        except Exception:  # exifread raises whatever a damaged directory leads it to
            return {}
    told: dict[str, float | str] = {}
    for name, tag in EXIF.items():
        value = tags.get(f"EXIF {tag}", tags.get(f"Image {tag}"))
        if value is None:
            continue
        text = str(value)
        with contextlib.suppress(ValueError, ZeroDivisionError):
            if name == "taken_at":
                told[name] = datetime.strptime(text.strip(), "%Y:%m:%d %H:%M:%S").isoformat()
            else:
                told[name] = float(Fraction(text))
    return told
