"""The numbers that cameras count in file names: their order, and the gaps between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from records.natural import last_number, natural_key

# Cameras count in four digits and start again at 0001, some at 0000.
LAST_COUNT = 9999
# More runs than this in one message are counted, not listed.
LISTED = 6


def in_camera_order(names: Iterable[str]) -> list[str]:
    """Names as people count them; where the counter started again after 9999, that part last."""
    ordered = sorted(names, key=natural_key)
    counts = _counts(ordered)
    return sorted(ordered, key=lambda name: counts.get(name, 0) > LAST_COUNT)


def gaps(names: Iterable[str]) -> list[str]:
    """A message for each series of names with numbers missing between its first and last."""
    ordered = list(names)
    series: dict[str, dict[int, str]] = {}
    for name, count in _counts(ordered).items():
        prefix, _ = last_number(name) or ("", 0)
        series.setdefault(prefix, {})[count] = name
    messages = []
    for prefix, seen in series.items():
        missing = sorted(set(range(min(seen), max(seen) + 1)) - seen.keys())
        # Names numbered by something else than a counter, such as a time, are no series.
        if missing and len(missing) <= 10 * len(seen):
            messages.append(f"{_named(missing, prefix, seen)} missing")
    return messages


def _counts(names: Sequence[str]) -> dict[str, int]:
    """The number in each name, counted on where the camera's counter started again."""
    series: dict[str, dict[str, int]] = {}
    for name in names:
        if number := last_number(name):
            series.setdefault(number[0], {})[name] = number[1]
    return {name: count for run in series.values() for name, count in _unrolled(run).items()}


def _unrolled(counts: dict[str, int]) -> dict[str, int]:
    seen = set(counts.values())
    if LAST_COUNT not in seen or not seen & {0, 1}:
        return counts
    gap, before_gap = max((after - before, before) for before, after in pairwise(sorted(seen)))
    if gap <= LAST_COUNT // 2:
        return counts
    turn = LAST_COUNT + (0 in seen)
    return {name: count + turn if count <= before_gap else count for name, count in counts.items()}


def _named(missing: Sequence[int], prefix: str, seen: Mapping[int, str]) -> str:
    """Missing counts as the camera would have named them, neighbours in one run."""
    digits = re.match(r"\d*", seen[min(seen)][len(prefix) :])
    width = len(digits[0]) if digits else 0
    turn = max(count - number[1] for count, name in seen.items() if (number := last_number(name)))

    def name(count: int) -> str:
        return f"{prefix}{count - turn if count > LAST_COUNT and turn else count:0{width}d}"

    runs: list[list[int]] = []
    for count in missing:
        if runs and runs[-1][-1] == count - 1:
            runs[-1].append(count)
        else:
            runs.append([count])
    shown = [
        name(run[0]) + (f" to {name(run[-1])}" if len(run) > 1 else "") for run in runs[:LISTED]
    ]
    more = sum(map(len, runs[LISTED:]))
    return ", ".join(shown) + (f" and {more} more" if more else "")
