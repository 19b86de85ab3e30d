"""The closing words of a run: what was made, where it lies, how long it took, what stopped why."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.layout import CAPTURE, FIRST_STEPS, LEDGER, QC, RAW, RECEIPT, STEPS, master_name
from records.log import read_log
from records.machine import reason_of
from records.record import read_record
from records.reports.qc import in_a_line, to_show

# More failures than this are counted, not listed.
LISTED = 20


@dataclass(frozen=True)
class Goal:
    """How far a run was to take the stacks.

    Attributes
    ----------
    done : what a stack is then
    shown_by : the file of its folder that is there then, with {specimen} and {view}
    look_at : what of its folder a person may look at
    steps : that lead there; empty for all
    """

    done: str
    shown_by: str
    look_at: str
    steps: tuple[str, ...] = ()


ARCHIVED = Goal("archived", RECEIPT, "derivatives")
_LOGS = {name: step.log for name, step in STEPS.items()}
_FIRST_LOGS = tuple(_LOGS[name] for name in FIRST_STEPS)
# Rules that are asked for by name and stop before the archive.
GOALS = {
    "capture": Goal("captured", CAPTURE, RAW, (_LOGS["capture"],)),
    "ledgers": Goal("accounted for", LEDGER, LEDGER, _FIRST_LOGS),
    "masters": Goal(
        "made into masters",
        master_name("{specimen}", "{view}") + ".json",
        "archival",
        tuple(_LOGS.values()),
    ),
}


def summarise(
    stacks: Sequence[tuple[str, str]],
    specimens: Path,
    archive: Path,
    logs: Path,
    benchmarks: Path,
    goal: Goal = ARCHIVED,
    ran: Mapping[tuple[str, str], bool] | None = None,
    of_sheet: int | None = None,
) -> str:
    """A few lines for people.

    Parameters
    ----------
    stacks : (specimen, view) of the sheet that the goal is for
    specimens, archive, logs, benchmarks : roots of the four trees
    ran : whether a run came to the end of each of its stacks; one that was made before and to whose
        end it did not come is not finished
    of_sheet : how many of the sheet's stacks are so far now, where these are a part of it
    """
    ran = ran or {}
    done, stopped, waiting = [], [], 0
    archived: dict[tuple[str, str], float] = {}
    for specimen, view in stacks:
        folder = specimens / specimen / view
        shown = folder / goal.shown_by.format(specimen=specimen, view=view)
        finished = shown.stat().st_mtime if shown.is_file() else 0.0
        fault = newest_fault(logs / specimen / view, since=finished, steps=goal.steps)
        if not ran.get((specimen, view), True):
            finished = 0.0
        if fault:
            stopped.append(f"  {specimen} {view}, {fault}\n    log: {fault.log}")
        elif finished and goal is not ARCHIVED:
            done.append(f"  {specimen} {view}: look at {folder / goal.look_at}")
        elif finished:
            archived[specimen, view] = finished
        else:
            waiting += 1
    # Of ten thousand, those that came last.
    newest = set(sorted(archived, key=lambda stack: -archived[stack])[:LISTED])
    done += [
        _made(specimens.joinpath(*stack), *stack, benchmarks.joinpath(*stack))
        for stack in archived
        if stack in newest
    ]
    count = len(archived) or len(done)
    lines = [
        "",
        f"{count} of {len(stacks)} stacks are {goal.done}"
        + (f", {len(stopped)} stopped" if stopped else "")
        + (f", {waiting} not finished" if waiting else ""),
    ]
    if of_sheet is not None:
        lines.append(f"Of all stacks of the sheet, {of_sheet:,} are {goal.done} now")
    everyone = specimens / "<specimen>" / "<view>"
    if done:
        lines += _listed(done, count)
    if done and goal is ARCHIVED:
        lines.append(f"Masters are in {everyone / 'archival'}, whole objects in {archive}")
    return "\n".join(lines + _with_reasons(stopped))


def count_done(stacks: Iterable[tuple[str, str]], specimens: Path, goal: Goal = ARCHIVED) -> int:
    """How many stacks are as far as the goal."""
    return sum(
        (specimens / specimen / view / goal.shown_by.format(specimen=specimen, view=view)).is_file()
        for specimen, view in stacks
    )


def named_files(files: Sequence[str], specimens: Path, logs: Path, has_begun: bool) -> str:
    """What became of files that were named, and why some are not there.

    Parameters
    ----------
    files : their paths
    specimens, logs : roots of the two trees
    has_begun : whether anything was to be done for them
    """
    there: list[str] = []
    stopped: list[str] = []
    for file in map(Path, files):
        made = file.stat().st_mtime if file.exists() else 0.0
        fault: Fault | None = None
        if file.is_relative_to(specimens):
            specimen, view, *_ = (*file.relative_to(specimens).parts, "", "")
            fault = newest_fault(logs / specimen / view, since=made)
        if fault:
            stopped.append(f"  {specimen} {view}, {fault}\n    log: {fault.log}")
        elif made:
            there.append(f"  {file}")
    state = "are made" if has_begun else "are there already"
    lines = ["", f"{len(there)} of {len(files)} named files {state}", *_listed(there)]
    return "\n".join(lines + _with_reasons(list(dict.fromkeys(stopped))))


def unarchived(stacks: Sequence[tuple[str, str]], specimens: Path) -> str:
    """Which stacks of the sheet are not archived, and so in no report on the archive; "" if none.

    Parameters
    ----------
    stacks : (specimen, view) of the sheet
    specimens : root of their folders
    """
    missing = [
        f"  {specimen} {view}"
        for specimen, view in stacks
        if not (specimens / specimen / view / RECEIPT).is_file()
    ]
    if not missing:
        return ""
    return "\n".join(
        [
            f"{len(missing)} of {len(stacks)} stacks of the sheet are not in the archive:",
            *_listed(missing),
        ]
    )


def _listed(lines: Sequence[str], count: int | None = None) -> list[str]:
    left = (len(lines) if count is None else count) - LISTED
    return [*lines[:LISTED], *([f"  and {left} more"] if left > 0 else [])]


def _with_reasons(stopped: Sequence[str]) -> list[str]:
    return ["Stopped, with the reason:", *_listed(stopped)] if stopped else []


def _made(folder: Path, specimen: str, view: str, benchmarks: Path) -> str:
    master = folder / f"{master_name(specimen, view)}.json"
    if not os.path.lexists(master):
        return f"  {specimen} {view}: archived, and reduced to its receipt"
    try:
        return _described(folder, specimen, view, read_record(master, "master"), benchmarks)
    # One damaged record is no reason to be silent about the others.
    except Exception as error:
        return f"  {specimen} {view}: archived, but {reason_of(error)}"


def _described(
    folder: Path, specimen: str, view: str, record: Mapping[str, Any], benchmarks: Path
) -> str:
    seconds = sum(_seconds(path) for path in benchmarks.glob("*.tsv"))
    frames = f"{record['frames']} frame{'s' if record['frames'] != 1 else ''}"
    words = (
        f"  {specimen} {view}: {frames}, {record['width_px']} x {record['height_px']} px, "
        f"{seconds:.0f} s; look at {folder / 'derivatives'}"
    )
    checks = folder / QC
    shown = to_show(read_record(checks, "qc") if os.path.lexists(checks) else {})
    return words + (f"\n    to be looked at: {in_a_line(shown)}" if shown else "")


def _seconds(benchmark: Path) -> float:
    try:
        with benchmark.open(newline="", encoding="utf-8") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return 0.0


@dataclass(frozen=True)
class Fault:
    """Why a stack stopped: the step, its reason in lines, and the log in which all stands."""

    step: str
    reason: str
    log: Path

    def __str__(self) -> str:
        """`step: reason`, further lines indented."""
        return f"{self.step}: {self.reason.replace(chr(10), chr(10) + '    ')}"


def last_error(logs: Path, since: float = 0.0, steps: Collection[str] = ()) -> str | None:
    """`step: reason` of the step of a stack that stopped, None where none did: see newest_fault."""
    fault = newest_fault(logs, since, steps)
    return str(fault) if fault else None


def newest_fault(logs: Path, since: float = 0.0, steps: Collection[str] = ()) -> Fault | None:
    """Why a stack stopped, None where it did not.

    Parameters
    ----------
    logs : folder of the stack's logs
    since : time of its archiving; a step that stopped earlier has been settled, s since 1970
    steps : whose logs count; empty for all
    """
    newest: tuple[float, Fault] | None = None
    for log in logs.glob("*.log"):
        if not log.is_file() or log.stat().st_mtime < since or (steps and log.stem not in steps):
            continue
        entry = read_log(log)
        if not entry.error and not entry.is_fault:
            continue
        reason = entry.error or f"a fault of the program; send us {log}"
        if newest is None or log.stat().st_mtime > newest[0]:
            newest = (log.stat().st_mtime, Fault(log.stem, reason, log))
    return newest[1] if newest else None
