"""The table that names each session's shot of a colour target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from records.errors import RecordError
from records.sheet.spreadsheet import read_rows

COLUMNS = ("session", "shot", "target", "reference", "corners", "edge", "width_mm", "target_date")
# Settings of step convert by which a shot is developed as the frames are.
DEVELOPING = (
    *("demosaic", "highlights", "colour_space", "white_balance", "camera_matrix"),
    "significant_bits",
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# What the page of all sessions is called, beside their records.
_PAGE = "index"
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_CORNERS, _EDGE = "x,y x,y x,y x,y in px", "x,y,width,height in px"


@dataclass(frozen=True)
class Session:
    """A session and its shot of a target.

    Attributes
    ----------
    name : of the session, and of its record
    shot : raw or photograph
    target : which it is, as `colorchecker24`
    reference : CSV with the target's own values, where there is one
    corners : of the target in the shot, px; None to find it
    edge : x, y, width, height of a place with a slanted edge, px
    width_mm : of the target, from the outer edge of its first column to that of its last
    target_date : when the target was made or last measured; its first day where that is all
    """

    name: str
    shot: Path
    target: str
    reference: Path | None = None
    corners: tuple[tuple[float, float], ...] | None = None
    edge: tuple[int, int, int, int] | None = None
    width_mm: float | None = None
    target_date: date | None = None


def read_sessions(table: Path) -> list[Session]:
    """The sessions of a table; files are looked for from the working directory.

    Raises
    ------
    RecordError : every fault, with its row
    """
    columns, rows = read_rows(table)
    faults = []
    if unknown := [name for name in columns if name not in COLUMNS]:
        faults.append(
            f"{table}: has a column {unknown[0]!r}; a table of sessions has {', '.join(COLUMNS)}"
        )
    sessions: dict[str, Session] = {}
    for number, cells in rows:
        try:
            session = _session(cells)
        except ValueError as error:
            faults.append(f"{table}: row {number}: {error}")
            continue
        if session.name in sessions:
            faults.append(f"{table}: row {number}: session {session.name} is there twice")
        sessions[session.name] = session
    if faults:
        raise RecordError("\n".join(faults))
    return list(sessions.values())


def _session(cells: dict[str, str]) -> Session:
    for column in ("session", "shot", "target"):
        if not cells.get(column):
            raise ValueError(f"{column} is empty")
    if not _NAME.fullmatch(cells["session"]) or cells["session"] == _PAGE:
        raise ValueError(
            f"session is {cells['session']!r}, but must be letters, digits, '.', '_' and '-', and "
            f"not {_PAGE!r}, since its record has that name"
        )
    reference, width, made = (cells.get(name) for name in ("reference", "width_mm", "target_date"))
    corners, edge = cells.get("corners"), cells.get("edge")
    found = None
    if corners:
        values = _numbers("corners", corners, 8, _CORNERS)
        found = tuple(zip(values[::2], values[1::2], strict=True))
    box = tuple(map(round, _numbers("edge", edge, 4, _EDGE))) if edge else None
    return Session(
        cells["session"],
        Path(cells["shot"]),
        cells["target"].casefold(),
        Path(reference) if reference else None,
        found,
        (box[0], box[1], box[2], box[3]) if box else None,
        _width(width) if width else None,
        _date(made) if made else None,
    )


def _numbers(column: str, text: str, count: int, wanted: str) -> list[float]:
    words = re.split(r"[,;\s]+", text.strip())
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != count:
        raise ValueError(f"{column} is {text!r}, but must be {wanted}")
    return values


def _width(text: str) -> float:
    value = _numbers("width_mm", text, 1, "a number of mm above 0")[0]
    if not 0 < value < 10_000:
        raise ValueError(f"width_mm is {text!r}, but must be a number of mm above 0")
    return value


def _date(text: str) -> date:
    parts = _DATE.fullmatch(text)
    try:
        if parts:
            return date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        pass
    raise ValueError(f"target_date is {text!r}, but must be a date such as 2025-03 or 2025-03-14")
