"""Tables of all archived pictures: Audiovisual Core as CSV, and a Darwin Core archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from records import darwincore, ocfl
from records.errors import RecordError
from records.files import read_record, replacing
from records.ledger import used_frames
from records.places import refuse_outputs
from step import progress, run


def main(argv: list[str]) -> None:
    """Read every object's newest version and write the tables."""
    asked = _arguments().parse_args(argv)
    refuse_outputs(asked, "table", "dwca")
    media: list[dict[str, str]] = []
    sheets: list[dict[str, str]] = []
    for folder in ocfl.object_folders(asked.archive):
        inventory = ocfl.read_inventory(folder)
        state = inventory.state()
        records = [path for path in state if path.startswith("archival/") and path[-5:] == ".json"]
        if not records:
            progress(f"note: {inventory.identifier} has no master and is left out")
            continue
        record = read_record(folder / inventory.content_path(state[records[0]]), "master")
        sheet = {"specimen": record["specimen"]}
        if "sheet.json" in state:
            sheet |= read_record(folder / inventory.content_path(state["sheet.json"]), "sheet")
        taken = _taken(folder / inventory.content_path(state["frames.csv"]))
        sheets.append(sheet)
        media += darwincore.media_rows(
            inventory.identifier, state, sheet, record, taken, asked.language
        )
    without = darwincore.lacking(media)
    if without and asked.rights == "required":
        raise RecordError(
            f"{len(without)} pictures have neither rights nor licence_url, {without[0]} first; "
            "fill in the sheet, or publish without with --rights optional"
        )
    media.sort(key=lambda row: row["identifier"])
    sheets.sort(key=lambda sheet: sheet["specimen"])
    with replacing(asked.table) as partial:
        partial.write_bytes(darwincore.table(["specimen", *darwincore.MEDIA], media))
    if asked.dwca:
        with replacing(asked.dwca) as partial:
            darwincore.write_archive(partial, darwincore.occurrence_rows(sheets), media)
    progress(f"{len(media)} pictures of {len({row['specimen'] for row in media})} specimens listed")


def _taken(ledger: Path) -> dict[str, str]:
    frames = used_frames(ledger)
    cameras = sorted({frame.camera for frame in frames if frame.camera})
    moments = sorted(frame.taken_at for frame in frames if frame.taken_at)
    return {"camera": " | ".join(cameras), "created": moments[0] if moments else ""}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--table", type=Path, required=True, help="CSV to write")
    parser.add_argument("--dwca", type=Path, help="Darwin Core archive (ZIP) to write")
    parser.add_argument("--language", default="en", help="of captions (default: %(default)s)")
    parser.add_argument(
        "--rights",
        choices=("required", "optional"),
        default="required",
        help="whether a picture without rights or licence stops the tables",
    )
    return parser


if __name__ == "__main__":
    run(main)
