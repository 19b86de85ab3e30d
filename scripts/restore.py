"""Restore an archived stack to a working folder, every file compared with its digest."""

from __future__ import annotations

from step import run

import argparse
from datetime import datetime
from pathlib import Path

from records import layout
from records.archive import restoring
from records.archive.options import add_object, object_of
from records.archive.putting_back import put_back
from records.errors import RecordError
from records.layout import RECEIPT, is_reduced
from records.locks import writing
from records.log import progress
from records.record import write_record


def main(argv: list[str]) -> None:
    """Restore one version of one stack."""
    options = arguments().parse_args(argv)
    with writing(options.stack, alone=True):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    identifier = object_of(options)
    folder, inventory = restoring.find_object(options.archive, identifier)
    newest = options.version in (None, inventory.head)
    if options.put_back:
        if not newest or not options.stack.is_dir():
            raise RecordError(
                f"{options.stack}: --put-back brings raws and master of the newest version to a "
                "working folder that is there"
            )
        restored, aside = put_back(folder, inventory, options.stack)
        for name in aside:
            progress(f"set aside: {options.stack / name}")
        progress(f"{identifier}: {len(restored)} files put back, proven")
        return
    if not newest and is_reduced(options.stack):
        raise RecordError(
            f"{options.stack}: is the working folder, which the newest version goes back to; "
            "restore an earlier one to a folder of its own"
        )
    created = datetime.fromisoformat(inventory.version(options.version)["created"])
    with restoring.built_beside(options.stack) as partial:
        copied = restoring.copy_version(
            folder,
            inventory,
            partial,
            options.version,
            lambda path: (
                not layout.is_of_the_folder(path)
                and (options.with_records or not layout.is_companion(path))
            ),
        )
        restoring.make_writable(partial, copied)
        if newest:
            receipt = restoring.receipt(options.archive, folder, inventory)
            write_record(partial / RECEIPT, "receipt", receipt)
        restoring.give_times(partial, created.timestamp())
    version = options.version or inventory.head
    progress(f"{identifier}: {len(copied)} files of v{version} restored to {options.stack}, proven")


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_object(parser)
    parser.add_argument(
        "--stack", type=Path, required=True, help="folder to make, or a reduced one"
    )
    parser.add_argument("--version", type=int, help="number of a version (default: the newest)")
    parser.add_argument(
        "--put-back",
        action="store_true",
        help="only raws and master that are missing or changed; what they replace is set aside",
    )
    parser.add_argument(
        "--with-records",
        action="store_true",
        help="also the version's provenance, logs and configuration",
    )
    return parser


if __name__ == "__main__":
    run(main)
