"""How far a run is, in a line: for a terminal while it is on, for its log, for who asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BETWEEN = " · "
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def progress_words(told: Mapping[str, Any]) -> str:
    """`41 of 300 stacks · 2 stopped · 12 a minute · about 22 min left · 810 GB free`.

    Parameters
    ----------
    told : as `read_run` gives it
    """
    parts = [f"{told['done']} of {told['of']} stacks"]
    if told["failed"]:
        parts.append(f"{told['failed']} stopped")
    if told["stacks_per_hour"]:
        parts.append(rate(told["stacks_per_hour"]))
    if told["seconds_left"]:
        parts.append(f"about {duration(told['seconds_left'])} left")
    if told["disk_free_bytes"] is not None:
        parts.append(f"{size(told['disk_free_bytes'])} free")
    return BETWEEN.join(parts)


def with_now(told: Mapping[str, Any], width: int) -> str:
    """Those words, and what is at work as far as a line of `width` letters has room for it."""
    line = progress_words(told)
    for one in told["now"]:
        longer = f"{line}{BETWEEN}{one['stack']} {one['step']}"
        if len(longer) > width:
            break
        line = longer
    return cut(line, width)


def cut(text: str, width: int | None) -> str:
    """A text that is no longer than `width` letters; None cuts nothing."""
    if width is None or len(text) <= width:
        return text
    return f"{text[: max(width - 1, 0)]}…"


def rate(per_hour: float) -> str:
    """Stacks in the unit that gives a number a person can hold: `12 a minute`, `3.5 an hour`."""
    if per_hour >= _HOUR_S / _MINUTE_S:
        count, word = per_hour * _MINUTE_S / _HOUR_S, "a minute"
    elif per_hour >= 1:
        count, word = per_hour, "an hour"
    else:
        count, word = per_hour * _DAY_S / _HOUR_S, "a day"
    return f"{count:.0f} {word}" if count >= 10 else f"{count:.2g} {word}"


def duration(seconds: float) -> str:
    """A time by its two largest units: `45 s`, `22 min`, `3 h 12 min`, `2 days 4 h`."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    days = whole // _DAY_S
    return f"{days} day{'s' if days > 1 else ''} {whole % _DAY_S // _HOUR_S} h"


def size(count: float) -> str:
    """Bytes as disks are sold: `810 GB`, `1.3 TB`; below 10 of a unit with a digit more."""
    units = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6))
    unit, bytes_ = next((one for one in units if count >= one[1]), units[-1])
    return f"{count / bytes_:.{0 if count >= 10 * bytes_ else 1}f} {unit}"
