"""Dates and times of day in file names, read as the instants that they are.

Programs write them in many ways: `20240131_101530`, `2024-01-31 at 11.59.58 PM`, `31.12.2023`,
`23-59-58`, `1231_235958`. Sorted as text or as numbers, days that stand before their month go wrong
at the end of a month, times without a date at midnight, days without a year at new year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

HALF_DAY_S, DAY_S = 43_200, 86_400
# Days without a year are those of a leap year, which has the 29th of February too.
_LEAP_YEAR = 2024
_YEAR_S = 366 * DAY_S

_YEAR_FIRST = r"(?P<year>(?:19|20)\d\d)(?P<dash>[-._ ]?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
_YEAR_LAST = r"(?P<one>\d\d)(?P<dash>[-._ ]?)(?P<other>\d\d)(?P=dash)(?P<year>(?:19|20)\d\d)"
_NO_YEAR = r"(?P<one>\d\d)[-._]?(?P<other>\d\d)"
_CLOCK = (
    r"(?P<hour>\d\d?)(?P<colon>[-.:_ h]?)(?P<minute>\d\d)[-.:_ m]?(?P<second>\d\d)s?"
    r"(?:[.,](?P<fraction>\d{1,6})(?!\d))?(?:[\s_.\u00a0\u202f-]?(?P<half>[ap])\.?m(?![a-z]))?"
)
_FRACTION_DIGITS = 6
_BETWEEN = r"(?:[\s_.T-]{0,3}|[\s_-]?at[\s_-]?)"
# The most telling first: the first that fits all names of a kind is how they are read.
_WAYS = tuple(
    re.compile(rf"(?<!\d){way}(?!\d)", re.IGNORECASE | re.ASCII)
    for way in (
        _YEAR_FIRST + _BETWEEN + _CLOCK,
        _YEAR_LAST + _BETWEEN + _CLOCK,
        _CLOCK + _BETWEEN + _YEAR_FIRST,
        _CLOCK + _BETWEEN + _YEAR_LAST,
        _YEAR_FIRST,
        _YEAR_LAST,
        _NO_YEAR + r"[\s_T-]" + _CLOCK,
        _CLOCK,
    )
)


@dataclass(frozen=True)
class Instant:
    """A date, a time of day, or both, as a name has it.

    Attributes
    ----------
    start, end : where it stands in the name
    at_s : seconds, from an origin that all names of the kind share
    cycle_s : after how many seconds such a reading comes again, None where it never does
    """

    start: int
    end: int
    at_s: Decimal
    cycle_s: int | None


def read_instants(names: Iterable[str]) -> dict[str, Instant]:
    """The instant in each name. Names of one kind are read in one way, or not at all."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kind = re.sub(r"\d+", "0", re.sub(r"(?i)(?<=\W|\d|_)[ap](?=\.?m)", "", name)).casefold()
        kinds.setdefault(kind, []).append(name)
    instants: dict[str, Instant] = {}
    for alike in kinds.values():
        for way in _WAYS:
            matches = {name: match for name in alike if (match := way.search(name))}
            if len(matches) == len(alike) and (read := _read(matches)):
                instants |= read
                break
    return instants


def _read(matches: Mapping[str, re.Match[str]]) -> dict[str, Instant] | None:
    """The instants of names of one kind; None if a number of theirs is no day or no time."""
    parts = {name: match.groupdict() for name, match in matches.items()}
    if _count_up([part.get("fraction") or "" for part in parts.values()]):
        for part in parts.values():
            part |= {"fraction": (part["fraction"] or "").zfill(_FRACTION_DIGITS)}
    clocks = {name: _clock_s(part) for name, part in parts.items()}
    days = _days_s(list(parts.values()))
    if days is None or None in clocks.values():
        return None
    dated, timed = any(days), "hour" in next(iter(parts.values()))
    if not dated and not _is_time(list(parts.values())):
        return None
    if any("year" in part for part in parts.values()):
        cycle = None
    elif dated:
        cycle = _YEAR_S
    else:
        halved = any(part["half"] for part in parts.values())
        twelve = not halved and all(1 <= int(part["hour"]) <= 12 for part in parts.values())
        cycle = HALF_DAY_S if twelve else DAY_S
    return {
        name: Instant(*match.span(), day + (clocks[name] or 0 if timed else 0), cycle)
        for (name, match), day in zip(matches.items(), days, strict=True)
    }


def _count_up(fractions: Sequence[str]) -> bool:
    """Whether digits behind the second are counts: of thousandths, or of pictures within it.

    A fraction loses zeros behind, never in front: of `.2` and `.10`, the second is the later.
    """
    return (
        len({len(digits) for digits in fractions}) > 1
        and any(digits.endswith("0") for digits in fractions if len(digits) > 1)
        and not any(digits.startswith("0") for digits in fractions if len(digits) > 1)
    )


def _clock_s(part: Mapping[str, str | None]) -> Decimal | None:
    """Seconds since midnight; 0 where there is no time, None where there cannot be such a time."""
    if "hour" not in part:
        return Decimal(0)
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    half = (part["half"] or "").casefold()
    # One digit is an hour only of a clock with two halves a day.
    if minute > 59 or second > 59 or (len(part["hour"] or "") < 2 and not half):
        return None
    if (half and not 1 <= hour <= 12) or hour > 23:
        return None
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return 3600 * hour + 60 * minute + second + Decimal(f"0.{part['fraction'] or 0}")


def _days_s(parts: Sequence[Mapping[str, str | None]]) -> list[Decimal] | None:
    """Start of each name's day; zeros where names have none, None where there is no such day.

    Where both day and month could stand first, they are read so that the frames lie nearer together
    in time: a stack is shot within a day.
    """
    first = parts[0]
    if "month" in first:
        orders = [("month", "day")]
    elif "one" in first:
        orders = [("other", "one"), ("one", "other")]
    else:
        return [Decimal(0)] * len(parts)
    readings = []
    for month, day in orders:
        try:
            readings.append(
                [
                    date(
                        int(part.get("year") or _LEAP_YEAR),
                        int(part[month] or 0),
                        int(part[day] or 0),
                    ).toordinal()
                    for part in parts
                ]
            )
        except ValueError:
            continue
    if not readings:
        return None
    nearest = min(readings, key=lambda days: max(days) - min(days))
    return [Decimal(day * DAY_S) for day in nearest]


def _is_time(parts: Sequence[Mapping[str, str | None]]) -> bool:
    """Whether numbers without a date are times of day rather than counts of six digits."""
    hours = {part["hour"] for part in parts}
    # Numbers apart by low lines or blanks are rather indices than times, but around midnight.
    if parts[0]["colon"] in ("_", " "):
        return hours <= {"22", "23", "00", "01"} and len(hours) > 1
    if parts[0]["colon"]:
        return all(len(part["hour"] or "") == 2 or part["half"] for part in parts)
    counts = sorted({int(f"{part['hour']}{part['minute']}{part['second']}") for part in parts})
    return hours != {"00"} and counts[-1] - counts[0] >= len(counts) > 1
