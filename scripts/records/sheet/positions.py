"""The sheet's list of positions: `file,position_um`, a row for each frame in the stack's order."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from records.errors import RecordError
from records.sheet.spreadsheet import parse_rows, read_form
from records.sheet.thousands import both_ways, points_are_unclear

COLUMNS = ("file", "position_um")


@dataclass(frozen=True)
class Listed:
    """A row of the list; `position_um` None where only the order is known."""

    row: int
    file: str
    position_um: float | None


def read_positions(path: Path, step_um: object = None) -> list[Listed]:
    """Read a list of positions.

    Parameters
    ----------
    step_um : what the sheet says of the step between frames, None where it says nothing

    Raises
    ------
    RecordError : every fault, with file, row, column and value: no such file, other columns, a
        file that is not named or named twice, a position that is not a number, positions for some
        frames alone, that neither rise nor fall throughout, or that stand beside a step
    """
    if not path.is_file():
        raise RecordError(
            f"{path}: no such list of positions; it must have the columns {', '.join(COLUMNS)}"
        )
    form, content = read_form(path)
    columns, rows = parse_rows(path, form, content)
    if set(columns) != set(COLUMNS):
        raise RecordError(
            f"{path}, row 1: the columns are {', '.join(columns)}, but must be {', '.join(COLUMNS)}"
        )
    unclear = points_are_unclear(
        form.separator, (cells.get("position_um", "").strip() for _, cells in rows)
    )
    faults: list[str] = []
    listed: list[Listed] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        name, text = (cells.get(column, "").strip() for column in COLUMNS)
        if not name:
            faults.append(f"{path}, row {number}, column file: a file's name is missing")
        elif name in seen:
            faults.append(
                f"{path}, row {number}, column file: {name!r} stands in row {seen[name]} already"
            )
        seen.setdefault(name, number)
        position = _number(text)
        either = both_ways(text)
        if text and position is None:
            decimal = re.fullmatch(r"-?\d+,\d+", text)
            meant = f", such as {text.replace(',', '.')}" if decimal else ""
            meant = f"; {either}" if either else meant
            faults.append(
                f"{path}, row {number}, column position_um: is {text!r}, "
                f"but must be a number of micrometres{meant}"
            )
        elif either and unclear:
            faults.append(
                f"{path}, row {number}, column position_um: {text!r} can be read in two ways; "
                f"{either}"
            )
        listed.append(Listed(number, name, position))
    if not listed:
        faults.append(f"{path}: has no row yet; write one for each frame")
    if not faults:
        faults += _incomplete(path, listed) or _back_and_forth(path, listed)
        if step_um is not None and listed[0].position_um is not None:
            faults.append(f"{path} and step_um both say where the frames are; leave one out")
    if faults:
        raise RecordError("\n".join(faults))
    return listed


def _number(text: str) -> float | None:
    try:
        return float(text) if math.isfinite(float(text)) else None
    except ValueError:
        return None


def _incomplete(path: Path, listed: list[Listed]) -> list[str]:
    without = [one for one in listed if one.position_um is None]
    if not without or len(without) == len(listed):
        return []
    return [
        f"{path}, row {one.row}, column position_um: is empty; give a position for every frame or, "
        "with order listed, for none"
        for one in without
    ]


def _back_and_forth(path: Path, listed: list[Listed]) -> list[str]:
    """Where positions turn back: frames are stacked in the order of their focus."""
    known = [(one, one.position_um) for one in listed if one.position_um is not None]
    if not known:
        return []
    (_, first), (_, last) = known[0], known[-1]
    sign = 1 if last >= first else -1
    return [
        f"{path}, row {after.row}: {after.file} at {b:g} µm comes after {before.file} at {a:g} µm "
        f"(row {before.row}), while positions {'rise' if sign > 0 else 'fall'} from the first row "
        "to the last; sort the rows by position, or correct it"
        for (before, a), (after, b) in pairwise(known)
        if sign * (b - a) < 0
    ]
