"""Whether the coded picture of a JPEG is whole: every block of it is walked through, none decoded.

Decoders go on after nearly any damage: destroyed bytes are read as other blocks, too many or too
few, and all that follows is displaced. Here each code must be one of the file's own table, each
block must have 64 values, and the blocks must end where the scan does. Coding: ITU-T T.81, annex F
for sequential pictures; those in progressive or arithmetic coding, which hardly any camera writes,
are left to libjpeg's own complaints.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import jpeg_blocks
from imaging.frames.jpeg_codes import code_table, joined, of_first, of_others
from imaging.frames.jpeg_segments import MOST_SEGMENTS

_EOI, _SOS, _DHT, _DQT, _DRI = 0xD9, 0xDA, 0xC4, 0xDB, 0xDD
_APP0, _APP14 = 0xE0, 0xEE
_SEQUENTIAL = (0xC0, 0xC1)
_PROGRESSIVE = 0xC2
_ARITHMETIC_OR_LOSSLESS = (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_BARE = (0x01, *range(0xD0, 0xD9))
_WORDS = {
    jpeg_blocks.ENDS_EARLY: "its data end",
    jpeg_blocks.NO_CODE: "a code that the file does not define stands",
    jpeg_blocks.TOO_LONG: "a block of more than 64 values stands",
    jpeg_blocks.NO_RESTART: "a restart mark is missing or out of order",
    jpeg_blocks.TOO_BRIGHT: "a block brighter or darker than any can be stands",
}
_AGAIN = "copy it again from the camera"
# Some encoders pad a scan; a block of a photograph takes more.
MOST_PADDING_BYTES = 8


@dataclass(frozen=True)
class Coded:
    """A picture whose every block was found to be there.

    Attributes
    ----------
    lowest, highest : of the means of blocks of 8 x 8 px, of 255, all colours taken together
    """

    lowest: int
    highest: int


@dataclass
class _Picture:
    """What the segments so far say, and what the scans so far hold.

    Attributes
    ----------
    components : identifier → (horizontal sampling, vertical sampling, quantisation table)
    codes : (0 for a block's first value or 1 for the others, number) → (65536,) uint16, what to do
        by the next 16 bits of a scan; 0 where they begin with no code
    first_step : number of a quantisation table → its step for a block's first value
    planes : identifier → (H, W) int16, eight times the mean of each block, 0 for the middle value
    """

    width_px: int = 0
    height_px: int = 0
    components: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    codes: dict[tuple[int, int], NDArray[np.uint16]] = field(default_factory=dict)
    first_step: dict[int, int] = field(default_factory=dict)
    planes: dict[int, NDArray[np.int16]] = field(default_factory=dict)
    restart_interval: int = 0
    progressive: bool = False
    jfif: bool = False
    adobe_transform: int | None = None

    @property
    def is_rgb(self) -> bool:
        """Whether three components are colours themselves, as libjpeg judges it."""
        if self.jfif:
            return False
        if self.adobe_transform is not None:
            return self.adobe_transform == 0
        return tuple(self.components) == tuple(b"RGB")


def walk(path: Path, start: int = 0, end: int | None = None, tables: bytes = b"") -> Coded | None:
    """Walk through the coded picture of a sequential JPEG, the first of the file, to its end mark.

    Parameters
    ----------
    start, end : bytes of the file that are the JPEG, where it is a strip or tile of a TIFF
    tables : what all those of a TIFF share, a JPEG without picture

    Returns
    -------
    None for a picture that is coded otherwise, which is not looked at

    Raises
    ------
    ImagingError : destroyed or missing data, with the place; the reason alone
    """
    picture = _Picture()
    _read(np.frombuffer(tables, np.uint8), 2, picture)
    data = np.memmap(path, np.uint8, "r")[:end]
    return _survey(picture) if _read(data, start + 2, picture) else None


def _read(data: NDArray[np.uint8], at: int, picture: _Picture) -> bool:
    """Take all segments and walk through all scans; false where its coding is not looked at."""
    for _ in range(MOST_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker == _EOI or not len(data):
            return True
        if marker is None:
            raise ImagingError(
                f"truncated or damaged JPEG: the mark of its end is missing; {_AGAIN}"
            )
        if marker in _ARITHMETIC_OR_LOSSLESS:
            return False
        if marker in _BARE:
            continue
        size = int(data[at]) << 8 | int(data[at + 1]) if at + 2 <= len(data) else 0
        content = data[at + 2 : at + size].tobytes()
        try:
            if size < 2 or len(content) < size - 2:
                raise ValueError
            at += size
            if marker == _SOS and picture.progressive:
                _require_room(data, at, picture)
                return False
            if marker == _SOS:
                at = _scan(data, at, content, picture)
            else:
                _take(marker, content, picture)
        except (ValueError, LookupError, struct.error):
            raise ImagingError(
                f"truncated or damaged JPEG: its segment at byte {at} is broken; {_AGAIN}"
            ) from None
    raise ImagingError(f"damaged JPEG: more than {MOST_SEGMENTS} segments; {_AGAIN}")


def _survey(picture: _Picture) -> Coded:
    """What all scans together hold."""
    if not picture.planes or picture.components.keys() - picture.planes.keys():
        raise ImagingError(f"truncated or damaged JPEG: colours of it are missing; {_AGAIN}")
    planes = [picture.planes[identifier] for identifier in picture.components]
    grey = np.zeros((1, 1), np.int16)
    first, second, third = planes if len(planes) == 3 else (planes[0], grey, grey)
    lowest, highest = jpeg_blocks.extremes(first, second, third, picture.is_rgb)
    return Coded(
        round(min(max(lowest, 0), 255)),
        round(min(max(highest, 0), 255)),
    )


def _require_room(data: NDArray[np.uint8], at: int, picture: _Picture) -> None:
    """Refuse a progressive picture whose first scan has not a bit for each of its blocks.

    A decoder takes the memory of the whole picture before it reads the first of them.
    """
    end = at
    while end < len(data):
        part = data[end : end + (1 << 20)]
        marks = np.flatnonzero((part[:-1] == 0xFF) & (part[1:] != 0) & (part[1:] & 0xF8 != 0xD0))
        end += int(marks[0]) if len(marks) else max(1, len(part) - 1)
        if len(marks):
            break
    blocks = picture.width_px * picture.height_px // 64
    if 8 * (end - at) < blocks:
        raise ImagingError(
            f"truncated or damaged JPEG: it claims {picture.width_px} x {picture.height_px} px, "
            f"for which its first scan of {end - at:,} bytes is too short; {_AGAIN}"
        )


def _next_marker(data: NDArray[np.uint8], at: int) -> tuple[int | None, int]:
    """The next marker's code and the byte behind it."""
    end = len(data)
    while at < end and data[at] != 0xFF:
        at += 1
    while at < end and data[at] == 0xFF:
        at += 1
    return (int(data[at]), at + 1) if at < end else (None, end)


def _take(marker: int | None, content: bytes, picture: _Picture) -> None:
    """Note what a segment between scans says."""
    if marker in (*_SEQUENTIAL, _PROGRESSIVE) and not picture.components:
        picture.progressive = marker == _PROGRESSIVE
        _, picture.height_px, picture.width_px, count = struct.unpack_from(">BHHB", content)
        for identifier, sampling, table in struct.iter_unpack("BBB", content[6 : 6 + 3 * count]):
            picture.components[identifier] = (sampling >> 4, sampling & 15, table)
    elif marker == _APP0:
        picture.jfif |= content.startswith(b"JFIF\0")
    elif marker == _APP14 and content.startswith(b"Adobe") and len(content) >= 12:
        picture.adobe_transform = content[11]
    elif marker == _DRI:
        picture.restart_interval = struct.unpack(">H", content)[0]
    elif marker == _DQT:
        while content:
            wide, number = content[0] >> 4, content[0] & 15
            picture.first_step[number] = struct.unpack_from(">H" if wide else "B", content, 1)[0]
            content = content[1 + 64 * (1 + (wide > 0)) :]
    elif marker == _DHT:
        while content:
            counts = content[1:17]
            symbols = content[17 : 17 + sum(counts)]
            what = content[0] >> 4
            entry = of_others if what else of_first
            picture.codes[what, content[0] & 15] = code_table(counts, symbols, entry)
            content = content[17 + len(symbols) :]


def _scan(data: NDArray[np.uint8], at: int, content: bytes, picture: _Picture) -> int:
    """Walk through one scan; gives the byte behind it."""
    count = content[0]
    chosen = [(content[1 + 2 * k], content[2 + 2 * k]) for k in range(count)]
    sampling = picture.components.values()
    most_across, most_down = max(s[0] for s in sampling), max(s[1] for s in sampling)
    # A scan of one component has its blocks row by row, one of several in squares.
    across, down = picture.components[chosen[0][0]][:2] if count == 1 else (1, 1)
    wide = -(-picture.width_px * across // (8 * most_across))
    high = -(-picture.height_px * down // (8 * most_down))
    layout, extents = [], []
    used = sorted({tables for _, tables in chosen})
    for number, (identifier, tables) in enumerate(chosen):
        across, down, step = picture.components[identifier]
        if count == 1:
            across, down = 1, 1
        extents.append((high * down, wide * across))
        layout += [
            (number, used.index(tables), picture.first_step[step], y, x, down, across)
            for y in range(down)
            for x in range(across)
        ]
    firsts = np.stack([picture.codes[0, tables >> 4] for tables in used])
    others = np.stack([picture.codes[1, tables & 15] for tables in used])
    several = np.stack([joined(single) for single in others])
    planes = np.zeros((count, *np.max(extents, axis=0)), np.int16)
    units = wide * high
    state, at, unit = jpeg_blocks.walk_blocks(
        data, at, firsts, others, several, np.array(layout, np.int64), planes, units, wide,
        picture.restart_interval,
    )  # fmt: skip
    if state != jpeg_blocks.WHOLE:
        raise ImagingError(
            f"truncated or damaged JPEG: {_WORDS[state]} at byte {at}, "
            f"{100 * unit // units} % down its picture; {_AGAIN}"
        )
    _require_end(data, at)
    for (identifier, _), plane, (rows, columns) in zip(chosen, planes, extents):
        picture.planes[identifier] = plane[:rows, :columns]
    return at


def _require_end(data: NDArray[np.uint8], at: int) -> None:
    """Refuse data that no block of a scan takes: blocks before them were read wrongly."""
    rest = data[at : at + MOST_PADDING_BYTES + 2]
    marks = np.flatnonzero((rest[:-1] == 0xFF) & (rest[1:] != 0) & (rest[1:] != 0xFF))
    left = int(marks[0]) if len(marks) else len(rest)
    if left > MOST_PADDING_BYTES or len(set(rest[:left].tolist())) > 1:
        raise ImagingError(
            f"damaged JPEG: its picture is complete at byte {at}, but its data go on, so bytes "
            f"before that are destroyed and what follows them is displaced; {_AGAIN}"
        )
