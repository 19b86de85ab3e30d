"""What stands before and after the px of a TIFF of one strip: TIFF 6.0, section 2.

A header, one directory, its long values, the px, and behind these an Exif directory where there is
one. Laid out as tifffile does, byte for byte, whose loading takes a step longer than all that it
writes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

# Number of each field type; how `struct` writes one value of it.
TYPES = {
    "BYTE": (1, "B"),
    "ASCII": (2, "s"),
    "SHORT": (3, "H"),
    "LONG": (4, "I"),
    "RATIONAL": (5, "II"),
    "UNDEFINED": (7, "B"),
    "SRATIONAL": (10, "ii"),
}
# What of a value fits into its entry.
_SHORT_BYTES = 4
_ENTRY_BYTES = 12
HEADER = struct.pack("<2sHI", b"II", 42, 8)
# Px begin at a multiple of this.
PX_ALIGNMENT = 16
_LARGEST = 2**32 - 1


class Entry(NamedTuple):
    """An entry of a directory.

    Attributes
    ----------
    code : number of the tag
    kind : one of `TYPES`
    value : str for ASCII, bytes for UNDEFINED and BYTE, a sequence of int for SHORT and LONG, and
        of (numerator, denominator) for RATIONAL and SRATIONAL
    """

    code: int
    kind: str
    value: str | bytes | Sequence[int] | Sequence[tuple[int, int]]

    @property
    def content(self) -> bytes:
        """The value as it is written; text ends with a NUL."""
        if isinstance(self.value, str):
            return self.value.encode("ascii") + b"\0"
        if isinstance(self.value, bytes):
            return self.value
        layout = "<" + TYPES[self.kind][1]
        return b"".join(
            struct.pack(layout, *(one if isinstance(one, Sequence) else (one,)))
            for one in self.value
        )


def directory(entries: Sequence[Entry], start: int) -> bytes:
    """A directory that begins at byte `start` of a file, which is even, and its long values.

    It is the last of its chain.
    """
    entries = sorted(entries, key=lambda entry: entry.code)
    values_at = start + 2 + _ENTRY_BYTES * len(entries) + 4
    listed, values = struct.pack("<H", len(entries)), b""
    for entry in entries:
        number, layout = TYPES[entry.kind]
        content = entry.content
        count = len(content) // struct.calcsize("<" + layout)
        if len(content) > _SHORT_BYTES:
            here = values_at + len(values)
            # What comes next begins at an even byte.
            values += content + b"\0" * (len(content) % 2)
            content = struct.pack("<I", here)
        listed += struct.pack("<HHI4s", entry.code, number, count, content)
    return listed + struct.pack("<I", 0) + values


def ratio(value: float) -> tuple[int, int]:
    """The two whole numbers of 32 bits whose ratio is nearest to a positive value."""
    if value == int(value):
        return int(value), 1
    # Few pictures have such a value.
    from fractions import Fraction

    nearest = Fraction(value).limit_denominator(min(_LARGEST, int(_LARGEST / value)))
    return nearest.numerator, nearest.denominator


def after_gap(at: int, alignment: int) -> int:
    """The first multiple of `alignment` from byte `at` on."""
    return -(-at // alignment) * alignment
