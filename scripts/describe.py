"""Correct how an archived stack is described, in a version that stores no pixel again.

The master, the derivatives and the raws stay the files that they are. The version brings the row of
the sheet, an XMP sidecar of the master with the newest words, and the provenance. It needs no
working folder; where there is one, reduced or not, it is brought to the same state.
"""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from records.archive import describing, restoring
from records.archive.holding import open_holding
from records.archive.options import add_object, object_of
from records.archive.versions import Reason
from records.files import write_bytes
from records.layout import RECEIPT, SHEET_ROW
from records.locks import writing
from records.log import progress
from records.metadata import description
from records.sheet.settings import add_settings


def main(argv: list[str]) -> None:
    """Add a version with the words given, unless the newest says so already."""
    options = arguments().parse_args(argv)
    is_there = options.stack and options.stack.exists()
    with writing(options.stack if is_there else None, alone=True):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    identifier = object_of(options)
    folder, _ = restoring.find_object(options.archive, identifier)
    held = open_holding(folder)
    inventory, master = held.inventory, held.master()
    words = dict(options.metadata)
    now = description.newest(master, held.record(SHEET_ROW, "sheet"))
    if now == description.newest(master, words):
        # Of one that was killed when its version was in place.
        describing.sweep(options.archive)
        progress(f"{identifier}: {inventory.content['head']} is described so already")
    else:
        reason = Reason(options.reason, options.user, options.user_address)
        inventory = describing.describe(options.archive, held, words, reason).inventory
        progress(f"{identifier}: {inventory.content['head']}: {inventory.version()['message']}")
    if options.stack and (options.stack / RECEIPT).is_file():
        describing.bring_to_newest(options.stack, options.archive, folder)
    if options.out:
        write_bytes(options.out, f"{inventory.digest}\n".encode())


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_object(parser)
    description.add_words(parser)
    parser.add_argument("--stack", type=Path, help="the working folder, reduced or not")
    parser.add_argument("--reason", default="Description corrected", help="(default: %(default)s)")
    add_settings(parser, "archive", only=("user", "user_address"))
    parser.add_argument("--out", type=Path, help="file to write when all is done")
    return parser


if __name__ == "__main__":
    run(main)
