"""The directories of a TIFF, of a TIFF-like raw, or of Exif data, whatever state they are in.

tifffile and exifread follow a directory that leads to itself for ever, or read what a damaged count
asks for; here everything read is bounded by the file. Layout: TIFF 6.0, section 2, and the BigTIFF
of libtiff 4; nested directories: TIFF/EP (SubIFDs) and Exif 2.32, section 4.6.3.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

SUB_IFDS, EXIF_IFD, INTEROPERABILITY_IFD = 330, 34665, 40965
_NESTED = (SUB_IFDS, EXIF_IFD, INTEROPERABILITY_IFD)
# TIFF's type → how struct reads one value of it; text and undefined bytes stay bytes.
_TYPES = {
    1: "B",
    2: "s",
    3: "H",
    4: "I",
    5: "II",
    6: "b",
    7: "s",
    8: "h",
    9: "i",
    10: "ii",
    11: "f",
    12: "d",
    13: "I",
    16: "Q",
    17: "q",
    18: "Q",
}
# A directory of a camera has some 200 entries; a time series of a microscope some 1000 directories.
MOST_ENTRIES = 4096
MOST_DIRECTORIES = 4096
# Longer values are left out: those of interest are places of tiles and colour profiles.
LONGEST_VALUE_BYTES = 64 << 20


class Directory(NamedTuple):
    """One image file directory.

    Attributes
    ----------
    offset : byte of the file it starts at
    fields : tag → bytes of text or undefined data, else a tuple of numbers; of a rational, floats
    nested : tag of `SUB_IFDS`, `EXIF_IFD` or `INTEROPERABILITY_IFD` → the directories there
    """

    offset: int
    fields: dict[int, bytes | tuple[float, ...]]
    nested: dict[int, tuple[Directory, ...]]

    def number(self, tag: int, default: int = 0) -> int:
        """The first value of a field of whole numbers."""
        value = self.fields.get(tag)
        return int(value[0]) if value and value[0] == value[0] else default

    def numbers(self, tag: int) -> tuple[float, ...]:
        """All values of a field of numbers; none where there is no such field."""
        value = self.fields.get(tag, ())
        return tuple(value)

    def text(self, tag: int) -> str:
        """A field of text, up to its first NUL."""
        value = self.fields.get(tag)
        head = value.split(b"\0", 1)[0] if isinstance(value, bytes) else b""
        return head.decode("latin-1").strip()

    def first(self, tag: int) -> Directory | None:
        """The first directory nested under a tag."""
        return next(iter(self.nested.get(tag, ())), None)


class Directories(NamedTuple):
    """All that could be read of a TIFF's structure.

    Attributes
    ----------
    chain : the directories that follow each other from the header
    fault : why the chain could not be followed to its end, None if it could; words that go on
        after `damaged TIFF: `
    """

    chain: tuple[Directory, ...]
    fault: str | None = None

    def all(self) -> Iterator[Directory]:
        """Those of the chain and those under `SubIFDs`, a directory before those nested in it."""
        waiting = list(reversed(self.chain))
        while waiting:
            directory = waiting.pop()
            yield directory
            waiting += reversed(directory.nested.get(SUB_IFDS, ()))


def read_directories(stream: BinaryIO) -> Directories:
    """Read the structure of a TIFF, little- or big-endian, classic or BigTIFF.

    Parameters
    ----------
    stream : seekable; its first byte is that of the TIFF header

    Returns
    -------
    what could be read; damage is told in `fault`, never raised
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return Directories((), "it has no header")
    try:
        big = struct.unpack_from(order + "H", head, 2)[0] == 43
        start = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]
    except struct.error:
        return Directories((), "it has no header")
    return _Reader(stream, size, order, big).chain(start)


@dataclass
class _Reader:
    """One pass over a file; `seen` are the directories read so far, by offset."""

    stream: BinaryIO
    size: int
    order: str
    big: bool
    seen: set[int] = field(default_factory=set)

    def chain(self, offset: int) -> Directories:
        """The directories from an offset on, each leading to the next."""
        chain: list[Directory] = []
        while offset:
            if offset in self.seen:
                return Directories(
                    tuple(chain), f"a directory leads back to the one at byte {offset}"
                )
            if len(self.seen) >= MOST_DIRECTORIES:
                return Directories(tuple(chain), f"more than {MOST_DIRECTORIES} directories")
            self.seen.add(offset)
            read = self._directory(offset)
            if read is None:
                return Directories(
                    tuple(chain),
                    f"a directory is to be at byte {offset}, where there is none "
                    f"(the file has {self.size} bytes)",
                )
            chain.append(read[0])
            offset = read[1]
        return Directories(tuple(chain))

    def _directory(self, offset: int) -> tuple[Directory, int] | None:
        """A directory and where the next one starts; None where there cannot be one."""
        counting, entry, pointer = ("Q", "HHQ8s", "Q") if self.big else ("H", "HHI4s", "I")
        count_bytes, entry_bytes, pointer_bytes = (
            struct.calcsize("<" + layout) for layout in (counting, entry, pointer)
        )
        head = self._bytes(offset, count_bytes)
        count = struct.unpack(self.order + counting, head)[0] if head else 0
        if not 0 < count <= MOST_ENTRIES:
            return None
        table = self._bytes(offset + count_bytes, count * entry_bytes)
        if table is None:
            return None
        fields: dict[int, bytes | tuple[float, ...]] = {}
        nested: dict[int, tuple[Directory, ...]] = {}
        for tag, kind, number, inline in struct.iter_unpack(self.order + entry, table):
            value = self._value(kind, number, inline)
            if value:
                fields.setdefault(tag, value)
        for tag in _NESTED:
            places = fields.get(tag, ())
            if isinstance(places, tuple):
                nested[tag] = tuple(
                    one for place in places[:MOST_DIRECTORIES] if (one := self._inner(int(place)))
                )
        after = self._bytes(offset + count_bytes + count * entry_bytes, pointer_bytes)
        # Some writers of Exif leave out the offset of a next directory at the end of the data.
        following = struct.unpack(self.order + pointer, after)[0] if after else 0
        return Directory(offset, fields, nested), following

    def _inner(self, offset: int) -> Directory | None:
        if offset in self.seen or len(self.seen) >= MOST_DIRECTORIES:
            return None
        self.seen.add(offset)
        read = self._directory(offset)
        return read[0] if read else None

    def _value(self, kind: int, number: int, inline: bytes) -> bytes | tuple[float, ...] | None:
        """A field's value; None where its type is unknown or it does not lie in the file."""
        layout = _TYPES.get(kind)
        if layout is None:
            return None
        size = number * struct.calcsize("<" + layout)
        if size > LONGEST_VALUE_BYTES:
            return None
        if size <= len(inline):
            data: bytes | None = inline[:size]
        else:
            at = struct.unpack(self.order + ("Q" if self.big else "I"), inline)[0]
            data = self._bytes(at, size)
        if data is None or layout == "s":
            return data
        values = struct.unpack(f"{self.order}{number * len(layout)}{layout[0]}", data)
        if len(layout) == 1:
            return values
        pairs = zip(values[::2], values[1::2])
        return tuple(above / below if below else float("nan") for above, below in pairs)

    def _bytes(self, offset: int, count: int) -> bytes | None:
        # A damaged offset may be of a type that has a sign.
        if offset < 0 or offset + count > self.size:
            return None
        self.stream.seek(offset)
        data = self.stream.read(count)
        return data if len(data) == count else None
