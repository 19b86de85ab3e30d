"""What stands in a JPEG before its picture: size and coding, Exif, colour profile.

Markers and segments: ITU-T T.81, annex B; Exif in APP1: Exif 2.32, section 4.5; a profile in
pieces in APP2: ICC.1:2010, B.4. Only the first picture of a multi-picture file (CIPA DC-007) is
read; those behind it are previews.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imaging.errors import ImagingError

_SOI, _EOI, _SOS, _APP1, _APP2 = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2
# Markers of a frame header: baseline, extended, progressive; the same with arithmetic coding.
_DECODABLE = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)
_LOSSLESS = (0xC3, 0xCB)
_HIERARCHICAL = (0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF)
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))
_EXIF, _ICC = b"Exif\0", b"ICC_PROFILE\0"
# A profile of 16 MB takes 256.
MOST_SEGMENTS = 4096


@dataclass(frozen=True)
class JpegHeader:
    """What a JPEG says of its picture.

    Attributes
    ----------
    components : 1 grey, 3 colour, 4 CMYK
    exif : a TIFF structure, or None
    icc : the embedded profile, or None
    """

    width_px: int
    height_px: int
    components: int
    exif: bytes | None
    icc: bytes | None


def read_header(path: Path) -> JpegHeader:
    """Read all segments before the first scan.

    Raises
    ------
    ImagingError : damaged, or coded in a way that no program at hand decodes; the reason alone
    """
    frame: tuple[int, int, int] | None = None
    exif: bytes | None = None
    pieces: dict[int, bytes] = {}
    count = 0
    with path.open("rb") as file:
        file.seek(2)
        for _ in range(MOST_SEGMENTS):
            marker = _next_marker(file.read)
            if marker in _WITHOUT_LENGTH:
                continue
            if marker in (None, _SOS, _EOI):
                break
            length = file.read(2)
            if len(length) < 2 or (size := struct.unpack(">H", length)[0]) < 2:
                break
            content = file.read(size - 2)
            if len(content) < size - 2:
                break
            if marker in _DECODABLE + _LOSSLESS + _HIERARCHICAL and frame is None:
                frame = _frame_header(marker, content)
            elif marker == _APP1 and content.startswith(_EXIF) and exif is None:
                exif = content[len(_EXIF) + 1 :]
            elif marker == _APP2 and content.startswith(_ICC) and len(content) > len(_ICC) + 2:
                number, count = content[len(_ICC)], content[len(_ICC) + 1]
                piece = content[len(_ICC) + 2 :]
                if pieces.setdefault(number, piece) != piece:
                    raise ImagingError(
                        f"a JPEG with two colour profiles, whose pieces {number} differ, so its "
                        "colours cannot be known; save it again with the profile it was made in"
                    )
    if frame is None:
        raise ImagingError(
            "truncated or damaged JPEG: it ends, or is broken, before its picture; "
            "copy it again from the camera"
        )
    if sorted(pieces) != list(range(1, count + 1)):
        there = ", ".join(str(number) for number in sorted(pieces))
        raise ImagingError(
            f"damaged JPEG: its colour profile is to be in {count} piece{'s' * (count != 1)}, "
            f"numbered from 1, and has those of number {there}; copy it again from the camera, or "
            "save it again with the profile it was made in"
        )
    icc = b"".join(pieces[number] for number in sorted(pieces)) or None
    return JpegHeader(*frame, exif, icc)


def _next_marker(read: Callable[[int], bytes]) -> int | None:
    """The next marker's code; bytes that are not one are passed over, as decoders do."""
    byte = read(1)
    while byte and byte != b"\xff":
        byte = read(1)
    while byte == b"\xff":
        byte = read(1)
    return byte[0] if byte else None


def _frame_header(marker: int, content: bytes) -> tuple[int, int, int]:
    """Width, height and number of components."""
    if marker in _LOSSLESS:
        raise ImagingError(
            "a lossless JPEG (ITU-T T.81, process 14), which viewers do not show; export it as TIFF"
        )
    if marker in _HIERARCHICAL:
        raise ImagingError("a hierarchical JPEG, which viewers do not show; export it as TIFF")
    if len(content) < 6:
        raise ImagingError("damaged JPEG: its frame header is cut short")
    precision, height, width, components = struct.unpack_from(">BHHB", content)
    if precision != 8:
        raise ImagingError(
            f"a JPEG of {precision} bits, which hardly any viewer shows; export it as 16-bit TIFF"
        )
    if height == 0:
        raise ImagingError("a JPEG that leaves its height open; export it again")
    return width, height, components
