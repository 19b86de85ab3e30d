"""Verify an archive object by object, each into the report as soon as it is done.

An interrupted run is gone on with: what it had read, and what has not been written to since, is
believed for some days. It is believed of this very archive alone, on this very disk: an unfinished
report says first of which it is, and that of another is begun anew.
"""

from __future__ import annotations

import csv
import fcntl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

from records.archive import fixity
from records.errors import RecordError
from records.files import plain_file, write_table
from records.log import progress, warn

COLUMNS = ("object", "path", "version", "files", "size_bytes", "verdict", "faults")
# While it is being written, also what an object's folder was like before it was read.
STATE = "state"
SECONDS_BETWEEN_LINES = 10
# Of the first row there, which says of which archive it is.
_OF = "of this archive"
# What an interrupted run has found is believed for this long.
DAYS_VALID = 7


@dataclass
class Tally:
    """What has been verified so far; `before` counts objects that an interrupted run had read."""

    before: int = 0
    objects: int = 0
    files: int = 0
    size_bytes: int = 0
    faulty: int = 0

    def add(self, verdict: fixity.Verdict) -> None:
        """Count an object, and warn of its faults."""
        self.objects += 1
        self.files += verdict.files
        self.size_bytes += verdict.size_bytes
        self.faulty += bool(verdict.faults)
        for fault in verdict.faults:
            warn(f"{verdict.identifier or 'unknown object'}: {fault}")

    def summary(self, seconds: float) -> str:
        """The numbers in a line; `seconds` is how long it took."""
        rate = self.size_bytes / 1e6 / max(seconds, 1e-9)
        objects = "1 object" if self.objects == 1 else f"{self.objects} objects"
        return (
            f"{objects}, {self.files} files, {self.size_bytes / 1e9:.3f} GB verified "
            f"in {seconds:.1f} s ({rate:.0f} MB/s), {self.faulty} faulty"
        )


def verify(
    root: Path,
    folders: Iterator[Path],
    report: Path,
    faults: Sequence[str] = (),
    *,
    is_partial: bool = False,
    afresh: bool = False,
    threads: int = 2,
) -> Tally:
    """Read every bit of the objects in `folders` and write what was found.

    Parameters
    ----------
    root : of the archive
    report : CSV, one row per object
    faults : of the root itself, which stand in the report as well
    is_partial : whether only some objects are verified; such a run never goes on
    afresh : whether what an interrupted run had read is read again
    threads : objects verified at a time

    Raises
    ------
    RecordError
        Another verification writes the same report.
    """
    started = shown = time.monotonic()
    this = {"path": ".", "verdict": _OF, STATE: fixity.root_on_disk(root)}
    with _unfinished(report, this, is_partial, afresh) as (opened, before):
        rows = csv.DictWriter(opened, (*COLUMNS, STATE), lineterminator="\n")
        rows.writeheader()
        rows.writerow(this)
        known = {path: row for path, row in before.items() if _is_untouched(root / path, row)}
        rows.writerows(known.values())
        opened.flush()
        tally = Tally(before=len(known))
        wanted = (folder for folder in folders if _relative(folder, root) not in known)
        for folder, state, verdict in _checked(root, wanted, threads):
            rows.writerow(_row(_relative(folder, root), verdict) | {STATE: state})
            opened.flush()
            tally.add(verdict)
            if time.monotonic() - shown > SECONDS_BETWEEN_LINES:
                shown = time.monotonic()
                progress(tally.summary(shown - started))
        opened.seek(0)
        read = (
            {name: row[name] for name in COLUMNS}
            for row in csv.DictReader(opened)
            if row["verdict"] != _OF
        )
        of_root = [{"path": ".", "verdict": "faulty", "faults": fault} for fault in faults]
        write_table(report, COLUMNS, chain(read, of_root))
    return tally


@contextmanager
def _unfinished(
    report: Path, this: dict[str, str], is_partial: bool, afresh: bool
) -> Iterator[tuple[TextIO, dict[str, dict]]]:
    """The file that is written row by row, open and empty, and what an interrupted run left in it.

    A run over some objects has one of its own.

    Parameters
    ----------
    this : the row by which it is known of which archive it is
    """
    some = ".some" if is_partial else ""
    partial = report.with_name(f"{report.name}{some}.unfinished")
    report.parent.mkdir(parents=True, exist_ok=True)
    is_old = partial.exists() and time.time() - partial.stat().st_mtime > DAYS_VALID * 86400
    with open(partial, "a+", encoding="utf-8", newline="", opener=plain_file) as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordError(
                f"{report}: another verification is writing it; wait until it has ended, or name "
                "another file with --report"
            ) from None
        before = {} if some or afresh or is_old else _verified_before(opened, this, report)
        opened.truncate(0)
        yield opened, before
        partial.unlink()


def _checked(
    root: Path, folders: Iterator[Path], threads: int
) -> Iterator[tuple[Path, str, fixity.Verdict]]:
    """What folders were like, and verdicts, in their order; a few ahead and no more."""
    waiting: deque[tuple[Path, str, Future[fixity.Verdict]]] = deque()
    with ThreadPoolExecutor(threads) as workers:
        for folder in folders:
            state = fixity.state_on_disk(folder)
            waiting.append((folder, state, workers.submit(fixity.check_object, root, folder)))
            if len(waiting) > 2 * threads:
                first, state, verdict = waiting.popleft()
                yield first, state, verdict.result()
        while waiting:
            first, state, verdict = waiting.popleft()
            yield first, state, verdict.result()


def _is_untouched(folder: Path, row: dict) -> bool:
    """Whether an object that was verified has not been written to since."""
    return row[STATE] not in ("", None) and fixity.state_on_disk(folder) == row[STATE]


def _verified_before(unfinished: TextIO, this: dict[str, str], report: Path) -> dict[str, dict]:
    """Rows of an interrupted run that found nothing wrong; a last, torn row is not among them."""
    unfinished.seek(0)
    columns = (*COLUMNS, STATE)
    try:
        said = list(csv.DictReader(unfinished))
    except (csv.Error, ValueError):
        said = [{}]
    if not said:
        return {}
    if said[0].get("verdict") != _OF or said[0].get(STATE) != this[STATE]:
        warn(
            f"{report}: the run that was interrupted was of another archive, or of another disk in "
            "its place; nothing that it read is believed, all is read"
        )
        return {}
    rows = [row for row in said if row.get("verdict") == "whole"]
    return {
        row["path"]: {column: row[column] for column in columns}
        for row in rows
        if all(row.get(column) is not None for column in columns)
    }


def _row(path: str, verdict: fixity.Verdict) -> dict:
    return {
        "object": verdict.identifier,
        "path": path,
        "version": verdict.version,
        "files": verdict.files,
        "size_bytes": verdict.size_bytes,
        "verdict": "faulty" if verdict.faults else "whole",
        "faults": " | ".join(verdict.faults),
    }


def _relative(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()
