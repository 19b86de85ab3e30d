"""Verify the archive: read every bit of every object and compare it with the inventories."""

from __future__ import annotations

import argparse
import csv
import fcntl
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from reading import RESULTS, add_archive, find_folders, find_root
from records.archive import fixity
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.log import note, progress, warn
from step import run

COLUMNS = ("object", "path", "version", "files", "size_bytes", "verdict", "faults")
# While it is being written, also what an object's folder was like before it was read.
STATE = "state"
SECONDS_BETWEEN_LINES = 10
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


def main(argv: list[str]) -> None:
    """Verify objects one by one, each into the report as soon as it is done."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "report")
    started = said = time.monotonic()
    root = find_root(options)
    folders = find_folders(root, options.object)
    faults = [] if options.object else fixity.check_root(root)
    if options.receipts:
        faults += fixity.check_receipts(root, options.receipts)
    for fault in faults:
        warn(fault)
    with _unfinished(options) as (opened, before):
        report = csv.DictWriter(opened, (*COLUMNS, STATE), lineterminator="\n")
        report.writeheader()
        known = {path: row for path, row in before.items() if _is_untouched(root / path, row)}
        report.writerows(known.values())
        opened.flush()
        tally = Tally(before=len(known))
        wanted = (folder for folder in folders if _relative(folder, root) not in known)
        for folder, state, verdict in _checked(root, wanted, options.threads):
            report.writerow(_row(_relative(folder, root), verdict) | {STATE: state})
            opened.flush()
            _count(tally, verdict)
            if time.monotonic() - said > SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                progress(_summary(tally, said - started))
        _write_report(options.report, opened, faults)
    if tally.before:
        progress(f"{tally.before} more were verified before an interruption and have not been "
                 "written to since (--afresh reads them again)")  # fmt: skip
    for remark in fixity.unfinished(root):
        note(remark)
    progress(_summary(tally, time.monotonic() - started))
    if tally.faulty or faults:
        more = f", and {len(faults)} faults of the root and the receipts" if faults else ""
        raise RecordError(
            f"{root}: {tally.faulty} of {tally.objects} objects are faulty{more}; each "
            f"is told in {options.report}; bring them back from another copy of the archive"
        )


@contextmanager
def _unfinished(options: argparse.Namespace) -> Iterator[tuple[TextIO, dict[str, dict]]]:
    """The file that is written row by row, open and empty, and what an interrupted run left in it.

    A run over some objects has one of its own, and never goes on.

    Raises
    ------
    RecordError
        Another verification writes the same report.
    """
    report, some = options.report, ".some" if options.object else ""
    partial = report.with_name(f"{report.name}{some}.unfinished")
    report.parent.mkdir(parents=True, exist_ok=True)
    is_old = partial.exists() and time.time() - partial.stat().st_mtime > DAYS_VALID * 86400
    with partial.open("a+", encoding="utf-8", newline="") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordError(
                f"{report}: another verification is writing it; wait until it has ended, or name "
                "another file with --report"
            ) from None
        before = {} if some or options.afresh or is_old else _verified_before(opened)
        opened.truncate(0)
        yield opened, before
        partial.unlink()


def _write_report(report: Path, unfinished: TextIO, faults: list[str]) -> None:
    """The report for people, from all rows that were written."""
    unfinished.seek(0)
    with replacing(report) as partial, partial.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.DictWriter(opened, COLUMNS, lineterminator="\n", extrasaction="ignore")
        rows.writeheader()
        rows.writerows(csv.DictReader(unfinished))
        rows.writerows({"path": ".", "verdict": "faulty", "faults": fault} for fault in faults)


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


def _verified_before(unfinished: TextIO) -> dict[str, dict]:
    """Rows of an interrupted run that found nothing wrong; a last, torn row is not among them."""
    unfinished.seek(0)
    columns = (*COLUMNS, STATE)
    rows = [row for row in csv.DictReader(unfinished) if row.get("verdict") == "whole"]
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


def _count(tally: Tally, verdict: fixity.Verdict) -> None:
    tally.objects += 1
    tally.files += verdict.files
    tally.size_bytes += verdict.size_bytes
    tally.faulty += bool(verdict.faults)
    for fault in verdict.faults:
        warn(f"{verdict.identifier or 'unknown object'}: {fault}")


def _relative(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


def _summary(tally: Tally, seconds: float) -> str:
    rate = tally.size_bytes / 1e6 / max(seconds, 1e-9)
    return (
        f"{tally.objects} objects, {tally.files} files, {tally.size_bytes / 1e9:.3f} GB verified "
        f"in {seconds:.1f} s ({rate:.0f} MB/s), {tally.faulty} faulty"
    )


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive(parser)
    parser.add_argument(
        "--report",
        type=Path,
        default=RESULTS / "verify.csv",
        help="CSV, one row per object (default: %(default)s)",
    )
    parser.add_argument(
        "--receipts", type=Path, help="folder of the specimens, whose receipts are checked too"
    )
    parser.add_argument(
        "--afresh",
        action="store_true",
        help=f"do not go on where a run stopped that was interrupted in the last {DAYS_VALID} days",
    )
    parser.add_argument("--threads", type=int, default=2, help="objects verified at a time")
    return parser


if __name__ == "__main__":
    run(main)
