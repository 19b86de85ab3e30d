"""The order of a stack's frames, and what stands against it: times against names, and the reverse.

An order that a person decided on is taken; what speaks against it is a note then, no warning.
"""

from __future__ import annotations

from collections.abc import Sequence

from records.ledger.arrangement import LIST, NAME, TIME, Arrangement
from records.ledger.candidate import Candidate
from records.ledger.capture_times import Taken, against_times, in_time_order
from records.ledger.letters import order_by_letters
from records.ledger.numbering import in_camera_order, turns
from records.ledger.table import LISTED, Entry
from records.log import listed
from records.text import escaped


def in_order(
    files: Sequence[Candidate], arrangement: Arrangement
) -> tuple[list[Candidate], list[str]]:
    """Files in the order of the stack, strays last, and what makes that order impossible."""
    frames = {file.name: file for file in files if not file.stray}
    counted = in_camera_order(frames)
    problems: list[str] = []
    names = [shot.file for shot in arrangement.shots]
    if arrangement.ordered_by == TIME:
        timed, problems = _timed([frames[name] for name in counted], arrangement)
        names += timed
    elif arrangement.ordered_by == LIST:
        names += [row.file for row in arrangement.listed]
    names += counted
    names += in_camera_order(file.name for file in files if file.stray)
    place: dict[str, int] = {}
    for name in names:
        place.setdefault(name, len(place))
    return sorted(files, key=lambda file: place[file.name]), problems


def _timed(counted: Sequence[Candidate], arrangement: Arrangement) -> tuple[list[str], list[str]]:
    """Names by the time of exposure, and the problem of frames that have none."""
    excluded = arrangement.excluded_by_name(counted)
    undated = [
        escaped(file.name)
        for file in counted
        if not file.capture.taken_at and not file.fault and file.name not in excluded
    ]
    dated = [frame for frame in _taken(counted) if frame.taken_at]
    names = [frame.file for frame in in_time_order(dated)]
    if not undated:
        return names, []
    return names, [
        f"order time: no time of exposure is written in {listed(undated, LISTED)}; order the "
        "stack by name or by a list"
    ]


def _taken(files: Sequence[Candidate]) -> list[Taken]:
    return [Taken(k, file.name, file.capture.taken_at) for k, file in enumerate(files, start=1)]


def remarks(
    used: Sequence[Entry], shot: Sequence[Candidate], arrangement: Arrangement
) -> tuple[list[str], list[str]]:
    """Warnings and notes on the order of a stack.

    Parameters
    ----------
    used : its rows of the ledger
    shot : all that was shot for it, in its order
    """
    order = arrangement.ordered_by
    if order == TIME:
        return _against_names(shot)
    if order not in (NAME, LIST):
        return [], []
    warnings, notes = _against_times(used)
    if order == NAME and not warnings:
        warnings = _guessed(used)
    # Once a person has said which is right, it is no warning any more.
    if arrangement.order:
        warnings, notes = [], notes + warnings
    return warnings, notes + (turns(file.name for file in shot) if order == NAME else [])


def _against_times(used: Sequence[Entry]) -> tuple[list[str], list[str]]:
    disagreement = against_times(
        [Taken(entry.frame or 0, escaped(entry.file), entry.taken_at) for entry in used]
    )
    if disagreement is None:
        return [], []
    if disagreement.kind == "clock_set":
        return [], [disagreement.message]
    return [
        f"order and times disagree: {disagreement.message}; look at the frames and say in the "
        "sheet which is right: order time, or order name"
    ], []


def _guessed(used: Sequence[Entry]) -> list[str]:
    """That names are spelled rather than counted, and no times of exposure confirm their order."""
    times = {entry.taken_at for entry in used}
    # Where they contradict it, that has been said.
    if None not in times and len(times) > 1:
        return []
    why = order_by_letters(entry.file for entry in used)
    if why is None:
        return []
    return [
        f"the order is a guess: {why}; if it is right, say order name in the sheet, else order "
        "time or a list of positions; of two stacks, give each a folder of its own"
    ]


def _against_names(shot: Sequence[Candidate]) -> tuple[list[str], list[str]]:
    by_name = {file.name: file for file in shot}
    counted = in_camera_order(by_name)
    disagreement = against_times(_taken([by_name[name] for name in counted]))
    if disagreement and disagreement.kind == "clock_set":
        return [f"order time, but by the names {disagreement.message}; is order name right?"], []
    for by_time, name in zip(by_name, counted, strict=True):
        if by_time != name:
            return [], [
                f"by their names the frames would come in another order: {escaped(name)} "
                f"before {escaped(by_time)}"
            ]
    return [], []
