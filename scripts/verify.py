"""Verify the archive: read every bit of every object and compare it with the inventories."""

from __future__ import annotations

from step import run

import argparse
import time
from pathlib import Path

from reading import RESULTS, add_archive, find_folders, find_root
from records.archive import fixity
from records.archive.verification import DAYS_VALID, verify
from records.errors import RecordError
from records.files import refuse_outputs
from records.log import note, progress, warn


def main(argv: list[str]) -> None:
    """Verify objects one by one, each into the report as soon as it is done."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "report")
    started = time.monotonic()
    root = find_root(options)
    folders = find_folders(root, options.object)
    faults = [] if options.object else fixity.check_root(root)
    if options.receipts:
        faults += fixity.check_receipts(root, options.receipts)
    for fault in faults:
        warn(fault)
    tally = verify(
        root,
        folders,
        options.report,
        faults,
        is_partial=bool(options.object),
        afresh=options.afresh,
        threads=options.threads,
    )
    if tally.before:
        progress(f"{tally.before} more were verified before an interruption and have not been "
                 "written to since (--afresh reads them again)")  # fmt: skip
    for remark in fixity.unfinished(root):
        note(remark)
    progress(tally.summary(time.monotonic() - started))
    if tally.faulty or faults:
        more = f", and {len(faults)} faults of the root and the receipts" if faults else ""
        many = f"{tally.faulty} of {tally.objects} objects are faulty"
        what = "the object is faulty" if tally.objects == tally.faulty == 1 else many
        raise RecordError(
            f"{root}: {what}{more}; what is wrong is told in {options.report}; bring it back "
            "from another copy of the archive"
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
