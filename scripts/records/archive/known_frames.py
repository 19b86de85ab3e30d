"""No frame gets into two stacks unnoticed: who has frames of another stack is refused.

What an index says of another stack is believed only once that stack's own ledger says so too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from records.archive import frame_index, ocfl
from records.errors import RecordError
from records.layout import LEDGER
from records.ledger.table import USED, Entry, read_ledger
from records.ledger.unchanged import LISTED
from records.log import listed, warn


@dataclass(frozen=True)
class Row:
    """What the sheet says of a stack here: its row, and why it may share frames, or None."""

    number: int
    shared: str | None


@dataclass(frozen=True)
class Twin:
    """Another stack that has frames of this one.

    Attributes
    ----------
    stack : `specimen/view`, or the id of an object
    row : of the sheet; None if it is in another sheet, or in none any more
    files : pairs of file names, of this stack and of the other
    """

    stack: str
    row: int | None
    files: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """`a.dng (there b.dng) … of A-1/top, row 2`."""
        files = (own if own == other else f"{own} (there {other})" for own, other in self.files)
        where = f"row {self.row} of the sheet" if self.row else "archived"
        return f"{listed(files, LISTED)} of {self.stack} ({where})"


def twins_words(twins: Iterable[Twin], row: int | None) -> str:
    """Why a stack is refused that has frames of others, and what to do."""
    where = f" in row {row}" if row else ""
    return (
        f"frames of this stack are another's: {'; '.join(map(str, twins))}. Is it the right card? "
        f"If it is meant, say why in the sheet's column shared_source{where}"
    )


def refresh(
    specimens: Path,
    rows: Mapping[str, Row],
    remember: bool = True,
) -> dict[str, list[Twin]]:
    """Bring the index of ledgers up to date with the sheet; stacks with frames of a row above.

    Parameters
    ----------
    specimens : the master folder
    rows : by `specimen/view`, all of the sheet
    remember : whether the index may be written; else it is looked at as if it had been

    Returns
    -------
    By `specimen/view`: those that have frames in common with stacks further up in the sheet, or in
    no row of it, and no reason for it.
    """
    with _index(specimens, remember) as db:
        return _refreshed(db, specimens, rows) if db else {}


def twins_of_one(specimens: Path, stack: str, row: Row, remember: bool = True) -> list[Twin] | None:
    """Stacks further up in a sheet that the index knows all of, which have frames of one.

    Parameters
    ----------
    specimens, remember : as of `refresh`
    stack : `specimen/view`

    Returns
    -------
    None where the index has another row for the stack: it knows another sheet.
    """
    with _index(specimens, remember, thorough=False) as db:
        known = _known(db, "WHERE stack = ?", stack) if db else {}
        if not db or known.get(stack, ("", None))[1] != row.number:
            return None
        db.execute("BEGIN IMMEDIATE")
        _bring_up_to_date(db, specimens, known, {stack: row})
        db.execute("COMMIT")
        found = db.execute(f"SELECT {_OF_BOTH} FROM frames AS f {_BOTH} AND f.stack = ?", (stack,))
        return _gathered(found).get(stack, [])


@contextmanager
def _index(
    specimens: Path, remember: bool, thorough: bool = True
) -> Iterator[sqlite3.Connection | None]:
    """The index, or a copy of it that is let go; None where a damaged one may not be made anew."""
    if remember:
        with frame_index.of_tree(specimens, thorough=thorough) as db:
            yield db
        return
    try:
        copy = frame_index.copy_of_tree(specimens)
    except sqlite3.Error:
        yield None
        return
    with closing(copy) as db:
        yield db


_Known = Mapping[str, tuple[str | None, int | None, str | None]]


def _known(db: sqlite3.Connection, which: str = "", *words: str) -> _Known:
    """What the index knows of stacks: of each its ledger, row, and why it may share frames."""
    rows = db.execute(f"SELECT stack, ledger, row, reason FROM stacks {which}", words)
    return {stack: (ledger, row, reason) for stack, ledger, row, reason in rows}


def _refreshed(
    db: sqlite3.Connection, specimens: Path, rows: Mapping[str, Row]
) -> dict[str, list[Twin]]:
    db.execute("BEGIN IMMEDIATE")
    _bring_up_to_date(db, specimens, _known(db), rows)
    db.execute("COMMIT")
    several = "(SELECT sha256 FROM frames GROUP BY sha256 HAVING COUNT(*) > 1)"
    order = "ORDER BY sf.row, sg.row, f.file"
    return _gathered(
        db.execute(
            f"SELECT {_OF_BOTH} FROM {several} JOIN frames AS f USING (sha256) {_BOTH} {order}"
        )
    )


# Of frames f, those that a stack further up has too.
_OF_BOTH = "f.stack, g.stack, sg.row, f.file, g.file"
_BOTH = (
    "JOIN frames AS g USING (sha256) JOIN stacks AS sf ON sf.stack = f.stack "
    "JOIN stacks AS sg ON sg.stack = g.stack WHERE sf.reason IS NULL AND sg.row < sf.row"
)


def _bring_up_to_date(
    db: sqlite3.Connection, specimens: Path, known: _Known, rows: Mapping[str, Row]
) -> None:
    """Have the index know the ledgers and rows of stacks as they are."""
    for stack in known.keys() | rows.keys():
        ledger = f"{specimens}/{stack}/{LEDGER}"
        noted = frame_index.noted_of(ledger)
        before = known.get(stack, ("", None, None))
        if noted != (before[0] or ""):
            try:
                frame_index.put(db, stack, noted, read_ledger(ledger) if noted else [])
            except RecordError:
                frame_index.put(db, stack, noted, [])
        row = rows.get(stack)
        now = (row.number, row.shared) if row else (None, None)
        if now != before[1:]:
            db.execute(
                "INSERT INTO stacks (stack, row, reason) VALUES (?, ?, ?) ON CONFLICT (stack) "
                "DO UPDATE SET row = excluded.row, reason = excluded.reason",
                (stack, *now),
            )


def _gathered(found: Iterable[tuple]) -> dict[str, list[Twin]]:
    pairs: dict[str, dict[tuple[str, int | None], list[tuple[str, str]]]] = {}
    for stack, other, row, own_file, other_file in found:
        pairs.setdefault(stack, {}).setdefault((other, row), []).append((own_file, other_file))
    return {
        stack: [Twin(other, row, tuple(files)) for (other, row), files in others.items()]
        for stack, others in pairs.items()
    }


def refuse_twins(
    who: tuple[Path, Path, str, str, str],
    entries: Iterable[Entry],
    shared: str | None,
) -> None:
    """Refuse a stack that has frames of one further up in the sheet, or archived from elsewhere.

    One further down is told of; it is held when the next run is planned.

    Parameters
    ----------
    who : master folder; archive; specimen, view and object's id of the stack
    shared : why it is meant, from the sheet; None if nothing is said

    Raises
    ------
    RecordError : as said, with the files
    """
    if shared:
        return
    above, below, row = _twins(who, entries)
    if above:
        raise RecordError(twins_words(above, row))
    for twin in below:
        warn(f"this stack has frames that one further down has too: {twin}; that is held")


def _twins(
    who: tuple[Path, Path, str, str, str],
    entries: Iterable[Entry],
) -> tuple[list[Twin], list[Twin], int | None]:
    """Stacks above and below that have frames of one, and its row of the sheet.

    What the indexes know is believed only if those stacks' own ledgers confirm it.
    """
    specimens, root, specimen, view, identifier = who
    stack = f"{specimen}/{view}"
    own = {one.sha256: one.file for one in entries if one.status == USED and one.sha256}
    above: list[Twin] = []
    below: list[Twin] = []
    row, rows, in_sheet = None, {}, set()
    if (specimens / frame_index.OF_LEDGERS).is_file():
        with frame_index.of_tree(specimens) as db:
            rows = dict(db.execute("SELECT stack, row FROM stacks WHERE row IS NOT NULL"))
            row = rows.get(stack)
            in_sheet = {identifier.removesuffix(stack) + one for one in rows}
            for other in _others(db, stack, own):
                ledger = specimens / other / LEDGER
                held = _confirmed(own, partial(read_ledger, ledger))
                # What is in no row any more may be this very stack under its former name.
                if held and other in rows:
                    twin = Twin(other, rows[other], held)
                    (above if row is None or rows[other] < row else below).append(twin)
    if (root / ocfl.ROOT_DECLARATION[0]).is_file():
        with frame_index.of_archive(root) as db:
            for other in _others(db, identifier, own):
                held = _confirmed(own, partial(frame_index.archived_entries, root, other))
                place = (
                    rows.get(other.removeprefix(identifier.removesuffix(stack))) if row else None
                )
                if held and other not in in_sheet:
                    above.append(Twin(other, None, held))
                elif held and place and place < row and all(place != one.row for one in above):
                    # Reduced, or its ledger is being made anew.
                    above.append(Twin(other, place, held))
    return above, below, row


def _others(db: sqlite3.Connection, stack: str, own: Mapping[str, str]) -> list[str]:
    found: dict[str, None] = {}
    for digest in own:
        for (other,) in db.execute(
            "SELECT stack FROM frames WHERE sha256 = ? AND stack != ?", (digest, stack)
        ):
            found[other] = None
    return list(found)


def _confirmed(
    own: Mapping[str, str], ledger: Callable[[], list[Entry]]
) -> tuple[tuple[str, str], ...]:
    try:
        entries = ledger()
    except RecordError:
        return ()
    return tuple(
        (own[one.sha256], one.file)
        for one in entries
        if one.status == USED and one.sha256 and one.sha256 in own
    )
