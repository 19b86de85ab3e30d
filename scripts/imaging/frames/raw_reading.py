"""A raw file as LibRaw reads it, or why it cannot, in words for people."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import rawpy

from imaging.errors import ImagingError
from imaging.frames.claims import require_bytes, require_size
from imaging.frames.formats import sniff
from imaging.frames.tiff_pages import RAW_PHOTOMETRICS, Page, pages_of, require_whole
from imaging.frames.tiff_pieces import require_apart

# DNG 1.7, chapter 7: opcodes that give 8-bit values their meaning, MapTable and MapPolynomial.
_TONE_OPCODES = (7, 8)
_JPEG, _JPEG_XL = 7, 52546


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before a reason."""
    try:
        yield
    except ImagingError as error:
        raise ImagingError(f"{path.name}: {error}") from None


@contextmanager
def opened(path: Path, pages: Sequence[Page] | None = None) -> Iterator[rawpy.RawPy]:
    """A raw whose values LibRaw has read and, as far as is known, rightly.

    Parameters
    ----------
    pages : of a raw that is a TIFF inside; read here if None

    Raises
    ------
    ImagingError : also for what LibRaw says while the raw is used; the reason alone
    """
    if pages is None:
        pages = pages_of(path) if sniff(path) == "tiff" else []
    raw_pages = [page for page in pages if page.photometric in RAW_PHOTOMETRICS and not page.aside]
    for page in raw_pages:
        require_size(page.width_px, page.height_px)
    if pages and pages[0].is_dng:
        # LibRaw opens a lossy DNG without its last tile; makers of other raws count bytes freely.
        require_whole(path, raw_pages)
        require_apart(raw_pages)
    for page in raw_pages:
        require_bytes(page.width_px, page.height_px, path.stat().st_size)
    try:
        with rawpy.imread(str(path)) as raw:
            size = raw.sizes.raw_width, raw.sizes.raw_height
            require_size(*size)
            require_bytes(*size, path.stat().st_size)
            raw.unpack()
            if raw.white_level <= 255 and any(_needs_tone_curve(page) for page in raw_pages):
                raise ImagingError(
                    "LibRaw opens this lossy DNG but leaves out the curve that "
                    "its values need (OpcodeList2): colours would be wrong. "
                    "Convert it to a DNG without lossy compression"
                )
            yield raw
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise ImagingError(_why_undecodable(error, path, raw_pages or pages)) from None


def _why_undecodable(error: Exception, path: Path, pages: Sequence[Page]) -> str:
    """What keeps LibRaw from decoding a file, in words for people."""
    name = sniff(path)
    if any(page.compression == _JPEG_XL for page in pages):
        return (
            "a DNG compressed with JPEG XL, which LibRaw does not support; "
            "convert it to an uncompressed DNG"
        )
    if name is None:
        return "not a picture, and no raw that LibRaw knows"
    if name == "tiff" and len(pages) > 1 and not any(page.is_dng or page.make for page in pages):
        return (
            f"a TIFF of {len(pages)} pictures, of which the first is not the largest; a frame is "
            "one picture in one file"
        )
    if name == "tiff" and not pages:
        return "truncated or damaged TIFF: its directory cannot be read; copy it again"
    # rawpy hands LibRaw's own words on as bytes.
    words = error.args[0] if error.args else error
    words = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    if isinstance(error, rawpy.LibRawIOError | rawpy.LibRawDataError):
        return (
            f"truncated: LibRaw comes to the end of the file within the picture ({words}); "
            "copy it again from the camera"
        )
    return f"a {name.upper()} that LibRaw cannot decode ({words})"


def _needs_tone_curve(page: Page) -> bool:
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
