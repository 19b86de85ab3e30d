"""How far the work in a data folder is, on one screen of a terminal.

What a run tells (`run_status.py`) and the collection's table (`stacks.csv`) are all that is read:
ten thousand stacks take no longer than ten.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from records.locks import Holder
from records.log import listed
from records.reports.run_status import ENDED, INTERRUPTED, LOST, ON
from records.reports.run_words import cut, duration, rate, size

TABLE, PAGE = "stacks.csv", "index.html"
# States of stacks in the order in which a person asks for them; others after these.
_STATES = ("archived", "stopped", "made", "captured", "waiting", "reduced")
_LABEL = 10
# Of what is at work and what stopped, at least so many lines are shown; the others are counted.
_LEAST = 2
# What stands on a screen besides those two lists.
_OTHER_LINES = 16
_AGAIN = "The same command goes on where it stopped."


def count_states(results: Path) -> tuple[dict[str, int], float] | None:
    """How many stacks are in each state by the collection's table, and when it was written.

    Returns
    -------
    counts by state, and s since 1970; None where there is no table
    """
    path = results / TABLE
    try:
        with path.open(newline="", encoding="utf-8") as file:
            found = Counter(row.get("state") or "" for row in csv.DictReader(file))
        written = path.stat().st_mtime
    except (OSError, ValueError, csv.Error):
        return None
    known = [state for state in _STATES if state in found]
    others = sorted(found.keys() - set(known) - {""})
    return {state: found[state] for state in [*known, *others]}, written


def screen(
    told: Mapping[str, Any] | None,
    counts: tuple[Mapping[str, int], float] | None,
    others: Sequence[Holder],
    results: Path,
    *,
    planned: Sequence[Holder] = (),
    booted: float | None = None,
    width: int | None = None,
    height: int | None = None,
) -> list[str]:
    """The lines of a screen.

    Parameters
    ----------
    told : as `read_run` gives it, None where no run is known
    counts : as `count_states` gives it
    others : runs at work beside the one that tells
    results : folder of both, as it is shown
    planned : runs that are planned yet, each with what it plans
    booted : when this machine was started, s since 1970; None where that is not known, or where the
        run was on another
    width, height : of the terminal; None for neither lines nor lists cut
    """
    most = 100 if height is None else max((height - _OTHER_LINES) // 3, _LEAST)
    lines = [f"A run is planned, for {duration(_age(one.since))}: {one}" for one in planned]
    if told:
        lines += [*([""] if planned else []), *_run(told, booted, most)]
    elif not planned:
        lines.append("No run has told anything here yet.")
    for other in others:
        lines.append(f"At work beside it: {other}" if told else f"At work: {other}")
    if told and told["failures"]:
        lines += ["", *_stopped(told, results, most)]
    if counts:
        words = ", ".join(f"{count:,} {state}" for state, count in counts[0].items()) or "no stack"
        lines += ["", _row("all stacks", f"{words} (at {_when(counts[1])})")]
        lines.append(_row("page", str(results / PAGE)))
    return [cut(line, width) for line in lines]


def _run(told: Mapping[str, Any], booted: float | None, most: int) -> list[str]:
    state, now = told["state"], told["now"]
    lines = [*_headline(told, booted), ""]
    if by := told.get("by"):
        lines.append(_row("run", f"process {by['process']} on {by['host']}, by {by['user']}"))
    count = len(str(told["of"]))
    shown = f"{told['done']:>{count}} of {told['of']} stacks"
    lines.append(_row("done", shown))
    lines.append(_row("stopped", f"{told['failed']:>{count}}"))
    if state == ON:
        rows = [
            (one["stack"], one["step"], f"for {duration(_age(one['since']))}")
            if "since" in one
            else (one["stack"], one["step"], "")
            for one in now[:most]
        ]
        stacks = _columns(rows) or [""]
        lines.append(_row("at work", f"{len(now):>{count}}  {stacks[0]}"))
        lines += [_row("", f"{'':>{count}}  {line}") for line in stacks[1:]]
        if len(now) > most:
            lines.append(_row("", f"{'':>{count}}  and {len(now) - most} more"))
        lines.append(_row("waiting", f"{told['waiting']:>{count}}"))
    else:
        if was_at := told.get("was_at"):
            names = [f"{one['stack']} {one['step']}" for one in was_at]
            lines.append(_row("was at", listed(names, min(most, _LEAST))))
        unfinished = told["of"] - told["done"] - told["failed"]
        lines.append(_row("not done", f"{unfinished:>{count}}"))
    if told["stacks_per_hour"]:
        lines.append(_row("rate", rate(told["stacks_per_hour"])))
    if state == ON and told["seconds_left"]:
        lines.append(_row("left", f"about {duration(told['seconds_left'])}"))
    if told["disk_free_bytes"] is not None:
        when = "" if state == ON else " then"
        lines.append(_row("disk", f"{size(told['disk_free_bytes'])} free{when}"))
    return lines


def _headline(told: Mapping[str, Any], booted: float | None) -> list[str]:
    began, last = _seconds(told["began"]), _seconds(told["told"])
    took = duration(told["seconds"])
    match told["state"]:
        case s if s == ON:
            return [f"A run is on since {_when(began)}, for {took}"]
        case s if s == ENDED:
            return [f"The last run ended at {_when(last)}, after {took}"]
        case s if s == INTERRUPTED:
            return [f"The last run was interrupted at {_when(last)}, after {took}", _AGAIN]
        case s if s == LOST:
            if booted is not None and booted > last:
                why = f"its machine went off, and was started again at {_when(booted)}"
            else:
                why = "it was killed, or its machine went off"
            return [
                f"The last run ended without a word: {why}",
                f"It was begun at {_when(began)} and last heard of at {_when(last)}",
                _AGAIN,
            ]
    return [f"The last run: {told['state']}"]


def _stopped(told: Mapping[str, Any], results: Path, most: int) -> list[str]:
    failures = told["failures"]
    lines = ["Stopped, with the reason and its log"]
    names = [(one["stack"], one["step"]) for one in failures[:most]]
    for line, one in zip(_columns(names), failures):
        reason, *more = one["reason"].split("\n")
        lines.append(f"  {line}  {reason}{' …' if more else ''}")
        if one.get("log"):
            lines.append(f"    {one['log']}")
    if told["failed"] > most:
        lines.append(f"  and {told['failed'] - most} more: {results / TABLE}")
    return lines


def _row(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}  {text}".rstrip()


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows
    ]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _age(moment: str) -> float:
    return max(time.time() - _seconds(moment), 0.0)


def _when(seconds: float) -> str:
    """A moment in the time of this machine: of today the hour, of another day with its date."""
    then, now = datetime.fromtimestamp(seconds), datetime.fromtimestamp(time.time())
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"
