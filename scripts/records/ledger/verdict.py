"""The verdict on a raw folder: what each file in it is, and whether its frames make a stack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from records.ledger import agreement, focus, order
from records.ledger.arrangement import CAPTURED, LIST, TIME, Arrangement
from records.ledger.candidate import Candidate, missing_or_changed, set_aside
from records.ledger.properties import unknown
from records.ledger.table import LISTED, REJECTED, USED, Entry
from records.log import listed
from records.text import escaped

_FIGURES = re.compile(r"[0-9][0-9.,' ]*")
_ORDERS = {
    TIME: " in the order of times",
    LIST: " in the order of the list",
    CAPTURED: " in the order of the capture",
}


@dataclass(frozen=True)
class Verdict:
    """A judged folder: the rows, what forbids its use, and what a person should know.

    Attributes
    ----------
    unknown : what no used frame's file names, so that nothing could be compared, as people call it
    notes : what was decided about settings and order, and is no reason to worry
    """

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge(
    files: Sequence[Candidate],
    arrangement: Arrangement | None = None,
    *,
    unreadable: str = "stop",
    allow: Sequence[str] = (),
    tolerance: Mapping[str, float] | None = None,
) -> Verdict:
    """Decide what each file of a raw folder is, and whether the frames belong together.

    Parameters
    ----------
    files
        all that is in the folder
    arrangement
        what person or session say of order, positions and excluded frames; names are counted as
        people count them where neither says anything
    unreadable
        `stop` makes a frame that cannot be decoded a problem, `reject` leaves it out
    allow
        names of `MAY_DIFFER` that may differ
    tolerance
        relative difference that still agrees, of aperture, iso, exposure, white_balance; one step
        of rounding always does

    Returns
    -------
    verdict : used frames first, in the order of the stack, then rejected files. Where there are
        problems, the frames that cause them are rejected with the reason
    """
    arrangement = (arrangement or Arrangement()).spelled_as([file.name for file in files])
    files, problems = order.in_order(files, arrangement)
    could_be = [file for file in files if not file.stray]
    reasons = {file.name: file.fault for file in files if file.fault}
    aside = set_aside(files, reasons, arrangement.shots)
    reasons |= aside
    shot = [file for file in could_be if file.name not in aside]
    excluded, wrong = arrangement.excluded(
        [file.name for file in could_be], [file.name for file in files if file.name not in reasons]
    )
    reasons |= excluded
    problems += wrong
    if unreadable == "stop":
        problems += _of_files(
            (file.name, file.fault)
            for file in could_be
            if file.fault and reasons[file.name] == file.fault
        )
    shot_names = [file.name for file in shot]
    positions, unplaced = focus.focus_um(shot_names, arrangement, reasons)
    problems += unplaced
    frames = [file for file in files if file.name not in reasons]
    used = [
        replace(
            file.entry(None),
            frame=number,
            status=USED,
            focus_um=positions.get(file.name),
            ordered_by=arrangement.ordered_by,
        )
        for number, file in enumerate(frames, start=1)
    ]
    if not used and not problems:
        problems.append(_no_frames(files))
    mixed = agreement.mixed(frames)
    problems += missing_or_changed(files, arrangement.shots)
    problems += agreement.same_stem(frames) + mixed
    compared = agreement.compare(used, [*allow, *(["format"] if mixed else [])], tolerance or {})
    problems += compared.problems
    reasons |= compared.deviants
    kept = [entry for entry in used if entry.file not in reasons]
    kept = [
        replace(entry, frame=number, reason=compared.tolerated.get(entry.file))
        for number, entry in enumerate(kept, start=1)
    ]
    rejected = [file.entry(reasons[file.name]) for file in files if file.name in reasons]
    by_step = bool(positions) and not arrangement.listed and not arrangement.shots
    warnings = focus.numbering_gaps(shot_names, [file.name for file in could_be], by_step)
    if len(kept) == 1:
        warnings.append("a single frame: there is nothing to be stacked")
    warnings += agreement.misnamed(frames) + agreement.turned(used)
    warnings += agreement.partly_unknown(used, allow)
    doubts = [(file.name, doubt) for file in frames for doubt in file.doubts]
    warnings += (doubted := _of_files(doubts))
    disordered, notes = order.remarks(used, shot, arrangement)
    notes = [*compared.notes, *notes]
    if len(doubted) < len(doubts):
        notes += [f"in doubt: {escaped(name)}: {doubt}" for name, doubt in doubts]
    warnings += disordered + focus.against_names(used)
    return Verdict(
        (*kept, *rejected), tuple(problems), tuple(warnings), unknown(kept), tuple(notes)
    )


def _of_files(told: Iterable[tuple[str, str]]) -> list[str]:
    """What is told of files, each with its name first; what is told of many, of the first.

    Sentences that differ in nothing but figures tell the same.
    """
    alike: dict[str, list[tuple[str, str]]] = {}
    for name, what in told:
        alike.setdefault(_FIGURES.sub("0", what), []).append((escaped(name), what))
    return [
        f"{first}: {what}"
        + (f" (and so {listed((name for name, _ in more), LISTED)})" if more else "")
        for (first, what), *more in alike.values()
    ]


def _no_frames(files: Sequence[Candidate]) -> str:
    if not files:
        return "the folder is empty; put the stack's raws there"
    return (
        f"none of the {len(files)} files in the folder can be a frame; put the stack's raws there"
    )


def refusal(raw: Path, refused: Path, verdict: Verdict) -> str:
    """All reasons why a stack is refused, in one message; `refused` lists its files."""
    every = f"every file is listed in {refused}"
    if len(verdict.problems) == 1:
        return f"{raw}: {verdict.problems[0]} ({every})"
    reasons = "".join(f"\n  - {problem}" for problem in verdict.problems)
    return f"{raw}: {len(verdict.problems)} reasons to refuse this stack; {every}{reasons}"


def summary(verdict: Verdict) -> str:
    """How many frames are used, what is not and why, and what could not be compared."""
    used = [entry for entry in verdict.entries if entry.status == USED]
    rejected = [entry for entry in verdict.entries if entry.status == REJECTED]
    ordered = _ORDERS.get(used[0].ordered_by or "", "") if used else ""
    counted = (
        f"{len(used)} frame{'s' if len(used) != 1 else ''} used{ordered}, {len(rejected)} rejected"
    )
    if rejected:
        named = (f"{escaped(entry.file)} ({entry.reason})" for entry in rejected)
        counted += f": {listed(named, LISTED, '; ')}"
    if not verdict.unknown:
        return counted
    *most, last = verdict.unknown
    facts = f"{', '.join(most)} or {last}" if most else last
    return f"{counted}; unknown: the frames' files name no {facts}, so nothing was compared there"
