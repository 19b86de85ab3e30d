"""The order of a stack's frames against the times at which they were taken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from records.ledger.table import LISTED
from records.log import listed

# Clocks are set over by whole quarters of an hour: summer time, another time zone.
_QUARTER_S = 900.0
# A pause this many times the usual one is none between neighbours.
_USUAL_PAUSES = 5.0


@dataclass(frozen=True)
class Taken:
    """A frame in its place, and when it was taken, as ISO 8601; None where it does not say."""

    frame: int
    file: str
    taken_at: str | None


@dataclass(frozen=True)
class Disagreement:
    """How times contradict the order.

    Attributes
    ----------
    kind : `reversed` (each frame was taken before the one in front of it), `parted` (a whole part
        was taken before the part in front of it), `displaced` (single frames were taken at another
        place), or `clock_set` (the clock was set back once; the order is as good as it was)
    frames : numbers of the frames concerned; with `parted` and `clock_set`, from there on
    message : which frames and which times, for people
    """

    kind: str
    frames: tuple[int, ...]
    message: str


def against_times(stack: Sequence[Taken]) -> Disagreement | None:
    """What the times of exposure say against the order of a stack; None where they agree.

    Times are compared to the fraction of a second where every frame has one, else to the second,
    and as instants where every frame says its offset from UTC. Frames of one second are in order.
    """
    dated = [one for one in stack if one.taken_at]
    times = _instants([one.taken_at or "" for one in dated])
    back = [k for k, (before, after) in enumerate(pairwise(times), start=1) if after < before]
    if not back:
        return None
    at = back[0]
    before, after = dated[at - 1], dated[at]
    seen = f"{_described(after)} comes after {_described(before)}"
    steps_back = len(back)
    if steps_back > 1 and steps_back == sum(a != b for a, b in pairwise(times)):
        numbers = tuple(one.frame for one in dated)
        return Disagreement(
            "reversed", numbers, f"the order runs against the times throughout: {seen}"
        )
    if steps_back == 1:
        one_turn = _one_turn(times, at)
        numbers = tuple(one.frame for one in dated[at:])
        if one_turn == "clock_set":
            span = timedelta(seconds=round((times[at - 1] - times[at]).total_seconds()))
            message = f"the camera's clock was set back by about {span} before {_described(after)}"
            return Disagreement("clock_set", numbers, message)
        if one_turn == "parted":
            return Disagreement(
                "parted",
                numbers,
                f"frames {numbers[0]} to {numbers[-1]} were taken before all others: {seen}",
            )
    kept = _in_order(times)
    stray = [one for k, one in enumerate(dated) if k not in kept]
    numbers = tuple(one.frame for one in stray)
    named = listed(map(_described, stray), LISTED)
    were = "was" if len(stray) == 1 else "were"
    message = f"{named} {were} taken at another time than the order says: {seen}"
    return Disagreement("displaced", numbers, message)


def in_time_order(taken: Sequence[Taken]) -> list[Taken]:
    """Frames by the time at which they were taken; those of one moment stay as they are.

    Raises
    ------
    ValueError : a frame has no time
    """
    times = _instants([one.taken_at or "" for one in taken])
    return [one for _, one in sorted(zip(times, taken, strict=True), key=lambda pair: pair[0])]


def _instants(taken_at: Sequence[str]) -> list[datetime]:
    """Times that can be compared with each other, as exact as all of them are."""
    times = [_instant(text) for text in taken_at]
    if any(time.tzinfo is None for time in times):
        times = [time.replace(tzinfo=None) for time in times]
    if not all("." in text for text in taken_at):
        times = [time.replace(microsecond=0) for time in times]
    return times


def _instant(text: str) -> datetime:
    """A time; without its offset from UTC where a camera wrote one that there cannot be."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text[: len("2024-01-31T12:00:00")])


def _one_turn(times: Sequence[datetime], at: int) -> str | None:
    """What it means that times go back once: `parted`, `clock_set`, or None for single frames."""
    pauses = [
        (after - before).total_seconds()
        for k, (before, after) in enumerate(pairwise(times), start=1)
        if k != at
    ]
    usual = max(median(pauses), 1.0) if pauses else 1.0
    back = (times[at - 1] - times[at]).total_seconds()
    across = (times[0] - times[-1]).total_seconds()
    # The part behind would go on without a pause in front: there it belongs.
    if 0 <= across <= _USUAL_PAUSES * usual:
        return "parted"
    quarters = round((back + usual) / _QUARTER_S)
    over = abs(back + usual - quarters * _QUARTER_S)
    longest = max([_USUAL_PAUSES * usual, *pauses])
    if quarters >= 1 and over <= longest < _QUARTER_S / 3:
        return "clock_set"
    # A single frame was rather taken again than the clock set beside it.
    if min(at, len(times) - at) < 2 or len(_in_order(times)) >= len(times) - 1:
        return None
    return "clock_set"


def _in_order(times: Sequence[datetime]) -> set[int]:
    """Places of the longest run of times that never goes back."""
    ends: list[datetime] = []
    chain: list[int] = []
    before: list[int] = []
    for k, time in enumerate(times):
        at = bisect_right(ends, time)
        before.append(chain[at - 1] if at else -1)
        ends[at : at + 1] = [time]
        chain[at : at + 1] = [k]
    kept, k = set(), chain[-1] if chain else -1
    while k >= 0:
        kept.add(k)
        k = before[k]
    return kept


def _described(one: Taken) -> str:
    return f"frame {one.frame} ({one.file}, {one.taken_at})"
