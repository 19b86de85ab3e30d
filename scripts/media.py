"""Tables of all archived pictures: Audiovisual Core as CSV, and a Darwin Core archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from reading import RESULTS, add_archive, find_root, find_stacks, going_on, refuse_failed, settings
from records.errors import RecordError
from records.files import refuse_outputs, replacing, write_table
from records.layout import SHEET_ROW
from records.ledger.table import used_frames
from records.log import progress
from records.metadata import darwincore, description
from records.sheet.settings import add_settings
from step import run


def main(argv: list[str]) -> None:
    """Read every object's newest version and write the tables."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "table", "dwca")
    media: list[dict[str, str]] = []
    sheets: dict[str, list[dict[str, str]]] = {}
    failed: list[str] = []
    for holding in find_stacks(find_root(options), options.object, failed):
        identifier = holding.inventory.identifier
        with going_on(identifier, failed):
            record = holding.master()
            row = description.published(holding.record(SHEET_ROW, "sheet"))
            record["metadata"] = description.newest(record, row)
            sheet = {"specimen": record["specimen"]} | row
            taken = _taken(holding.file("frames.csv"))
            about = (identifier, holding.state, sheet, record, taken, options.language)
            rows = darwincore.media_rows(*about)
            # Who contradicts another view of the specimen is named, and the others go on.
            views = sheets.setdefault(sheet["specimen"], [])
            darwincore.occurrence_rows([*views, sheet])
            views.append(sheet)
            media += rows
    without = darwincore.lacking(media)
    if without and options.rights == "required":
        raise RecordError(
            f"{len(without)} pictures have neither rights nor licence_url, {without[0]} first; "
            "fill in the sheet, or publish without with --rights optional"
        )
    media.sort(key=lambda row: row["identifier"])
    views = [sheet for _, known in sorted(sheets.items()) for sheet in known]
    # For people; the archive, for programs, has every word as it is.
    write_table(options.table, ["specimen", *darwincore.MEDIA], media)
    dwca = options.dwca or options.table.with_name("dwca.zip")
    with replacing(dwca) as partial:
        darwincore.write_archive(partial, darwincore.occurrence_rows(views), media)
    progress(
        f"{len(media)} pictures of {len({row['specimen'] for row in media})} specimens listed in "
        f"{options.table} and {dwca}"
    )
    refuse_failed(failed, "listed")


def _taken(ledger: Path) -> dict[str, str]:
    frames = used_frames(ledger)
    cameras = sorted({frame.camera for frame in frames if frame.camera})
    moments = sorted(frame.taken_at for frame in frames if frame.taken_at)
    return {"camera": " | ".join(cameras), "created": moments[0] if moments else ""}


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
    add_settings(parser, "media", instead=settings("media"))
    return parser


if __name__ == "__main__":
    run(main)
