"""Is a file that a camera delivered a whole frame, and what does it say of its making?"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hardware.errors import CameraError
from imaging.errors import ImagingError
from imaging.frames import inspection
from records.files import sha256_file
from records.metadata.exif import read_capture

# Numbers of the record, and the facts of `records.metadata.exif.Capture` that they are.
EXIF = {"aperture_f": "aperture", "exposure_s": "exposure_s", "iso": "iso"}


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
    """Decode all of a file, with the readers and by the judgement of every later step.

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
    capture = read_capture(path)
    exif: dict[str, float | str] = {
        name: float(value)
        for name, fact in EXIF.items()
        if (value := getattr(capture, fact)) is not None
    }
    with contextlib.suppress(ValueError):
        taken_at = datetime.strptime(capture.date_time_original or "", "%Y:%m:%d %H:%M:%S")
        exif["taken_at"] = taken_at.isoformat()
    return exif
