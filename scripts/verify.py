"""Verify the archive: read every bit of every object and compare it with the inventories."""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from records import fixity, restoring
from records.errors import RecordError
from records.places import refuse_outputs
from step import progress, run

COLUMNS = ("object", "path", "version", "files", "size_bytes", "verdict", "faults")
SECONDS_BETWEEN_LINES = 10
# What an interrupted run has found is believed for this long.
DAYS_VALID = 7


@dataclass
class Tally:
    """What has been verified so far; `before` counts objects of an interrupted run."""

    before: int = 0
    objects: int = 0
    files: int = 0
    size_bytes: int = 0
    faulty: int = 0


def main(argv: list[str]) -> None:
    """Verify objects one by one, each into the report as soon as it is done."""
    asked = _arguments().parse_args(argv)
    refuse_outputs(asked, "report")
    started = time.monotonic()
    folders = restoring.find_objects(asked.archive, asked.object)
    partial = asked.report.with_name(f"{asked.report.name}.unfinished")
    if asked.afresh or _is_old(partial):
        partial.unlink(missing_ok=True)
    done = _verified_before(partial)
    tally = Tally(before=len(done))
    if done:
        progress(f"{len(done)} objects were verified before an interruption; going on after them "
                 f"(--afresh starts over)")  # fmt: skip
    faults = [] if asked.object else fixity.check_root(asked.archive)
    if asked.receipts:
        faults += fixity.check_receipts(asked.archive, asked.receipts)
    for fault in faults:
        progress(f"warning: {fault}")
    asked.report.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("w", encoding="utf-8", newline="") as opened:
        report = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
        report.writeheader()
        report.writerows(done.values())
        opened.flush()
        said = started
        wanted = (folder for folder in folders if _relative(folder, asked.archive) not in done)
        for folder, verdict in _checked(asked.archive, wanted, asked.threads):
            report.writerow(_row(_relative(folder, asked.archive), verdict))
            opened.flush()
            _count(tally, verdict)
            if time.monotonic() - said > SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                progress(_summary(tally, said - started))
        for fault in faults:
            report.writerow({"path": ".", "verdict": "faulty", "faults": fault})
        os.fsync(opened.fileno())
    partial.replace(asked.report)
    for note in fixity.unfinished(asked.archive):
        progress(f"note: {note}")
    progress(_summary(tally, time.monotonic() - started))
    if tally.faulty or faults:
        more = f", and {len(faults)} faults of the root and the receipts" if faults else ""
        raise RecordError(
            f"{asked.archive}: {tally.faulty} of {tally.objects} objects are faulty{more}; each "
            f"is told in {asked.report}; bring them back from another copy of the archive"
        )


def _checked(
    root: Path, folders: Iterator[Path], threads: int
) -> Iterator[tuple[Path, fixity.Verdict]]:
    """Verdicts in the order of the folders, a few objects ahead and no more."""
    waiting: deque[tuple[Path, Future[fixity.Verdict]]] = deque()
    with ThreadPoolExecutor(threads) as workers:
        for folder in folders:
            waiting.append((folder, workers.submit(fixity.check_object, root, folder)))
            if len(waiting) > 2 * threads:
                first, verdict = waiting.popleft()
                yield first, verdict.result()
        while waiting:
            first, verdict = waiting.popleft()
            yield first, verdict.result()


def _is_old(partial: Path) -> bool:
    return partial.exists() and time.time() - partial.stat().st_mtime > DAYS_VALID * 86400


def _verified_before(partial: Path) -> dict[str, dict]:
    """Rows of an interrupted run that found nothing wrong; a last, torn row is not among them."""
    if not partial.exists():
        return {}
    with partial.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row.get("verdict") == "whole"]
    return {row["path"]: {column: row[column] for column in COLUMNS} for row in rows}


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
        progress(f"warning: {verdict.identifier or 'unknown object'}: {fault}")


def _relative(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


def _summary(tally: Tally, seconds: float) -> str:
    rate = tally.size_bytes / 1e6 / max(seconds, 1e-9)
    return (
        f"{tally.objects} objects, {tally.files} files, {tally.size_bytes / 1e9:.3f} GB verified "
        f"in {seconds:.1f} s ({rate:.0f} MB/s), {tally.faulty} faulty"
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--report", type=Path, required=True, help="CSV, one row per object")
    parser.add_argument(
        "--object", nargs="*", default=[], metavar="ID", help="only these (default: all)"
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
