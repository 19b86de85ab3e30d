"""Whether the coded picture of a JPEG is whole: every block of it is walked through, none decoded.

Decoders go on after nearly any damage: destroyed bytes are read as other blocks, too many or too
few, and all that follows is displaced. Here each code must be one of the file's own table, each
block must have 64 values, and the blocks must end where the scan does. Coding: ITU-T T.81, annex F
for sequential pictures; those in progressive or arithmetic coding, which hardly any camera writes,
are left to libjpeg's own complaints.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames.jpeg_segments import MOST_SEGMENTS
from imaging.sampling.kernels import kernel

_EOI, _SOS, _DHT, _DQT, _DRI = 0xD9, 0xDA, 0xC4, 0xDB, 0xDD
_APP0, _APP14 = 0xE0, 0xEE
_SEQUENTIAL = (0xC0, 0xC1)
_PROGRESSIVE = 0xC2
_ARITHMETIC_OR_LOSSLESS = (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0))
_BARE = (0x01, *range(0xD0, 0xD9))
# What `_walk` says of a scan.
_WHOLE, _ENDS_EARLY, _NO_CODE, _TOO_LONG, _NO_RESTART, _TOO_BRIGHT = range(6)
_WORDS = {
    _ENDS_EARLY: "its data end",
    _NO_CODE: "a code that the file does not define stands",
    _TOO_LONG: "a block of more than 64 values stands",
    _NO_RESTART: "a restart mark is missing or out of order",
    _TOO_BRIGHT: "a block brighter or darker than any can be stands",
}
_AGAIN = "copy it again from the camera"
# Bits of a value of 8-bit samples; a block's first one may have another.
MOST_BITS = 10
# In place of a count of values: all that a block still has.
REST = 128
# Codes are looked up by so many bits first, several of them at once.
SHORT = 13
# Words of 32 bits that are held at once, and the most that a block may take.
WORDS, LONGEST = 1 << 14, 64
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
    lowest, highest = _extremes(first, second, third, picture.is_rgb)
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
            entry = _of_others if what else _of_first
            picture.codes[what, content[0] & 15] = _code(counts, symbols, entry)
            content = content[17 + len(symbols) :]


def _code(counts: bytes, symbols: bytes, entry: Callable[[int, int], int]) -> NDArray[np.uint16]:
    """What to do at each of the 16-bit beginnings of a Huffman code (ITU-T T.81, annex C).

    Parameters
    ----------
    entry : length of a code, its symbol → what to do; 0 where the symbol means nothing
    """
    table = np.zeros(1 << 16, np.uint16)
    start, number = 0, 0
    for length, count in enumerate(counts, start=1):
        for symbol in symbols[number : number + count]:
            width = 1 << (16 - length)
            table[start : start + width] = entry(length, symbol)
            start += width
        number += count
    if start > len(table) or number > len(symbols):
        raise ValueError
    return table


def _of_first(length: int, symbol: int) -> int:
    """A block's first value: length of the code * 256 + bits of the value."""
    return length << 8 | symbol if symbol <= MOST_BITS + 1 else 0


def _of_others(length: int, symbol: int) -> int:
    """The others: values that it stands for * 256 + length of the code and the value."""
    run, size = symbol >> 4, symbol & 15
    if size:
        return (run + 1) << 8 | length + size if size <= MOST_BITS else 0
    return {0: REST, 15: 16}.get(run, 0) << 8 | length if run in (0, 15) else 0


def _joined(single: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """What to do at each beginning of `SHORT` bits: all values that lie in them wholly.

    Parameters
    ----------
    single : (65536,) as `_of_others` has it

    Returns
    -------
    (2 ** SHORT,) of the same kind, sums of up to four; 0 where not even one value lies in the bits
    """
    bits = np.arange(1 << SHORT, dtype=np.uint32) << (16 - SHORT)
    used, values = np.zeros((2, 1 << SHORT), np.uint32)
    for _ in range(4):
        following = single[(bits << used) & 0xFFFF]
        fits = (following > 0) & (used + (following & 0xFF) <= SHORT) & (values < REST)
        used += np.where(fits, following & 0xFF, 0)
        values += np.where(fits, following >> 8, 0)
    return (values << 8 | used).astype(np.uint16)


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
    joined = np.stack([_joined(single) for single in others])
    planes = np.zeros((count, *np.max(extents, axis=0)), np.int16)
    units = wide * high
    state, at, unit = _walk(
        data, at, firsts, others, joined, np.array(layout, np.int64), planes, units, wide,
        picture.restart_interval,
    )  # fmt: skip
    if state != _WHOLE:
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


@kernel
def _extremes(luma, blue, red, is_rgb):
    """The lowest and the highest colour of (H, W) means of blocks, times eight, less the middle.

    `blue` and `red` may have fewer blocks each way. Equations: JFIF 1.02; `is_rgb` says that the
    three are red, green and blue themselves.
    """
    lowest, highest = np.inf, -np.inf
    for row in range(luma.shape[0]):
        blue_row = blue[row * blue.shape[0] // luma.shape[0]]
        red_row = red[row * red.shape[0] // luma.shape[0]]
        for column in range(luma.shape[1]):
            y = luma[row, column]
            b = blue_row[column * len(blue_row) // luma.shape[1]]
            r = red_row[column * len(red_row) // luma.shape[1]]
            if is_rgb:
                low, high = min(y, b, r), max(y, b, r)
            else:
                first, third = y + 1.402 * r, y + 1.772 * b
                second = y - 0.344136 * b - 0.714136 * r
                low, high = min(first, second, third), max(first, second, third)
            lowest, highest = min(lowest, low), max(highest, high)
    return lowest / 8 + 128, highest / 8 + 128


@kernel
def _fill(data, at, words, filled):
    """Append coded data to big-endian words, without the zeros behind 0xFF, up to a marker.

    Returns
    -------
    next byte of the file, words filled, bytes taken, whether there are no more
    """
    end, count, word = len(data), 0, 0
    room = 4 * (WORDS - filled)
    while count < room:
        if at == end:
            break
        byte = np.int64(data[at])
        if byte == 0xFF:
            if at + 1 == end or data[at + 1] != 0:
                break
            at += 1
        at += 1
        word = word << 8 | byte
        count += 1
        if count & 3 == 0:
            words[filled] = word
            filled += 1
            word = 0
    if count == room:
        return at, filled, count, False
    words[filled] = word << (8 * (4 - (count & 3))) if count & 3 else 0
    words[filled + 1 : filled + 1 + LONGEST] = 0
    return at, filled, count, True


@kernel
def _byte_behind(data, at, count):
    """The byte of the file behind so many coded bytes from `at` on."""
    for _ in range(count):
        at += 2 if data[at] == 0xFF else 1
    return at


@kernel
def _walk(data, at, firsts, others, joined, layout, planes, units, wide, interval):
    """Read all blocks of a scan.

    Parameters
    ----------
    data : (n,) uint8, the file
    at : first byte of the scan
    firsts, others : (t, 65536) uint16, codes as `_of_first` and `_of_others` have them
    joined : (t, 2 ** SHORT) uint16, those of `others` as `_joined` has them
    layout : (b, 7) int64, for each block of a unit its component, the row of its codes, the step of
        its first value, its place in the unit, down and across, and how many blocks of a unit its
        component has, down and across
    planes : (c, H, W) int16 to write to, each block's first value times its step
    units, wide : minimum coded units of the scan, and of a row of them
    interval : units between restart marks; 0 for none

    Returns
    -------
    state, byte behind what was read, units read
    """
    words = np.zeros(WORDS + 2 * LONGEST, np.int64)
    last = np.zeros(4, np.int64)
    state, unit, restart = 0, 0, 0
    while True:
        begin = at
        at, filled, coded, ended = _fill(data, begin, words, 0)
        held, bits, taken, before = 0, 0, 0, 0
        last[:] = 0
        stop = min(units, unit + interval) if interval else units
        while unit < stop and state == 0:
            top, side = unit // wide, unit % wide
            for block in range(len(layout)):
                if taken + LONGEST > filled and not ended:
                    words[: filled - taken] = words[taken:filled].copy()
                    before += taken
                    at, filled, more, ended = _fill(data, at, words, filled - taken)
                    taken = 0
                    coded += more
                number, code, step, y, x, down, across = layout[block]
                if bits < 32:
                    held = (held & ((1 << bits) - 1)) << 32 | words[taken]
                    bits += 32
                    taken += 1
                entry = np.int64(firsts[code, (held >> (bits - 16)) & 0xFFFF])
                size = entry & 15
                bits -= (entry >> 8) + size
                if entry == 0:
                    state = 2
                    break
                if size:
                    value = (held >> bits) & ((1 << size) - 1)
                    if value < 1 << (size - 1):
                        value -= (1 << size) - 1
                    last[number] += value
                planes[number, top * down + y, side * across + x] = last[number] * step
                place = 1
                while place < 64:
                    if bits < 32:
                        held = (held & ((1 << bits) - 1)) << 32 | words[taken]
                        bits += 32
                        taken += 1
                    entry = np.int64(joined[code, (held >> (bits - SHORT)) & ((1 << SHORT) - 1)])
                    if entry == 0 or place + (entry >> 8) % REST >= 64:
                        # Of several the last may be of the next block.
                        entry = np.int64(others[code, (held >> (bits - 16)) & 0xFFFF])
                        if entry == 0:
                            break
                    bits -= entry & 0xFF
                    place += entry >> 8
                if ended and 32 * (before + taken) - bits > 8 * coded:
                    state = 1
                elif entry == 0:
                    state = 2
                elif 64 < place < REST:
                    state = 3
                elif abs(last[number]) * step > 1024 + 2 * step:
                    state = 5
                if state:
                    break
            unit += state == 0
        read = (32 * (before + taken) - bits + 7) // 8
        if state or unit == units or read < coded or not ended:
            break
        while at + 1 < len(data) and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if at + 1 >= len(data) or data[at] != 0xFF or data[at + 1] != 0xD0 + restart:
            break
        restart = (restart + 1) & 7
        at += 2
    if not state and unit < units:
        state = 4
    return state, _byte_behind(data, begin, min(read, coded)), unit
