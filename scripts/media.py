"""Tables of archived pictures for those who take them over: museums' databases, GBIF.

Audiovisual Core as CSV and a Darwin Core archive of it. What a receiver asks for and the sheet does
not say is left empty, and told in a sentence for each stack.
"""

from __future__ import annotations

from step import run

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from archived_stack import read_stack
from reading import RESULTS, add_archive, find_root, find_stacks, going_on, refuse_failed, settings
from records.errors import RecordError
from records.files import refuse_outputs, replacing, write_bytes, write_table
from records.handover import audiovisual, dwca, eml, lacking, manifest
from records.handover.lacking import Lack
from records.handover.receivers import RECEIVERS
from records.handover.stack import Stack
from records.log import progress, warn
from records.metadata.darwincore import MEDIA
from records.sheet.settings import add_settings, settings_of


def main(argv: list[str]) -> None:
    """Read every object's newest version and write the tables."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "table", "dwca", "handover")
    known = settings_of(options, "media")
    # Read first: it may be the one that is about to be written again.
    before = manifest.read_manifest(options.since) if options.since else None
    root = find_root(options)
    failed: list[str] = []
    stacks: list[Stack] = []
    sheets: dict[str, list[dict[str, str]]] = {}
    for holding in find_stacks(root, options.object, failed):
        with going_on(holding.inventory.identifier, failed):
            stack = read_stack(holding, root, known["address"])
            # Who contradicts another view of the specimen is named, and the others go on.
            views = sheets.setdefault(stack.specimen, [])
            sheet = {"specimen": stack.specimen} | stack.words
            dwca.occurrence_rows([*views, sheet])
            views.append(sheet)
            stacks.append(stack)
    media = [row for stack in stacks for row in audiovisual.media_rows(stack, known["language"])]
    without = audiovisual.without_rights(media)
    if without and known["rights"] == "required":
        raise RecordError(
            f"{len(without)} pictures have neither rights nor licence_url, {without[0]} first; "
            "fill in the sheet, or publish without with --rights optional"
        )
    media.sort(key=lambda row: row["identifier"])
    # For people; the archive, for programs, has every word as it is.
    write_table(options.table, ["specimen", *MEDIA, *audiovisual.FIGURES], media)
    archive = options.dwca or options.table.with_name("dwca.zip")
    views = [sheet for _, known in sorted(sheets.items()) for sheet in known]
    with replacing(archive) as partial:
        dwca.write_archive(partial, dwca.occurrence_rows(views), media, known)
    progress(
        f"{len(media)} pictures of {len(sheets)} specimens listed in {options.table} and {archive}"
    )
    folder = options.handover or options.table.with_name("handover")
    lacks = [one for stack in stacks for one in lacking.asked("GBIF", stack, dwca.ASKED)]
    for name in known["receivers"]:
        rows, of_it = RECEIVERS[name].rows(stacks)
        # For a program: every word as it is.
        write_bytes(folder / f"{name}.csv", dwca.table(list(RECEIVERS[name].columns), rows))
        progress(f"{len(rows)} of {len(stacks)} stacks are in {folder / name}.csv")
        lacks += of_it
    _tell(lacks, len(stacks), folder)
    if before is not None:
        told = {stack.identifier for stack in stacks} if options.object else failed
        media += manifest.kept(before, told, is_whole=not options.object)
        found = manifest.changes(before, media)
        write_table(folder / "changes.csv", manifest.CHANGES, found)
        counts = Counter(one["change"] for one in found)
        said = ", ".join(f"{counts[kind]} {kind}" for kind in ("new", "changed", "gone"))
        progress(f"since {options.since}: {said}; they are listed in {folder / 'changes.csv'}")
    write_bytes(folder / "manifest.csv", dwca.table(manifest.COLUMNS, media))
    if unset := [f"media.{key}" for key in (*eml.NEEDED, *eml.ASKED) if not known[key]]:
        there = all(known[key] for key in eml.NEEDED)
        warn(
            f"GBIF asks for {', '.join(unset)} in the configuration; "
            f"{archive} has {'an' if there else 'no'} eml.xml{' without them' if there else ''}"
        )
    refuse_failed(failed, "listed")


def _tell(lacks: Sequence[Lack], stacks: int, folder: Path) -> None:
    """Write all that is lacking into a table, and say so, the first of each receiver in words."""
    told = folder / "lacking.csv"
    write_table(told, lacking.COLUMNS, [one.row() for one in lacks])
    for receiver in dict.fromkeys(one.receiver for one in lacks):
        of_it = [one for one in lacks if one.receiver == receiver]
        count = len({one.stack for one in of_it})
        warn(f"{count} of {stacks} stacks, {of_it[0].stack} first: {of_it[0].sentence} ({told})")


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive(parser)
    parser.add_argument(
        "--table",
        type=Path,
        default=RESULTS / "media.csv",
        help="CSV to write (default: %(default)s)",
    )
    parser.add_argument(
        "--dwca",
        type=Path,
        help="Darwin Core archive (ZIP) to write (default: dwca.zip beside the table)",
    )
    parser.add_argument(
        "--handover",
        type=Path,
        help="folder for the receivers' tables and what is lacking (default: handover beside the "
        "table)",
    )
    parser.add_argument(
        "--since",
        type=Path,
        metavar="MANIFEST",
        help="the manifest.csv of what was handed over before: changes.csv tells what differs",
    )
    add_settings(parser, "media", instead=settings("media"))
    return parser


if __name__ == "__main__":
    run(main)
