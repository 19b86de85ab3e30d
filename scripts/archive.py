"""Archive a stack: raws, ledger, master and records as a version of its OCFL object."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import importlib.metadata
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imaging.checks.barcodes import read_codes, read_codes_of_frame
from records import layout
from records.archive import contents, package, restoring
from records.archive.known_frames import note_object, refuse_twins
from records.archive.ocfl import ID_PREFIX, Inventory, object_id
from records.archive.upheld import put_back_command, raws_of, refuse_other_raws
from records.archive.versions import Reason, add_version
from records.errors import RecordError
from records.files import json_bytes, read_record, refuse_outputs, write_bytes, write_record
from records.ledger.table import read_ledger
from records.log import progress
from records.metadata import description
from records.metadata.identity import check_identity
from records.program import version_of
from records.provenance import crate, runs
from records.sheet.folder_names import catalog_number
from records.sheet.settings import add_settings
from step import run


def main(argv: list[str]) -> None:
    """Archive one stack and write where it went."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    started = time.monotonic()
    if options.sheet:
        row = package.sheet_row(options.sheet, options.specimen, options.view)
        package.write_fact(row, options.stack / layout.SHEET_ROW)
        write_sidecar(options.record, row)
    if options.settings:
        settings = package.parse_settings(options.settings)
        refuse_other_settings(options.stack, settings)
        package.write_fact(settings, options.stack / layout.SETTINGS)
    stack = package.gather(options.stack, options.record, options.also)
    if options.barcodes == "check":
        check_barcodes(options, stack)
    identifier = object_id(options.specimen, options.view, options.id_prefix)
    if options.known_in:
        refuse_twins(
            (options.known_in, options.archive, options.specimen, options.view, identifier),
            read_ledger(options.stack / "frames.csv"),
            options.shared_source,
        )
    size = sum(path.stat().st_size for path in stack.files.values())
    progress(f"{identifier}: {len(stack.files)} files, {size / 1e6:.1f} MB, to {options.archive}")
    run_records = package.run_records(
        options.workflow, options.config, options.logs, json.loads(options.code)
    )
    settings = package.read_fact(options.stack / layout.SETTINGS)
    steps = runs.tell_runs(stack.files, settings, options.logs)

    def differs(folder: Path, newest: Inventory) -> list[str]:
        refuse_other_raws(
            options.stack,
            raws_of(stack.expected),
            (newest.content["head"], raws_of(newest.state())),
            package.read_fact(options.stack / layout.SHEET_ROW).get("raws_changed"),
            put_back_command(
                Path(__file__).parents[1],
                options.archive,
                options.specimen,
                options.view,
                options.stack,
            ),
        )
        return contents.what_changed(
            contents.of_version(folder, newest),
            contents.of_stack(options.stack, stack, steps, version_of(options.workflow)),
        )

    added = add_version(
        options.archive,
        identifier,
        stack.files,
        Reason(options.reason, options.user or getpass.getuser(), options.user_address or ""),
        expected=stack.expected,
        companions=lambda number, block, state: (
            run_records | _crate(options, stack, steps, run_records, (number, block, state))
        ),
        is_companion=layout.is_companion,
        differs=differs,
        threads=options.threads,
    )
    note_object(options.archive, identifier)
    version = added.inventory.content["head"]
    receipt = restoring.receipt(options.archive, added.folder, added.inventory)
    write_record(options.out, "receipt", receipt)
    seconds = time.monotonic() - started
    if added.made:
        progress(
            f"{identifier}: {version} archived and read back, "
            f"{added.stored_bytes / 1e6:.1f} MB new, {seconds:.1f} s"
            + (f": {added.inventory.version()['message']}" if version != "v1" else "")
        )
    else:
        progress(f"{identifier}: nothing has changed since {version}, {seconds:.1f} s")


def refuse_other_settings(stack: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse settings that the fusion was not made with, as after reprocessing with others."""
    made = read_record(stack / "stack" / "fuse.json", "fuse").get("parameters", {})
    for key, value in settings.get("fuse", {}).items():
        if key in made and made[key] != value:
            raise RecordError(
                f"{stack}: was fused with {key} {made[key]}, but the settings say {value}; write "
                f"{made[key]} into the sheet's column fuse.{key}, or run with --forcerun fuse"
            )


def write_sidecar(record: Path, row: Mapping[str, str]) -> None:
    """Write the XMP sidecar of a master that no longer says all that the sheet says, else none."""
    packet = description.sidecar(package.master_record(record), row)
    sidecar = record.with_suffix(".xmp")
    if packet is None:
        sidecar.unlink(missing_ok=True)
    elif not sidecar.exists() or sidecar.read_bytes() != packet:
        write_bytes(sidecar, packet)


def check_barcodes(options: argparse.Namespace, stack: package.Package) -> None:
    """Refuse a stack of which any picture shows the barcode of another specimen.

    Looked at are all frames, the fused image before it was cropped, and the masters of the
    specimen's label views.
    """
    fused = options.stack / "stack" / "fused.tif"
    whole = fused if fused.is_file() else _master_of(options.record)
    frames = [path for name, path in stack.files.items() if name.startswith("raw/")]
    masters = [whole, *map(_master_of, options.labels)]
    with ThreadPoolExecutor(options.threads) as workers:
        found = [
            *zip(masters, workers.map(read_codes, masters), strict=True),
            *zip(frames, workers.map(read_codes_of_frame, frames), strict=True),
        ]
    known = read_record(options.record, "master").get("metadata", {})
    number = catalog_number(known, options.specimen)
    confirmed = [
        code for path, codes in found if (code := check_identity(number, codes, str(path), known))
    ]
    if confirmed:
        pictures = f"{len(confirmed)} of {len(found)} pictures"
        progress(f"barcode {confirmed[0]} confirms {number} in {pictures}")
    else:
        progress(f"no barcode in {len(found)} pictures")


def _master_of(record: Path) -> Path:
    return record.with_name(package.master_record(record)["file"])


def _crate(
    options: argparse.Namespace,
    stack: package.Package,
    steps: list[runs.Run],
    run_records: dict[str, bytes],
    version: tuple[int, dict, Mapping[str, str]],
) -> dict[str, bytes]:
    number, block, state = version
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in run_records.items()}
    sizes = {path: file.stat().st_size for path, file in stack.files.items()}
    story = crate.Story(
        object_id(options.specimen, options.view, options.id_prefix),
        number,
        block,
        options.specimen,
        options.view,
        package.read_fact(options.stack / layout.SHEET_ROW),
        {**state, **hashes},
        sizes | {path: len(content) for path, content in run_records.items()},
        runs.pixel_digests(stack.files),
        runs.descriptions(stack.files),
        steps,
        runs.equipment(stack.files),
        runs.exposed(stack.files),
        layout.WORKFLOW,
        version_of(options.workflow),
        importlib.metadata.version("snakemake"),
        words=read_record(options.record, "master").get("metadata", {}),
    )
    return {layout.CRATE: json_bytes(crate.make_crate(story))}


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, required=True, help="folder of the stack")
    parser.add_argument("--specimen", required=True)
    parser.add_argument("--view", required=True)
    parser.add_argument("--record", type=Path, required=True, help="record of the master")
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
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
    parser.add_argument(
        "--id-prefix",
        default=ID_PREFIX,
        help="what makes specimen/view a URI (default: %(default)s)",
    )
    parser.add_argument(
        "--known-in",
        type=Path,
        metavar="FOLDER",
        help="the master folder, by whose index frames of other stacks are known",
    )
    parser.add_argument(
        "--shared-source", metavar="WHY", help="why the stack may have frames of another"
    )
    parser.add_argument("--threads", type=int, default=2, help="files copied at a time")
    return parser


if __name__ == "__main__":
    run(main)
