"""Carry an archived stack from one archive to another as a BagIt bag."""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from records.archive import bags, restoring
from records.archive.bag_contents import refuse_other_raws
from records.archive.frame_index import note_object
from records.archive.options import add_object, object_of
from records.archive.versions import Reason, add_version
from records.log import progress


def main(argv: list[str]) -> None:
    """Export a version as a bag, or import one."""
    options = arguments().parse_args(argv)
    if options.command == "export":
        identifier = object_of(options)
        folder, inventory = restoring.find_object(options.archive, identifier)
        files = bags.write_bag(
            folder, inventory, options.bag, options.version, options.organization
        )
        progress(
            f"{identifier}: {files} files in the bag {options.bag}, proven against the archive"
        )
        return
    bag = bags.read_bag(options.bag)
    added = add_version(
        options.archive,
        bag.identifier,
        bag.files,
        Reason(
            f"Imported from a bag of {bag.version}, made by {bag.person}: {bag.message}",
            options.user,
        ),
        expected=bag.expected,
        differs=refuse_other_raws(bag.expected),
    )
    note_object(options.archive, bag.identifier)
    version = added.inventory.content["head"]
    progress(
        f"{bag.identifier}: {version} made from {options.bag}"
        if added.made
        else f"{bag.identifier}: {version} holds all that is in {options.bag} already"
    )


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    out = commands.add_parser("export", help="write a version as a bag")
    into = commands.add_parser("import", help="archive a bag as an object's next version")
    add_object(out)
    into.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    for command in (out, into):
        command.add_argument("--bag", type=Path, required=True, help="folder of the bag")
    out.add_argument("--version", type=int, help="number of a version (default: the newest)")
    out.add_argument("--organization", default="", help="Source-Organization of the bag")
    into.add_argument("--user", help="who imports it (default: the name logged in)")
    return parser


if __name__ == "__main__":
    run(main)
