"""What a file is by its content, and whether the picture in it can be had whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rawpy
import tifffile

from imaging import photo
from imaging.errors import ImagingError

# Endings under which cameras write raws; a file named so is meant to be a frame.
RAW_ENDINGS = frozenset(
    "3fr ari arw bay cap cr2 cr3 crw dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw "
    "nef nrw orf pef ptx pxn r3d raf raw rw2 rwl rwz sr2 srf srw x3f".split()
)
PHOTO_ENDINGS = frozenset("jpg jpeg png tif tiff".split())
_MAGIC = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n": "png"}
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
DNG_VERSION = 50706
# No light at all, whatever the sensor's noise: a tenth of a percent of the range above black.
DARKEST = 0.001


@dataclass(frozen=True)
class Intake:
    """A frame's file as it was found.

    Attributes
    ----------
    format : `jpeg`, `png`, `tiff`, or a raw's ending in lower case
    kind : `raw` for LibRaw, `photo` for what is a picture already
    width_px, height_px : as stored, before any rotation
    white_balance : multipliers of red, green, blue that the camera wrote into a raw
    """

    format: str
    kind: str
    width_px: int
    height_px: int
    white_balance: tuple[float, float, float] | None = None


def format_of(path: Path) -> str | None:
    """`jpeg`, `png` or `tiff` by content, a raw's ending, or None for what is no picture."""
    ending = path.suffix.lower().lstrip(".")
    with path.open("rb") as file:
        start = file.read(8)
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            return name
    if start[:4] in _TIFF_MAGIC and ending not in RAW_ENDINGS:
        return "dng" if _is_dng(path) else "tiff"
    if ending in RAW_ENDINGS:
        return ending
    return ending if ending in PHOTO_ENDINGS else None


def _is_dng(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path) as tif:
            return DNG_VERSION in tif.pages.first.tags
    except (tifffile.TiffFileError, ValueError, IndexError):
        return False


def examine(path: Path) -> Intake:
    """Decode a frame to see that it is whole.

    Raises
    ------
    ImagingError : the reason why it cannot be used, for people, without its name
    """
    found = format_of(path)
    if found is None:
        raise ImagingError("not a picture")
    if path.stat().st_size == 0:
        raise ImagingError("empty file")
    return _examine_raw(path, found) if found in RAW_ENDINGS else _examine_photo(path, found)


def _examine_raw(path: Path, found: str) -> Intake:
    try:
        with rawpy.imread(str(path)) as raw:
            pixels = raw.raw_image
            black, white = min(raw.black_level_per_channel), raw.white_level
            if int(pixels.max()) <= black + DARKEST * (white - black):
                raise ImagingError("decodes to black: there is no picture in it")
            multipliers = tuple(round(float(v), 4) for v in raw.camera_whitebalance[:3])
            known = all(v > 0 for v in multipliers)
            return Intake(found, "raw", raw.sizes.width, raw.sizes.height,
                          multipliers if known else None)
    except rawpy.LibRawFileUnsupportedError:
        raise ImagingError("LibRaw does not know this kind of raw (unsupported)") from None
    except rawpy.LibRawIOError:
        raise ImagingError("truncated or damaged: its pixels cannot be read") from None
    except rawpy.LibRawError as error:
        reason = error.args[0].decode() if error.args else type(error).__name__
        raise ImagingError(f"damaged: LibRaw says {reason}") from None


def _examine_photo(path: Path, found: str) -> Intake:
    try:
        pixels = photo.read(path).pixels
    except ImagingError as error:
        raise ImagingError(str(error).removeprefix(f"{path.name}: ")) from None
    if int(pixels.max()) <= DARKEST * 65535:
        raise ImagingError("decodes to black: there is no picture in it")
    return Intake(found, "photo", pixels.shape[1], pixels.shape[0])
