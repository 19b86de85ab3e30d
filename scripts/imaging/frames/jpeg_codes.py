"""Huffman codes of a sequential JPEG as tables: what to do at the next bits of a scan.

A table's entry says how many bits to pass over and how many values of a block they stand for; none
is decoded but a block's first one. Codes: ITU-T T.81, annexes C and F.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Bits of a value of 8-bit samples; a block's first one may have another.
MOST_BITS = 10
# In place of a count of values: all that a block still has.
REST = 128
# Codes are looked up by so many bits first, several of them at once.
SHORT = 13


def code_table(
    counts: bytes, symbols: bytes, entry: Callable[[int, int], int]
) -> NDArray[np.uint16]:
    """What to do at each of the 16-bit beginnings of a Huffman code (ITU-T T.81, annex C).

    Parameters
    ----------
    counts : 16 bytes, how many codes there are of each length from 1 bit on
    symbols : what the codes stand for, in their order
    entry : length of a code, its symbol → what to do; 0 where the symbol means nothing

    Returns
    -------
    (65536,) uint16; 0 where they begin with no code

    Raises
    ------
    ValueError : more codes than their lengths allow, or fewer symbols than codes
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


def of_first(length: int, symbol: int) -> int:
    """A block's first value: length of the code * 256 + bits of the value."""
    return length << 8 | symbol if symbol <= MOST_BITS + 1 else 0


def of_others(length: int, symbol: int) -> int:
    """The others: values that it stands for * 256 + length of the code and the value."""
    run, size = symbol >> 4, symbol & 15
    if size:
        return (run + 1) << 8 | length + size if size <= MOST_BITS else 0
    return {0: REST, 15: 16}.get(run, 0) << 8 | length if run in (0, 15) else 0


def joined(single: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """What to do at each beginning of `SHORT` bits: all values that lie in them wholly.

    Parameters
    ----------
    single : (65536,) as `of_others` has it

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
