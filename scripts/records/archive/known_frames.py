"""Which stack has a frame of this hash? An index, so that no frame gets into two stacks unnoticed.

One index lies in the master folder, of the sheet's ledgers; one in the archive, of the ledgers of
its objects. Neither is a truth of its own: each is made from the ledgers whenever it is not there
or is damaged, and what it says of another stack is believed only once that stack's ledger says so
too. SQLite, of Python's own library, is taken for its transactions: many jobs write at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from records.archive import ocfl
from records.errors import RecordError
from records.ledger.table import USED, Entry, read_ledger
from records.ledger.unchanged import LISTED
from records.log import listed, warn

OF_LEDGERS = ".frames.sqlite"
OF_OBJECTS = f"{ocfl.EXTENSIONS}/holostack-frames/frames.sqlite"
FORMAT = 1
# Longest wait for other jobs' writing, s.
PATIENCE_S = 120.0
TABLES = """
CREATE TABLE IF NOT EXISTS stacks (stack TEXT PRIMARY KEY, ledger TEXT, row INTEGER, reason TEXT);
CREATE TABLE IF NOT EXISTS frames (sha256 TEXT, stack TEXT, file TEXT, PRIMARY KEY (sha256, stack))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS of_stack ON frames (stack);
"""

Ledgers = Iterable[tuple[str, str, list[Entry]]]


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


def _of_tree(specimens: Path) -> tuple[Path, Callable[[], Ledgers]]:
    return specimens / OF_LEDGERS, lambda: ledgers_of_tree(specimens)


def _of_archive(root: Path) -> tuple[Path, Callable[[], Ledgers]]:
    return root / OF_OBJECTS, lambda: ledgers_of_archive(root)


@contextmanager
def opened(
    index: Path,
    ledgers: Callable[[], Ledgers],
    thorough: bool = False,
) -> Iterator[sqlite3.Connection]:
    """An index, made from the ledgers if it is not there, unfinished or damaged; then it warns.

    Parameters
    ----------
    thorough : whether all of it is looked through for damage

    Raises
    ------
    RecordError : the disk does not let it be read or written
    """
    try:
        index.parent.mkdir(parents=True, exist_ok=True)
        try:
            db = _connect(index)
            _make_if_unfinished(db, ledgers)
            whole = not thorough or db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            whole = False
        if not whole:
            index.unlink()
            db = _connect(index)
            count = _make_if_unfinished(db, ledgers)
            warn(f"{index} was damaged and is made anew from {count} ledgers")
        with closing(db):
            yield db
    except (sqlite3.Error, OSError) as error:
        raise RecordError(f"{index}: the index of frames cannot be used ({error})") from None


def _connect(index: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(index, timeout=PATIENCE_S, isolation_level=None)


def _make_if_unfinished(db: sqlite3.Connection, ledgers: Callable[[], Ledgers]) -> int:
    if db.execute("PRAGMA user_version").fetchone() == (FORMAT,):
        return 0
    count = 0
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another job may have made it while this one waited.
        if db.execute("PRAGMA user_version").fetchone() != (FORMAT,):
            for statement in filter(str.strip, TABLES.split(";")):
                db.execute(statement)
            for stack, noted, entries in ledgers():
                _put(db, stack, noted, entries)
                count += 1
            db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return count


def _put(db: sqlite3.Connection, stack: str, noted: str, entries: Iterable[Entry]) -> None:
    db.execute("DELETE FROM frames WHERE stack = ?", (stack,))
    db.execute(
        "INSERT INTO stacks (stack, ledger) VALUES (?, ?) "
        "ON CONFLICT (stack) DO UPDATE SET ledger = excluded.ledger",
        (stack, noted),
    )
    db.executemany(
        "INSERT OR IGNORE INTO frames VALUES (?, ?, ?)",
        [(one.sha256, stack, _text(one.file)) for one in entries if one.status == USED],
    )


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def put(db: sqlite3.Connection, stack: str, noted: str, entries: Iterable[Entry]) -> None:
    """Note the used frames of a stack in place of what was known of it.

    Parameters
    ----------
    noted : by which it is known whether the ledger is still the same
    """
    db.execute("BEGIN IMMEDIATE")
    _put(db, stack, noted, entries)
    db.execute("COMMIT")


def noted_of(ledger: Path) -> str:
    """Time and size of a ledger, by which a later one is told from it; empty if there is none."""
    try:
        found = ledger.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size}"


def ledgers_of_tree(specimens: Path) -> Ledgers:
    """The ledgers of all stacks below a master folder; damaged ones are left out."""
    for ledger in sorted(specimens.glob("*/*/frames.csv")):
        try:
            stack = ledger.parent.relative_to(specimens).as_posix()
            yield stack, noted_of(ledger), read_ledger(ledger)
        except RecordError:
            continue


def ledgers_of_archive(root: Path) -> Ledgers:
    """The ledgers of the newest versions of all objects; those that cannot be read are left out."""
    if not (root / ocfl.ROOT_DECLARATION[0]).is_file():
        return
    for folder in ocfl.object_folders(root):
        try:
            identifier = ocfl.read_inventory(folder).identifier
            yield identifier, "", archived_entries(folder)
        except RecordError:
            continue


def archived_entries(folder: Path) -> list[Entry]:
    """The ledger in an object's newest version; empty if there is none."""
    inventory = ocfl.read_inventory(folder)
    digest = inventory.state().get("frames.csv")
    return read_ledger(folder / inventory.content_path(digest)) if digest else []


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
    if remember:
        with opened(
            specimens / OF_LEDGERS, lambda: ledgers_of_tree(specimens), thorough=True
        ) as db:
            return _refreshed(db, specimens, rows)
    with closing(_connect(":memory:")) as db:
        try:
            if (specimens / OF_LEDGERS).is_file():
                with closing(
                    sqlite3.connect(f"file:{specimens / OF_LEDGERS}?mode=ro", uri=True)
                ) as kept:
                    kept.backup(db)
        except sqlite3.Error:
            return {}
        _make_if_unfinished(db, lambda: ledgers_of_tree(specimens))
        return _refreshed(db, specimens, rows)


def _refreshed(
    db: sqlite3.Connection, specimens: Path, rows: Mapping[str, Row]
) -> dict[str, list[Twin]]:
    db.execute("BEGIN IMMEDIATE")
    known = {
        stack: (ledger, row, reason)
        for stack, ledger, row, reason in db.execute("SELECT * FROM stacks")
    }
    for stack in known.keys() | rows.keys():
        ledger = specimens / stack / "frames.csv"
        noted = noted_of(ledger)
        before = known.get(stack, ("", None, None))
        if noted != (before[0] or ""):
            try:
                _put(db, stack, noted, read_ledger(ledger) if noted else [])
            except RecordError:
                _put(db, stack, noted, [])
        row = rows.get(stack)
        now = (row.number, row.shared) if row else (None, None)
        if now != before[1:]:
            db.execute(
                "INSERT INTO stacks (stack, row, reason) VALUES (?, ?, ?) ON CONFLICT (stack) "
                "DO UPDATE SET row = excluded.row, reason = excluded.reason",
                (stack, *now),
            )
    db.execute("COMMIT")
    twice = db.execute(
        "SELECT f.stack, g.stack, sg.row, f.file, g.file "
        "FROM (SELECT sha256 FROM frames GROUP BY sha256 HAVING COUNT(*) > 1) "
        "JOIN frames AS f USING (sha256) JOIN frames AS g USING (sha256) "
        "JOIN stacks AS sf ON sf.stack = f.stack JOIN stacks AS sg ON sg.stack = g.stack "
        "WHERE sf.reason IS NULL AND sg.row < sf.row ORDER BY sf.row, sg.row, f.file"
    )
    return _gathered(twice)


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
    if (specimens / OF_LEDGERS).is_file():
        with opened(*_of_tree(specimens)) as db:
            rows = dict(db.execute("SELECT stack, row FROM stacks WHERE row IS NOT NULL"))
            row = rows.get(stack)
            in_sheet = {identifier.removesuffix(stack) + one for one in rows}
            for other in _others(db, stack, own):
                ledger = specimens / other / "frames.csv"
                held = _confirmed(own, partial(read_ledger, ledger))
                # What is in no row any more may be this very stack under its former name.
                if held and other in rows:
                    twin = Twin(other, rows[other], held)
                    (above if row is None or rows[other] < row else below).append(twin)
    if (root / ocfl.ROOT_DECLARATION[0]).is_file():
        with opened(*_of_archive(root)) as db:
            for other in _others(db, identifier, own):
                folder = root / ocfl.object_path(other)
                held = _confirmed(own, partial(archived_entries, folder))
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


def note_ledger(specimens: Path, stack: str) -> None:
    """Note the ledger that a stack has now in the index of ledgers, where there is one."""
    if (specimens / OF_LEDGERS).is_file():
        ledger = specimens / stack / "frames.csv"
        with opened(*_of_tree(specimens)) as db:
            put(db, stack, noted_of(ledger), read_ledger(ledger))


def note_object(root: Path, identifier: str) -> None:
    """Note the ledger that an object's newest version holds in the archive's index."""
    with opened(*_of_archive(root)) as db:
        put(db, identifier, "", archived_entries(root / ocfl.object_path(identifier)))
