"""Archive a stack: raws, ledger, master and records as a version of its OCFL object."""

from __future__ import annotations

from step import run

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imaging.checks.barcodes import read_codes, read_codes_of_frame
from records import layout
from records.archive import package, restoring
from records.archive.archiving import Origin, archive_stack
from records.archive.known_frames import refuse_twins
from records.archive.options import add_known_in, add_object, object_of
from records.archive.versions import Reason
from records.files import refuse_outputs
from records.ledger.table import read_ledger
from records.locks import writing
from records.log import progress, warn
from records.metadata.identity import check_identity, numbered_alike
from records.provenance import inputs
from records.provenance.codes_seen import codes_seen
from records.provenance.master import read_verified
from records.record import read_record, write_record
from records.sheet.folder_names import catalog_number
from records.sheet.settings import add_cells, add_settings
from records.text import escaped


def main(argv: list[str]) -> None:
    """Archive one stack and write where it went."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(options.stack):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    if options.sheet:
        row = package.sheet_row(options.sheet, options.specimen, options.view)
        package.write_fact(row, options.stack / layout.SHEET_ROW)
        package.write_description(options.record, row)
    if options.settings:
        settings = package.parse_settings(options.settings)
        package.refuse_other_settings(options.stack, settings)
        package.write_fact(settings, options.stack / layout.SETTINGS)
    whole = package.gather(
        options.stack, options.specimen, options.view, options.record, options.also
    )
    if options.barcodes == "check":
        check_barcodes(whole, options.labels, options.threads)
    identifier = object_of(options)
    if options.known_in:
        refuse_twins(
            (options.known_in, options.archive, options.specimen, options.view, identifier),
            read_ledger(options.stack / layout.LEDGER),
            options.shared_source,
        )
    added = archive_stack(
        options.archive,
        identifier,
        whole,
        Origin(options.workflow, options.config, options.logs, json.loads(options.code)),
        Reason(options.reason, options.user, options.user_address),
        options.threads,
    )
    receipt = restoring.receipt(options.archive, added.folder, added.inventory)
    write_record(options.out, "receipt", receipt)


def check_barcodes(whole: package.Package, labels: list[Path], threads: int) -> None:
    """Refuse a stack of which any picture shows the barcode of another specimen.

    Looked at are all frames, the fused image before it was cropped, and the masters of the
    specimen's label views, of which `labels` are the records. Raws that step ledger looked at are
    not decoded again.
    """
    fused = whole.stack / "stack" / "fused.tif"
    frames = [name for name in whole.files if name.startswith("raw/")]
    paths = [whole.files[name] for name in frames]
    # Of these bytes: what is archived must have the digests by which it is known.
    seen = codes_seen(whole.stack / layout.LEDGER)

    def codes_of(frame: str) -> list[str]:
        known = seen.get(whole.expected.get(frame, ""))
        return read_codes_of_frame(whole.files[frame]) if known is None else known

    made = inputs.maps_made(read_record(whole.stack / layout.FUSE, "fuse"), {"fused": fused})
    if fused.is_file():
        inputs.refuse_changed(made)
    masters = [fused if fused.is_file() else _master_of(whole.record), *map(_master_of, labels)]
    with ThreadPoolExecutor(threads) as workers:
        codes_by_picture = [
            *zip(masters, workers.map(read_codes, masters), strict=True),
            *zip(paths, workers.map(codes_of, frames), strict=True),
        ]
    known = package.master_record(whole.record).get("metadata", {})
    number = catalog_number(known, whole.specimen)
    confirmed = [
        code
        for path, codes in codes_by_picture
        if (code := check_identity(number, codes, str(path), known))
    ]
    if confirmed:
        pictures = f"{len(confirmed)} of {len(codes_by_picture)} pictures"
        progress(f"barcode {escaped(confirmed[0])} confirms {number} in {pictures}")
        shown = {code: path for path, codes in reversed(codes_by_picture) for code in codes}
        for other in numbered_alike(confirmed[0], sorted(shown)):
            warn(
                f"{shown[other]}: shows barcode {escaped(other)} beside that of {number}; is "
                "another specimen, or its label, in the picture?"
            )
    else:
        progress(f"no barcode in {len(codes_by_picture)} pictures")


def _master_of(record: Path) -> Path:
    master = record.with_name(package.master_record(record)["file"])
    read_verified(record, master)
    return master


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_object(parser)
    parser.add_argument("--stack", type=Path, required=True, help="folder of the stack")
    parser.add_argument("--record", type=Path, required=True, help="record of the master")
    parser.add_argument("--out", type=Path, required=True, help="where to write what was archived")
    parser.add_argument(
        "--settings", metavar="JSON", help="effective configuration of the stack's steps, to keep"
    )
    parser.add_argument(
        "--also",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="derivatives and other files of the stack to archive",
    )
    parser.add_argument("--sheet", type=Path, help="sheet of specimens; the stack's row is kept")
    parser.add_argument(
        "--config",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="configuration to keep as it was",
    )
    parser.add_argument(
        "--workflow",
        type=Path,
        default=Path(__file__).parents[1] / "Snakefile",
        help="the workflow that made the stack (default: the Snakefile beside this folder)",
    )
    parser.add_argument(
        "--code",
        default="{}",
        metavar="JSON",
        help="script → hash of its code, to keep with the version",
    )
    add_settings(parser, "archive")
    parser.add_argument(
        "--labels",
        type=Path,
        nargs="*",
        default=[],
        metavar="RECORD",
        help="masters' records of the specimen's label views, whose barcodes are checked too",
    )
    parser.add_argument(
        "--logs",
        type=Path,
        help="folder of the stack's logs: kept, and read for commands, times and software",
    )
    parser.add_argument(
        "--reason",
        default="Archived by the workflow",
        help="why this version is made; what differs from the newest one is added",
    )
    add_known_in(parser)
    add_cells(parser, "shared_source")
    parser.add_argument("--threads", type=int, default=2, help="files copied at a time")
    return parser


if __name__ == "__main__":
    run(main)
