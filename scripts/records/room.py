"""How much room a stack takes on the disk, by its pixels and frames: while it is made, and then.

The numbers are what files are made of, bytes for each px: six of a picture of 16 bits, four of a
depth, two of each other map. What compresses (pages, small derivatives) was measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from records.needs import Size

GB = 1e9
PICTURE, DEPTH, MAP, JPEG = 6.0, 4.0, 2.0, 1.0
# The fused image and its maps: depth, confidence, source.
FUSED = PICTURE + DEPTH + 2 * MAP
# Of each frame, what the checks need of it: energy and light, in cells.
CELLS = 0.27
MASTER = PICTURE + DEPTH
# As they ship: one for pages, one small.
DERIVATIVES = JPEG
# A page: the master in tiles, each frame reduced, and its data.
PAGE, PAGE_OF_FRAME_BYTES, PAGE_BYTES = 1.0, 3e5, 3e6
# Left to the system, to logs, and to what was reckoned too small.
SPARE_BYTES = 1e9
LEAST_TOLD_BYTES = 1e8
# As whoever asks knows stacks.
Stack = TypeVar("Stack")


@dataclass(frozen=True)
class Room:
    """What a stack takes, bytes.

    Attributes
    ----------
    working : stays in its folder and on its page
    archived : stays in the archive
    passing : while it is made
    """

    working: float
    archived: float
    passing: float

    @property
    def stays(self) -> float:
        """All that stays."""
        return self.working + self.archived

    @property
    def at_most(self) -> float:
        """All that it takes at a time."""
        return self.stays + self.passing


def room_of(
    size: Size, frame_bytes: float, *, copied: bool, kept: bool, eight_bits: bool, methods: int = 0
) -> Room:
    """What a stack takes that nothing was made of yet.

    Parameters
    ----------
    size : of the stack
    frame_bytes : of a frame as it was shot
    copied : whether its frames are imported from elsewhere
    kept : whether its converted frames stay
    eight_bits : whether they are JPEG
    methods : by which it is fused besides
    """
    raws = size.frames * frame_bytes
    frames = size.px * size.frames * (JPEG if eight_bits else PICTURE)
    once = FUSED + MASTER + DERIVATIVES + PAGE + methods * PICTURE
    working = size.px * (once + CELLS * size.frames)
    working += PAGE_BYTES + PAGE_OF_FRAME_BYTES * size.frames
    return Room(
        working + (raws if copied else 0) + (frames if kept else 0),
        raws + size.px * (MASTER + DERIVATIVES),
        0 if kept else frames,
    )


def free_bytes(tree: Path) -> float:
    """What is free on the disk that a folder lies on, or will, for who asks."""
    found = os.statvfs(_there(tree))
    return float(found.f_bavail * found.f_frsize)


def on_one_disk(*trees: Path) -> bool:
    """Whether folders that are there, or will be, lie on the same disk."""
    return len({os.stat(_there(tree)).st_dev for tree in trees}) == 1  # noqa: PTH116 - as statvfs


def _there(tree: Path) -> Path:
    tree = tree.absolute()
    return next(place for place in (tree, *tree.parents) if place.exists())


def unfit(
    rooms: Mapping[Stack, Room], specimens: Path, archive: Path, budget_gb: float | None = None
) -> dict[Stack, str]:
    """Which stacks the disks have no room for, one after the other, each with the figures.

    Parameters
    ----------
    rooms : of the stacks that are to be made, in their order
    specimens, archive : roots of the two trees
    budget_gb : what stacks that are at work may take together; None for all that is free
    """
    free = {specimens: free_bytes(specimens) - SPARE_BYTES}
    same = on_one_disk(specimens, archive)
    free[archive] = free[specimens] if same else free_bytes(archive) - SPARE_BYTES
    left = dict(free)
    without = {}
    for stack, room in rooms.items():
        needs = {specimens: room.working + (room.archived if same else 0), archive: room.archived}
        at_a_time = needs[specimens] + room.passing
        if budget_gb is not None and at_a_time > budget_gb * GB:
            without[stack] = (
                f"takes {in_gb(at_a_time)} while it is made, more than disk.budget_gb allows "
                f"({budget_gb:g} GB); allow more"
            )
        elif _is_short(at_a_time, free[specimens], left[specimens]):
            without[stack] = _no_room(specimens, at_a_time, free[specimens], left[specimens])
        elif not same and _is_short(needs[archive], free[archive], left[archive]):
            without[stack] = _no_room(archive, needs[archive], free[archive], left[archive])
        else:
            left = {tree: left[tree] - needs[tree] for tree in left}
    return without


def _is_short(needed: float, free: float, left: float) -> bool:
    """Whether a disk has no room; little, with all before it, is not judged by a reckoning."""
    return needed > left and free - left + needed >= LEAST_TOLD_BYTES


def _no_room(tree: Path, needed: float, free: float, left: float) -> str:
    others = free - left
    before = f", of which stacks before it take {in_gb(others)}" if others else ""
    return (
        f"takes {in_gb(needed)} on the disk of {tree}, where {in_gb(max(free, 0.0))} are free"
        f"{before}; make room (scripts/reduce.py --all takes away what is archived), then run again"
    )


def plan_words(rooms: Iterable[Room], specimens: Path, archive: Path) -> str:
    """What stacks that are to be made take, and what is free, in a sentence."""
    rooms = list(rooms)
    stays, passing = sum(room.stays for room in rooms), max(room.passing for room in rooms)
    told = stays >= LEAST_TOLD_BYTES
    about = f"about {in_gb(stays)}" if told else in_gb(stays)
    many = passing >= LEAST_TOLD_BYTES
    at_work = f", and up to {in_gb(passing)} for each stack at work" if many else ""
    return f"what is to be made takes {about}{at_work}; {free_words(specimens, archive)}"


def free_words(specimens: Path, archive: Path) -> str:
    """What is free, in words."""
    if on_one_disk(specimens, archive):
        return f"{in_gb(free_bytes(specimens))} are free"
    free = in_gb(free_bytes(specimens)), in_gb(free_bytes(archive))
    return f"{free[0]} are free for {specimens}, {free[1]} for {archive}"


def in_gb(size: float) -> str:
    """A size in GB for people, to two digits."""
    gigabytes = size / GB
    if size < LEAST_TOLD_BYTES:
        return f"less than {LEAST_TOLD_BYTES / GB:g} GB"
    return f"{gigabytes:.0f} GB" if gigabytes >= 10 else f"{gigabytes:.2g} GB"
