"""Where in a file its Exif lies: each block of it as a stream that begins like a TIFF.

A JPEG may have it anywhere before its pixels and in several segments, behind XMP, profiles and
previews of any size; PNG has a chunk of its own or, from older programs, hexadecimal text; Canon's
CR3 and Fujifilm's RAF hold a TIFF or a JPEG. Every other file is taken for a TIFF itself, as most
raws are. Layout: CIPA DC-008-2019 (Exif 2.32), 4.5.4 and 4.7; PNG (third edition), 11.3.4.4;
ISO/IEC 14496-12, 4.2.

Whatever a file says, only so much of it is read: a stream refuses to go on after a number of reads
and bytes that no honest file needs.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

EXIF = b"Exif\0"
# An honest TIFF of some hundred pages needs a tenth of the reads, and headers few of the bytes.
READS, BYTES = 500_000, 1 << 26
# Markers of a JPEG that have no length: padding, TEM, RST0 to RST7, SOI.
_BARE = (0x01, *range(0xD0, 0xD9))
_APP1, _SOS, _EOI = 0xE1, 0xDA, 0xD9
_PNG = b"\x89PNG\r\n\x1a\n"
# What ImageMagick and Exiv2 call Exif that they put into a PNG's text.
_TEXT_BYTES = 1 << 24
_PNG_TEXTS = (b"Raw profile type exif\0", b"Raw profile type APP1\0")
# Canon's own box in a CR3's `moov`; CMT1 in it is IFD 0, CMT2 the Exif IFD, each a TIFF.
_CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_CR3_PARTS = (b"CMT1", b"CMT2")
# A RAF's header says at this byte where its JPEG starts and how long it is, big-endian.
_RAF_MAGIC, _RAF_JPEG_AT = b"FUJIFILMCCD-RAW", 84


class TooMuchError(Exception):
    """A file leads its reader to more than any honest file needs."""


class Bounded(io.RawIOBase):
    """A file from one of its bytes on, of which only so much can be read.

    Parameters
    ----------
    file : opened for reading, seekable
    start : byte of the file that is byte 0 here
    reads, size : most reads, and most bytes in all of them

    Raises
    ------
    TooMuchError : by `read`, when either is exceeded
    """

    def __init__(
        self, file: BinaryIO | Bounded, start: int = 0, reads: int = READS, size: int = BYTES
    ) -> None:
        super().__init__()
        self._file, self._start, self._reads, self._left = file, start, reads, size
        self.seek(0)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file; the place from `start`."""
        place = offset + self._start if whence == os.SEEK_SET else offset
        return self._file.seek(place, whence) - self._start

    def tell(self) -> int:
        """As of any file; the place from `start`."""
        return self._file.tell() - self._start

    def read(self, size: int = -1) -> bytes:
        """As of any file, as long as the bounds are kept."""
        # What a file says of its size is only true of what it has.
        content = self._file.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._reads -= 1
        self._left -= len(content)
        if self._reads < 0 or self._left < 0:
            raise TooMuchError
        return content


def exif_blocks(file: BinaryIO) -> Iterator[BinaryIO | Bounded]:
    """Every block of Exif in a file, in the file's order, each as a stream that is a TIFF.

    Parameters
    ----------
    file : opened for reading, seekable; not to be used otherwise while blocks are asked for

    Raises
    ------
    TooMuchError, struct.error, zlib.error, ValueError : a file that is not what it begins as
    """
    head = Bounded(file).read(_RAF_JPEG_AT + 4)
    if head.startswith(b"\xff\xd8"):
        yield from _of_jpeg(Bounded(file))
    elif head.startswith(_PNG):
        yield from _of_png(Bounded(file))
    elif head[4:12] == b"ftypcrx ":
        yield from _of_cr3(Bounded(file))
    elif head.startswith(_RAF_MAGIC):
        start = struct.unpack_from(">I", head, _RAF_JPEG_AT)[0]
        yield from _of_jpeg(Bounded(file, start))
    else:
        yield Bounded(file)


def _of_jpeg(file: Bounded) -> Iterator[BinaryIO]:
    """The segments of Exif of a JPEG, up to its pixels; fill and damage between them skipped."""
    file.seek(2)
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while (code := file.read(1)) == b"\xff":
            pass
        marker = code[0] if code else _EOI
        if marker in (_SOS, _EOI):
            return
        if marker == 0 or marker in _BARE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        end = file.tell() + length - 2
        if marker == _APP1 and file.read(len(EXIF)) == EXIF:
            file.read(1)
            yield io.BytesIO(file.read(max(0, end - file.tell())))
        file.seek(end)


def _of_png(file: Bounded) -> Iterator[BinaryIO]:
    """The eXIf chunk of a PNG, and the texts that older programs wrote instead."""
    file.seek(len(_PNG))
    while len(lead := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", lead)
        end = file.tell() + length + 4
        if kind == b"eXIf":
            yield io.BytesIO(_without_header(file.read(length)))
        elif kind in (b"tEXt", b"zTXt"):
            name = file.read(min(length, len(_PNG_TEXTS[0])))
            if name in _PNG_TEXTS:
                text = file.read(length - len(name))
                if kind == b"zTXt":
                    text = zlib.decompressobj().decompress(text[1:], _TEXT_BYTES)
                # A newline, a name, the length in decimals, then hexadecimal digits in lines.
                digits = b"".join(text.split()[2:])
                yield io.BytesIO(_without_header(bytes.fromhex(digits.decode("ascii"))))
        elif kind == b"IEND":
            return
        file.seek(end)


def _without_header(block: bytes) -> bytes:
    """A block without the header by which a JPEG knows it; some programs leave it on."""
    return block[len(EXIF) + 1 :] if block.startswith(EXIF) else block


def _of_cr3(file: Bounded) -> Iterator[BinaryIO]:
    end = file.seek(0, os.SEEK_END)
    moov = next((box for name, *box in _boxes(file, 0, end) if name == b"moov"), (0, 0))
    for name, start, stop in _boxes(file, *moov):
        file.seek(start)
        if name == b"uuid" and file.read(16) == _CANON_UUID:
            for part, first, last in _boxes(file, start + 16, stop):
                if part in _CR3_PARTS:
                    file.seek(first)
                    yield io.BytesIO(file.read(last - first))


def _boxes(file: Bounded, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the contents of each box between two bytes (ISO/IEC 14496-12, 4.2)."""
    while start + 8 <= end:
        file.seek(start)
        size, name = struct.unpack(">I4s", file.read(8))
        inside = start + 8
        if size == 1:
            size, inside = struct.unpack(">Q", file.read(8))[0], start + 16
        stop = start + size if size else end
        if stop <= start or stop > end:
            return
        yield name, inside, stop
        start = stop
