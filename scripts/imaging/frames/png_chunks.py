"""What stands in a PNG beside its picture: size, depth, and what its values mean.

Portable Network Graphics (Third Edition), W3C 2025: chunks, section 5.3; IHDR, 11.2.1; colour
space information, 11.3.2; eXIf, 11.3.4.4; animation, 11.3.5.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from imaging.errors import ImagingError

_SIGNATURE_BYTES = 8
_COLOURS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
_INDEXED, _WITH_ALPHA = 3, (4, 6)
_OF_INTEREST = (b"IHDR", b"cICP", b"iCCP", b"sRGB", b"cHRM", b"gAMA", b"eXIf", b"tRNS", b"acTL")
# Longer ones are no Exif and no colour profile.
LONGEST_CHUNK_BYTES = 16 << 20
LONGEST_PROFILE_BYTES = 64 << 20
MOST_CHUNKS = 1_000_000


@dataclass(frozen=True)
class PngHeader:
    """What a PNG says of its picture.

    Attributes
    ----------
    bits : of a sample, 1 to 16; of an indexed picture 8, which its palette has
    colours : 1 grey, 3 colour
    alpha : whether pixels may be transparent
    exif : a TIFF structure, or None
    icc : the embedded profile, or None
    srgb : whether it says that it is sRGB
    gamma : of the encoding: sample = light ** gamma; None where it is not said
    chromaticities : (x, y) of white, red, green and blue, or None
    cicp : code points of ITU-T H.273 for primaries, transfer, matrix, and full range; or None
    ended : whether its last chunk is there
    """

    width_px: int
    height_px: int
    bits: int
    colours: int
    alpha: bool
    exif: bytes | None = None
    icc: bytes | None = None
    srgb: bool = False
    gamma: float | None = None
    chromaticities: tuple[tuple[float, float], ...] | None = None
    cicp: tuple[int, ...] | None = None
    ended: bool = True


def read_header(path: Path) -> PngHeader:
    """Read all chunks but the picture's own.

    Raises
    ------
    ImagingError : damaged, or an animation; the reason alone
    """
    chunks, ended = _read_chunks(path)
    head = chunks.get(b"IHDR", b"")
    if len(head) != 13:
        raise ImagingError("truncated or damaged PNG: it has no header; copy it again")
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", head)
    if kind not in _COLOURS or depth not in (1, 2, 4, 8, 16):
        raise ImagingError(f"damaged PNG: {depth} bits of colour type {kind} are not defined")
    if len(chunks.get(b"acTL", b"")) == 8 and (count := _unsigned(chunks[b"acTL"])[0]) > 1:
        raise ImagingError(f"an animated PNG of {count} pictures; a frame is one picture in a file")
    gamma = _unsigned(chunks.get(b"gAMA", b""))
    points = _unsigned(chunks.get(b"cHRM", b""))
    cicp = chunks.get(b"cICP", b"")
    return PngHeader(
        width,
        height,
        8 if kind == _INDEXED else depth,
        _COLOURS[kind],
        kind in _WITH_ALPHA or b"tRNS" in chunks,
        chunks.get(b"eXIf", b"").removeprefix(b"Exif\0\0") or None,
        _profile(chunks[b"iCCP"]) if b"iCCP" in chunks else None,
        b"sRGB" in chunks,
        gamma[0] / 100_000 if len(gamma) == 1 and gamma[0] else None,
        tuple((x / 100_000, y / 100_000) for x, y in zip(points[::2], points[1::2]))
        if len(points) == 8
        else None,
        tuple(cicp) if len(cicp) == 4 else None,
        ended,
    )


def _read_chunks(path: Path) -> tuple[dict[bytes, bytes], bool]:
    """The first chunk of each kind of interest, and whether the file's last one is its end."""
    chunks: dict[bytes, bytes] = {}
    with path.open("rb") as file:
        at = _SIGNATURE_BYTES
        for _ in range(MOST_CHUNKS):
            file.seek(at)
            head = file.read(8)
            if len(head) < 8:
                break
            length, name = struct.unpack(">I4s", head)
            if name == b"IEND":
                return chunks, True
            if name in _OF_INTEREST and name not in chunks and length <= LONGEST_CHUNK_BYTES:
                content, check = file.read(length), file.read(4)
                if len(check) == 4 and zlib.crc32(name + content) != int.from_bytes(check, "big"):
                    raise ImagingError(
                        f"damaged PNG: its chunk {name.decode('ascii')} at byte {at} is not what "
                        "was written; copy it again"
                    )
                chunks[name] = content
            at += 12 + length
    return chunks, False


def _unsigned(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(content) // 4}I", content) if len(content) % 4 == 0 else ()


def _profile(content: bytes) -> bytes:
    """The profile in an iCCP chunk: a name, a NUL, the method, deflated bytes."""
    packed = content.partition(b"\0")[2][1:]
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed, LONGEST_PROFILE_BYTES)
    except zlib.error as error:
        raise ImagingError(f"damaged PNG: its colour profile does not unpack ({error})") from None
    if unpacking.unconsumed_tail:
        raise ImagingError(
            f"damaged PNG: its colour profile claims more than {LONGEST_PROFILE_BYTES >> 20} MB"
        )
    return profile
