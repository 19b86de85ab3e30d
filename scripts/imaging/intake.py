"""What a file is by its content, and whether all of its picture can be decoded.

A file's name decides nothing here: cameras, phones and export programs all write JPEG under other
names. A raw is read as LibRaw reads it but not demosaiced; a photograph is decoded to its end,
some rows at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add
from pathlib import Path

import numpy as np
import pyvips
import rawpy
import tifffile
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.formats import FOREIGN, sniff

# First word of a TIFF's Make, for raws that are TIFF inside.
_RAW_BY_MAKE = {
    "NIKON": "nef",
    "SONY": "arw",
    "PENTAX": "pef",
    "RICOH": "pef",
    "SAMSUNG": "srw",
    "HASSELBLAD": "3fr",
    "PHASE": "iiq",
    "LEAF": "mos",
    "EASTMAN": "kdc",
    "KODAK": "kdc",
    "EPSON": "erf",
    "MAMIYA": "mef",
}
# TIFF/EP and DNG: PhotometricInterpretation of a colour filter array and of linear raw.
_RAW_PHOTOMETRICS = (32803, 34892)
_MAKE, _DNG_VERSION, _OPCODE_LIST_2 = 271, 50706, 51009
# DNG 1.7, chapter 7: opcodes that give 8-bit values their meaning, MapTable and MapPolynomial.
_TONE_OPCODES = (7, 8)
_JPEG, _JPEG_XL = 7, 52546
# EXIF orientation of each value of LibRaw's `flip` (dcraw: "50132467"[orientation & 7]).
_ORIENTATION_OF_FLIP = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
# Below this part of the range from black to white, 99.9 % of a frame is noise: no light came in.
DARK_PART = 0.001
# The same of a photograph; 2 of 255 is noise that its compression left.
DARK_PHOTO = 0.01
# A frame whose middle value is that far above white has another white level than its tags say.
OVER_WHITE = 1.5


@dataclass(frozen=True)
class Intake:
    """What a file that can be a frame is.

    Attributes
    ----------
    format : dng, nef, cr2, cr3, arw, …, `raw` where only LibRaw knows it; jpeg, png, tiff
    kind : raw or photo
    width_px, height_px : as stored, before any orientation is applied
    orientation : EXIF orientation 1..8; 1 where none is written
    white_balance : a raw's multipliers of red, green and blue as shot, green 1; None where the
        camera wrote none
    """

    format: str
    kind: str
    width_px: int
    height_px: int
    orientation: int
    white_balance: tuple[float, float, float] | None = None


def examine(path: Path | str) -> Intake:
    """Find out what a file is and decode it to its end.

    A raw takes the memory of its sensor values, a photograph that of some rows.

    Raises
    ------
    ImagingError : not a picture, of a kind that cannot be a frame, truncated, damaged, not
        supported by LibRaw, black, or decoded by LibRaw to wrong values. The message is the
        reason alone, without the file's name.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        raise ImagingError("the file is empty (0 bytes); copy it again from the camera")
    name = sniff(path)
    if name in FOREIGN:
        raise ImagingError(
            f"a {FOREIGN[name]} picture; frames may be raw, TIFF (8 or 16 bit), JPEG or PNG"
        )
    pages = _tiff_pages(path) if name == "tiff" else []
    if name in ("jpeg", "png"):
        return _examine_photo(path, name)
    if name == "tiff" and _is_photo_tiff(pages):
        _require_whole(path, pages[:1])
        _require_one_picture(pages)
        return _examine_photo(path, name)
    return _examine_raw(path, name, pages)


@dataclass(frozen=True)
class _Page:
    """What one picture in a TIFF says of itself; `pieces` are where its data start and end."""

    width_px: int
    height_px: int
    photometric: int
    compression: int
    aside: bool
    pieces: tuple[tuple[int, int], ...]
    make: str
    is_dng: bool
    opcodes: bytes


def _tiff_pages(path: Path) -> list[_Page]:
    """All pictures of a TIFF, those in nested directories included."""

    def nested(page: tifffile.TiffPage) -> Iterator[_Page]:
        opcodes = page.tags.valueof(_OPCODE_LIST_2, b"")
        yield _Page(
            page.imagewidth,
            page.imagelength,
            int(page.photometric or 0),
            int(page.compression),
            bool(page.is_reduced or page.is_mask),
            tuple(zip(page.dataoffsets, map(add, page.dataoffsets, page.databytecounts))),
            str(page.tags.valueof(_MAKE, "")),
            _DNG_VERSION in page.tags,
            opcodes if isinstance(opcodes, bytes) else b"",
        )
        for inner in page.pages or ():
            yield from nested(inner)

    try:
        with tifffile.TiffFile(path) as tif:
            return [found for page in tif.pages for found in nested(page)]
    except (tifffile.TiffFileError, ValueError, KeyError, IndexError, TypeError, struct.error):
        # LibRaw and vips judge what tifffile cannot read: makers take liberties with TIFF.
        return []


def _is_photo_tiff(pages: list[_Page]) -> bool:
    """Whether a TIFF holds a developed picture; in a raw the largest picture is not the first.

    LibRaw would open a grey 16-bit TIFF that names a known camera as if it were its raw.
    """
    if not pages or pages[0].is_dng:
        return False
    if any(page.photometric in _RAW_PHOTOMETRICS for page in pages):
        return False
    area = [page.width_px * page.height_px for page in pages]
    return not pages[0].aside and area[0] == max(area)


def _require_whole(path: Path, pages: list[_Page]) -> None:
    """Refuse a TIFF whose pictures lie beyond the end of the file."""
    size = path.stat().st_size
    pieces = [piece for page in pages for piece in page.pieces]
    last = max((end for _, end in pieces), default=0)
    if last > size:
        nothing = min(start for start, _ in pieces) >= size
        left = " with nothing but its header left, to decode as all black" if nothing else ""
        raise ImagingError(
            f"truncated{left}: the picture ends at byte {last}, the file at byte {size}; "
            "copy it again from the camera"
        )


def _require_one_picture(pages: list[_Page]) -> None:
    count = sum(not page.aside for page in pages)
    if count > 1:
        raise ImagingError(f"a TIFF with {count} pictures; a frame is one picture in one file")


def _examine_photo(path: Path, name: str) -> Intake:
    """Decode a photograph by rows: see `examine`."""
    options = {"access": "sequential", "fail_on": "error", "revalidate": True}
    try:
        load = getattr(pyvips.Image, f"{name}load")
        image = load(str(path), **options)
        width, height = image.width, image.height
        orientation = image.get("orientation") if image.get_typeof("orientation") else 1
        if image.interpretation in ("cmyk", "lab", "labs", "labq"):
            raise ImagingError(f"a {image.interpretation.upper()} picture; export it as RGB")
        if image.format not in ("uchar", "ushort"):
            raise ImagingError(
                f"samples of type {image.format}; frames have 8 or 16 bits, "
                "export the picture again"
            )
        if name == "jpeg":
            # An eighth of the size needs all of the file, but a 64th of the pixels.
            image = load(str(path), shrink=8, **options)
        colours = image.bands - 1 if image.hasalpha() else image.bands
        lowest, highest = image.extract_band(0, n=colours).stats().numpy()[0, :2]
    except pyvips.Error as error:
        detail = " ".join(str(error).split())
        raise ImagingError(
            f"truncated or damaged {name.upper()} ({_last_words(detail)}); "
            "copy it again from the camera"
        ) from None
    full = np.iinfo(np.uint8 if image.format == "uchar" else np.uint16).max
    if lowest == highest:
        colour = "black" if highest == 0 else f"of one value ({highest:g})"
        raise ImagingError(f"decodes to nothing: every pixel is {colour}")
    if highest <= DARK_PHOTO * full:
        raise ImagingError(
            f"black: no pixel is brighter than {highest:g} of {full}; "
            "was the lens covered or the light off?"
        )
    return Intake(name, "photo", width, height, orientation if 1 <= orientation <= 8 else 1)


def _last_words(detail: str) -> str:
    """What the decoder says, without the call and the path that vips puts before it."""
    for start in ("VipsJpeg: ", "vipspng: ", "tiff2vips: ", "VipsForeignLoad: "):
        if start in detail:
            detail = detail.rsplit(start, 1)[1]
    return detail.rsplit('" is ', 1)[-1]


def _examine_raw(path: Path, name: str | None, pages: list[_Page]) -> Intake:
    """Read a raw's sensor values: see `examine`."""
    raw_pages = [page for page in pages if page.photometric in _RAW_PHOTOMETRICS and not page.aside]
    is_dng = bool(pages) and pages[0].is_dng
    if is_dng:
        # LibRaw opens a lossy DNG without its last tile; makers of other raws count bytes freely.
        _require_whole(path, raw_pages)
    try:
        with rawpy.imread(str(path)) as raw:
            _require_light(raw)
            if raw.white_level <= 255 and any(_needs_tone_curve(page) for page in raw_pages):
                raise ImagingError(
                    "LibRaw opens this lossy DNG but leaves out the curve that "
                    "its values need (OpcodeList2): colours would be wrong. "
                    "Convert it to a DNG without lossy compression"
                )
            sizes = raw.sizes
            red, green, blue = raw.camera_whitebalance[:3]
            # LibRaw gives 0 or, for raws other than DNG, 1 for what is not written.
            written = min(red, green, blue) > 0 and (is_dng or not red == green == blue == 1.0)
            balance = (red / green, 1.0, blue / green) if written else None
            orientation = _ORIENTATION_OF_FLIP.get(sizes.flip, 1)
            return Intake(
                "dng" if is_dng else _raw_format(name, pages),
                "raw",
                sizes.width,
                sizes.height,
                orientation,
                balance,
            )
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise ImagingError(_why_undecodable(error, name, raw_pages or pages)) from None


def _raw_format(name: str | None, pages: list[_Page]) -> str:
    if name != "tiff":
        return name or "raw"
    make = pages[0].make.split() if pages else []
    return _RAW_BY_MAKE.get(make[0].upper(), "raw") if make else "raw"


def _why_undecodable(error: Exception, name: str | None, pages: list[_Page]) -> str:
    """What keeps LibRaw from decoding a file, in words for people."""
    if any(page.compression == _JPEG_XL for page in pages):
        return (
            "a DNG compressed with JPEG XL, which LibRaw does not support; "
            "convert it to an uncompressed DNG"
        )
    if name is None:
        return "not a picture, and no raw that LibRaw knows"
    if name == "tiff" and not pages:
        return "truncated or damaged TIFF: its directory cannot be read; copy it again"
    # rawpy hands LibRaw's own words on as bytes.
    said = error.args[0] if error.args else error
    said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if isinstance(error, rawpy.LibRawIOError | rawpy.LibRawDataError):
        return (
            f"truncated: LibRaw comes to the end of the file within the picture ({said}); "
            "copy it again from the camera"
        )
    return f"a {name.upper()} that LibRaw cannot decode ({said})"


def _needs_tone_curve(page: _Page) -> bool:
    """Whether 8-bit values are not linear until the opcodes in OpcodeList2 are applied."""
    if page.compression != _JPEG or len(page.opcodes) < 4:
        return False
    count, at = struct.unpack_from(">I", page.opcodes)[0], 4
    for _ in range(count):
        if at + 16 > len(page.opcodes):
            break
        opcode, _, _, size = struct.unpack_from(">4I", page.opcodes, at)
        if opcode in _TONE_OPCODES:
            return True
        at += 16 + size
    return False


def _require_light(raw: rawpy.RawPy) -> None:
    """Refuse a raw without a picture in it, or with values that its white level denies."""
    values: NDArray[np.uint16] = raw.raw_image_visible
    if values.ndim == 3:
        values = values[..., : raw.num_colors]
    black, white = min(raw.black_level_per_channel), raw.white_level
    lowest, highest = int(values.min()), int(values.max())
    if lowest == highest:
        state = "all black" if highest <= black else f"every value is {highest}"
        raise ImagingError(f"decodes to nothing: {state}; copy it again from the camera")
    sample = values[::7, ::7]
    bright = float(np.quantile(sample, 0.999))
    if bright - black < DARK_PART * (white - black):
        raise ImagingError(
            f"black: 99.9 % of its values are at most {bright:g}, where black is "
            f"{black} and white {white}; was the lens covered or the light off?"
        )
    middle = float(np.median(sample))
    if middle > OVER_WHITE * white:
        raise ImagingError(
            f"white level of {white} cannot be true: half of the values are above {middle:g}"
        )
