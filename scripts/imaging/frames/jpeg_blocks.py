"""The blocks of a JPEG's scan, walked through in compiled code: are all there, how bright are they?

Values behind a block's first one are passed over, several at once.
"""

from __future__ import annotations

import numpy as np

from imaging.frames.jpeg_codes import REST, SHORT
from imaging.sampling.kernels import kernel

# What is found of a scan.
WHOLE, ENDS_EARLY, NO_CODE, TOO_LONG, NO_RESTART, TOO_BRIGHT = range(6)
# Words of 32 bits that are held at once, and the most that a block may take.
WORDS, LONGEST = 1 << 14, 64


@kernel
def extremes(luma, blue, red, is_rgb):
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
def walk_blocks(data, at, firsts, others, joined, layout, planes, units, wide, interval):
    """Read all blocks of a scan.

    Parameters
    ----------
    data : (n,) uint8, the file
    at : first byte of the scan
    firsts, others : (t, 65536) uint16, as `of_first` and `of_others` of `jpeg_codes` have codes
    joined : (t, 2 ** SHORT) uint16, those of `others` as `joined` there has them
    layout : (b, 7) int64, for each block of a unit its component, the row of its codes, the step of
        its first value, its place in the unit, down and across, and how many blocks of a unit its
        component has, down and across
    planes : (c, H, W) int16 to write to, each block's first value times its step
    units, wide : minimum coded units of the scan, and of a row of them
    interval : units between restart marks; 0 for none

    Returns
    -------
    `WHOLE` or what is wrong, byte behind what was read, units read
    """
    words = np.zeros(WORDS + 2 * LONGEST, np.int64)
    last = np.zeros(4, np.int64)
    state, unit, restart = WHOLE, 0, 0
    while True:
        begin = at
        at, filled, coded, ended = _fill(data, begin, words, 0)
        held, bits, taken, before = 0, 0, 0, 0
        last[:] = 0
        stop = min(units, unit + interval) if interval else units
        while unit < stop and state == WHOLE:
            top, side = unit // wide, unit % wide
            for block in range(len(layout)):
                if taken + LONGEST > filled and not ended:
                    for k in range(filled - taken):
                        words[k] = words[taken + k]
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
                    state = NO_CODE
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
                    state = ENDS_EARLY
                elif entry == 0:
                    state = NO_CODE
                elif 64 < place < REST:
                    state = TOO_LONG
                elif abs(last[number]) * step > 1024 + 2 * step:
                    state = TOO_BRIGHT
                if state != WHOLE:
                    break
            unit += state == WHOLE
        read = (32 * (before + taken) - bits + 7) // 8
        if state != WHOLE or unit == units or read < coded or not ended:
            break
        while at + 1 < len(data) and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if at + 1 >= len(data) or data[at] != 0xFF or data[at + 1] != 0xD0 + restart:
            break
        restart = (restart + 1) & 7
        at += 2
    if state == WHOLE and unit < units:
        state = NO_RESTART
    return state, _byte_behind(data, begin, min(read, coded)), unit
