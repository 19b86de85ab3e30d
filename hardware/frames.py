"""Is a file that a camera delivered a whole frame, and what does it say of its making?"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import exifread
import rawpy
from PIL import Image

from hardware.errors import CameraError
from hardware.files import sha256_of

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
    """Open a file as raw or JPEG and decode all of it.

    CameraError if it is empty, truncated, no picture, or one level throughout.
    """
    size = path.stat().st_size
    if size == 0:
        raise CameraError(f"{path.name} is empty")
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"\xff\xd8\xff"):
        kind, width, height = "jpeg", *_decode_jpeg(path)
    else:
        kind, width, height = "raw", *_decode_raw(path)
    return Frame(kind, width, height, sha256_of(path), size, _exif(path))


def _decode_raw(path: Path) -> tuple[int, int]:
    try:
        with rawpy.imread(str(path)) as raw:
            pixels = raw.raw_image_visible
            if pixels.min() == pixels.max():
                raise CameraError(f"{path.name} holds no picture: every pixel is {pixels.min()}")
            if path.stat().st_size < _strips_end(path):
                raise CameraError(f"{path.name} is truncated")
            return raw.sizes.width, raw.sizes.height
    except rawpy.LibRawError as error:
        why = error.args[0] if error.args else error
        why = why.decode("ascii", "replace") if isinstance(why, bytes) else why
        raise CameraError(f"{path.name} does not open as a raw: {why}") from error


def _strips_end(path: Path) -> int:
    """Byte after the last strip that a TIFF-like raw announces; 0 where it announces none.

    LibRaw fills what is missing of an uncompressed raw with black and says nothing.
    """
    with path.open("rb") as stream:
        try:
            tags = exifread.process_file(stream, details=False)
        except Exception:  # exifread raises anything at all on a broken file
            return 0
    ends = [0]
    for folder in {name.rsplit(" ", 1)[0] for name in tags if name.endswith(" StripOffsets")}:
        counts = tags.get(f"{folder} StripByteCounts")
        if counts is not None:
            offsets = tags[f"{folder} StripOffsets"].values
            ends += [a + b for a, b in zip(offsets, counts.values, strict=False)]
    return max(ends)


def _decode_jpeg(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            image.load()
            return image.size
    except (OSError, SyntaxError) as error:
        raise CameraError(f"{path.name} does not open as a JPEG: {error}") from error


def _exif(path: Path) -> dict[str, float | str]:
    with path.open("rb") as stream:
        try:
            tags = exifread.process_file(stream, details=False)
        except Exception:  # as above
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
