"""Where a file holds nothing: runs of one byte between sectors, which faulty cards and disks leave.

A card that loses a part of a file gives back zeros, or the 0xFF of erased memory, in whole sectors
of 512 bytes; the file keeps its length. Data that are so by themselves begin and end anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

SECTOR_BYTES = 512
# 512 KiB, which stay in a processor's cache.
SECTORS_AT_ONCE = 1 << 10
BLANK = (0x00, 0xFF)
# The last bytes before a run may be as the run by chance.
CHANCE_BYTES = 3
_NAMES = {0x00: "zeros", 0xFF: "0xFF"}


@dataclass(frozen=True)
class BlankRun:
    """Bytes `start` up to, not including, `end`, all of one value, that are whole sectors.

    Attributes
    ----------
    start, end : multiples of `SECTOR_BYTES`, or the end of the file
    """

    start: int
    end: int
    value: int
    to_the_end: bool

    def __str__(self) -> str:
        """Where it lies, as a person is told."""
        what = f"the file holds only {_NAMES[self.value]}, as a faulty card leaves it"
        if self.to_the_end:
            return f"from byte {self.start:,} on {what}"
        return f"from byte {self.start:,} to byte {self.end:,} {what}"


def blank_runs(path: Path) -> list[BlankRun]:
    """All runs of sectors of one value in a file that neither begin nor end within a sector."""
    size = path.stat().st_size
    if size < SECTOR_BYTES:
        return []
    with path.open("rb") as file:
        found = []
        for value, blank in _blank_sectors(file, size // SECTOR_BYTES).items():
            full = bytes([value]) * SECTOR_BYTES
            for first, last in _consecutive(blank):
                start, end = first * SECTOR_BYTES, (last + 1) * SECTOR_BYTES
                rest = _bytes(file, end, end + SECTOR_BYTES)
                to_the_end = end + len(rest) == size and not rest.strip(full[:1])
                before = _bytes(file, max(0, start - CHANCE_BYTES - 1), start)
                begins = len(before) - len(before.rstrip(full[:1])) <= CHANCE_BYTES
                ends = to_the_end or rest[:1] != full[:1]
                if begins and ends and start:
                    found.append(BlankRun(start, size if to_the_end else end, value, to_the_end))
    return sorted(found, key=lambda run: run.start)


def _blank_sectors(file: BinaryIO, whole: int) -> dict[int, list[int]]:
    """Numbers of the sectors that hold one value alone, by that value."""
    blank: dict[int, list[int]] = {value: [] for value in BLANK}
    for first in range(0, whole, SECTORS_AT_ONCE):
        count = min(SECTORS_AT_ONCE, whole - first)
        read = np.frombuffer(file.read(count * SECTOR_BYTES), np.uint8)
        sectors = read.reshape(-1, SECTOR_BYTES)
        for value, numbers in blank.items():
            # One byte of a sector tells most of them; the others are looked at wholly.
            maybe = np.flatnonzero((sectors[:, 0] == value) & (sectors[:, -1] == value))
            full = bytes([value]) * SECTOR_BYTES
            numbers += [first + int(k) for k in maybe if sectors[k].tobytes() == full]
    return blank


def _bytes(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _consecutive(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of whole numbers that follow each other."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs
