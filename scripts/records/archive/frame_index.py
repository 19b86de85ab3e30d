"""Which stack has a frame of this hash? An index, of ledgers that know it.

One index lies in the master folder, of the sheet's ledgers; one in the archive, of the ledgers of
its objects. Neither is a truth of its own: each is made from the ledgers whenever it is not there
or is damaged. SQLite, of Python's own library, is taken for its transactions: many jobs write at a
time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from records.archive import ocfl
from records.archive.holding import Holding, open_holding
from records.errors import RecordError
from records.layout import LEDGER
from records.ledger.table import USED, Entry, read_ledger
from records.log import warn

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


def of_tree(specimens: Path, thorough: bool = False) -> AbstractContextManager[sqlite3.Connection]:
    """The index of the ledgers below a master folder: see `_opened`."""
    return _opened(specimens / OF_LEDGERS, lambda: ledgers_of_tree(specimens), thorough)


def of_archive(root: Path) -> AbstractContextManager[sqlite3.Connection]:
    """The index of the ledgers of an archive's objects: see `_opened`."""
    return _opened(root / OF_OBJECTS, lambda: ledgers_of_archive(root))


def copy_of_tree(specimens: Path) -> sqlite3.Connection:
    """The index of a master folder in memory, where none may be written.

    Raises
    ------
    sqlite3.Error : the index that is there is damaged
    """
    index, db = specimens / OF_LEDGERS, _connect(":memory:")
    if index.is_file():
        with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as kept:
            kept.backup(db)
    _make_if_unfinished(db, lambda: ledgers_of_tree(specimens))
    return db


@contextmanager
def _opened(
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
                put(db, stack, noted, entries)
                count += 1
            db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
    except BaseException:
        # After an error of the disk SQLite has done so itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return count


def put(db: sqlite3.Connection, stack: str, noted: str, entries: Iterable[Entry]) -> None:
    """Note, within a transaction, the used frames of a stack in place of what was known of it.

    Parameters
    ----------
    noted : by which it is known whether the ledger is still the same
    """
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


def note_ledger(specimens: Path, stack: str) -> None:
    """Note the ledger that a stack has now in the index of ledgers, where there is one."""
    if (specimens / OF_LEDGERS).is_file():
        ledger = specimens / stack / LEDGER
        with of_tree(specimens) as db:
            _put_alone(db, stack, noted_of(ledger), read_ledger(ledger))


def note_object(root: Path, identifier: str) -> None:
    """Note the ledger that an object's newest version holds in the archive's index."""
    with of_archive(root) as db:
        _put_alone(db, identifier, "", archived_entries(root, identifier))


def _put_alone(db: sqlite3.Connection, stack: str, noted: str, entries: Iterable[Entry]) -> None:
    db.execute("BEGIN IMMEDIATE")
    put(db, stack, noted, entries)
    db.execute("COMMIT")


def noted_of(ledger: Path | str) -> str:
    """Time and size of a ledger, by which a later one is told from it; empty if there is none."""
    try:
        found = os.stat(ledger)  # noqa: PTH116 - a Path for each of 50,000 takes seconds
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size}"


def ledgers_of_tree(specimens: Path) -> Ledgers:
    """The ledgers of all stacks below a master folder; damaged ones are left out."""
    for ledger in sorted(specimens.glob(f"*/*/{LEDGER}")):
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
            holding = open_holding(folder)
            yield holding.inventory.identifier, "", _entries_in(holding)
        except RecordError:
            continue


def archived_entries(root: Path, identifier: str) -> list[Entry]:
    """The ledger in an object's newest version; empty if there is none."""
    return _entries_in(open_holding(root / ocfl.object_path(identifier)))


def _entries_in(holding: Holding) -> list[Entry]:
    return read_ledger(holding.file(LEDGER)) if LEDGER in holding.state else []
