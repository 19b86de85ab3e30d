"""Where the focus of each frame was, and what names, numbers and lists say against it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise

from records.ledger.arrangement import Arrangement
from records.ledger.depth import AWAY
from records.ledger.numbering import describe, gaps, places, written_um
from records.ledger.table import LISTED, Entry
from records.log import listed, of_each_kind
from records.text import escaped


def focus_um(
    shot: Sequence[str], arrangement: Arrangement, rejected: Container[str]
) -> tuple[dict[str, float], list[str]]:
    """Position of each frame, and what is wrong with those that were given.

    A frame that is missing, cannot be read or is excluded was still shot: the next is a step on.
    Without a position of its own the first frame is at 0, and what comes nearer to the camera is
    above it.

    Parameters
    ----------
    shot : names of all that was shot for the stack, in its order
    rejected : names of those that are not used
    """
    recorded = {shot.file: shot.focus_um for shot in arrangement.shots if shot.focus_um is not None}
    if recorded:
        return recorded, []
    focus, problems = _of_list(shot, arrangement, rejected) if arrangement.listed else ({}, [])
    if focus or arrangement.step_um is None:
        return focus, problems
    step_um = -arrangement.step_um if arrangement.direction == AWAY else arrangement.step_um
    return {name: round(step_um * k, 6) + 0.0 for name, k in places(shot).items()}, problems


def _of_list(
    shot: Sequence[str], arrangement: Arrangement, rejected: Container[str]
) -> tuple[dict[str, float], list[str]]:
    """Positions by a list, and where it and the folder are not of the same frames."""
    rows = {row.file: row for row in arrangement.listed}
    used = [name for name in shot if name not in rejected]
    problems = [
        f"{arrangement.list_path}, row {row.row}: {row.file} is not in the folder"
        for row in arrangement.listed
        if row.file not in shot and row.file not in rejected
    ]
    missing = [escaped(name) for name in used if name not in rows]
    if missing:
        problems.append(
            f"{arrangement.list_path}: has no row for {listed(missing, LISTED)}; "
            "add one, or exclude what is no frame of the stack"
        )
    focus = {name: row.position_um for name, row in rows.items() if row.position_um is not None}
    known = [(name, focus[name]) for name in used if name in focus]
    back = [
        f"{escaped(after)} at {b:g} µm after {escaped(before)} at {a:g} µm"
        for (before, a), (after, b) in pairwise(known)
        if (b - a) * (known[-1][1] - known[0][1]) < 0
    ]
    if back:
        problems.append(
            f"order {arrangement.order} and the positions of {arrangement.list_path} contradict "
            f"each other: {back[0]}; correct the positions, or say order listed"
        )
    return focus, problems


def numbering_gaps(shot: Sequence[str], names: Sequence[str], by_step: bool) -> list[str]:
    """What is missing from the numbers in names, and what that means.

    Parameters
    ----------
    shot : names of the frames, in their order
    names : of all that could be frames, those set aside too
    by_step : whether positions were counted by a step
    """
    all_gaps = gaps(names)
    lost = [gap for gap in all_gaps if not gap.is_jump]
    warnings = []
    if lost:
        is_left = by_step and max(places(shot).values(), default=0) >= len(shot)
        left = "; what is missing leaves its place empty in the depth" if is_left else ""
        warnings.append(
            f"gap in the numbering: {describe(lost)}{left}; if frames were lost, "
            "shoot the stack again"
        )
    return warnings + of_each_kind(
        (
            "jump",
            f"the numbering jumps from {escaped(gap.before)} to {escaped(gap.after)}, over more "
            "than the stack has: are these two stacks? Focus is counted on as if nothing lay "
            "between",
        )
        for gap in all_gaps
        if gap.is_jump
    )


def against_names(used: Sequence[Entry]) -> list[str]:
    """Where names have positions with a unit that are not those in the ledger."""
    focus = {entry.file: entry.focus_um for entry in used if entry.focus_um is not None}
    written = written_um(list(focus))
    if len(written) < 2:
        return []
    first, *others = written
    for name in others:
        by_name = abs(written[name] - written[first])
        by_focus = abs(focus[name] - focus[first])
        # Names are often rounded, to the micrometre or to a tenth of it.
        if abs(by_name - by_focus) > max(1.0, 0.05 * by_name):
            return [
                f"the names have {escaped(name)} {by_name:g} µm from {escaped(first)}, the "
                f"sheet or the capture {by_focus:g} µm; correct step_um, or list the positions"
            ]
    return []
