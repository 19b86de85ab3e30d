"""Correct how an archived stack is described, in a version that stores no pixel again.

The master, the derivatives and the raws stay the files that they are. The version brings the row of
the sheet, an XMP sidecar of the master with the newest words, and the provenance. It needs no
working folder; where there is one, reduced or not, it is brought to the same state.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from records import layout
from records.archive import package, restoring, working
from records.archive.holding import Holding, open_holding
from records.archive.ocfl import ID_PREFIX, object_id
from records.archive.versions import Added, Reason, add_version
from records.errors import RecordError
from records.files import json_bytes, record_text, write_bytes, write_record
from records.layout import RECEIPT, is_reduced
from records.log import progress
from records.metadata import description
from records.metadata.xmp import TERMS
from records.provenance import comparison, crate, runs
from records.sheet.settings import add_settings
from step import run


def main(argv: list[str]) -> None:
    """Add a version with the words given, unless the newest says so already."""
    options = arguments().parse_args(argv)
    identifier = object_id(options.specimen, options.view, options.id_prefix)
    folder, _ = restoring.find_object(options.archive, identifier)
    holding = open_holding(folder)
    row = holding.record(layout.SHEET_ROW, "sheet")
    words = dict(pair.split("=", 1) for pair in options.metadata)
    if description.newest(holding.master(), row) == description.newest(holding.master(), words):
        progress(f"{identifier}: {holding.inventory.content['head']} is described so already")
        inventory = holding.inventory
    else:
        added = describe(options, holding, row, words)
        inventory = added.inventory
        progress(f"{identifier}: {inventory.content['head']}: {inventory.version()['message']}")
    if options.stack and (options.stack / RECEIPT).is_file():
        bring_to(options.stack, options.archive, folder)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"{inventory.digest}\n")


def describe(
    options: argparse.Namespace, holding: Holding, row: Mapping[str, str], words: Mapping[str, str]
) -> Added:
    """Add a version to an object that differs in its description alone."""
    record = holding.master()
    new_row = {name: cell for name, cell in row.items() if name not in TERMS} | dict(words)
    new_row = {"specimen": record["specimen"], "view": record["view"]} | new_row
    packet = description.sidecar(record, new_row)
    sidecar = description.sidecar_path(f"archival/{record['file']}")
    kept = _without(sidecar, holding.state)
    with TemporaryDirectory() as folder:
        work = Path(folder)
        files = {layout.SHEET_ROW: work / layout.SHEET_ROW}
        files[layout.SHEET_ROW].write_text(record_text("sheet", new_row), encoding="utf-8")
        if packet is not None:
            files[sidecar] = work / "sidecar.xmp"
            files[sidecar].write_bytes(packet)
        restoring.copy_version(
            holding.folder, holding.inventory, work, wanted=lambda path: path.startswith("logs/")
        )
        old_companions = {
            path: holding.file(path).read_bytes()
            for path in holding.state
            if layout.is_companion(path) and path != layout.CRATE
        }

        def companions(number: int, block: dict, state: Mapping[str, str]) -> dict[str, bytes]:
            hashes = {
                path: hashlib.sha256(content).hexdigest()
                for path, content in old_companions.items()
            }
            places = {path: files.get(path) or holding.file(path) for path in state}
            sizes = {path: place.stat().st_size for path, place in places.items()}
            sizes |= {path: len(content) for path, content in old_companions.items()}
            crate = _crate(
                holding, new_row, places, {**state, **hashes}, sizes, number, block, work
            )
            return old_companions | {layout.CRATE: json_bytes(crate)}

        return add_version(
            options.archive,
            holding.inventory.identifier,
            files,
            Reason(options.reason, options.user or getpass.getuser(), options.user_address or ""),
            kept=kept,
            companions=companions,
            is_companion=layout.is_companion,
            differs=lambda *_: [
                f"sheet: {change}" for change in comparison.setting_changes(row, new_row)
            ],
        )


def _crate(
    holding: Holding,
    row: Mapping[str, str],
    places: Mapping[str, Path],
    digests: Mapping[str, str],
    sizes: Mapping[str, int],
    number: int,
    block: dict,
    work: Path,
) -> dict:
    """The provenance as it was, told of a further version and with the newest row."""
    record = holding.master()
    before = {}
    if layout.CRATE in holding.state:
        before = package.read_crate(holding.file(layout.CRATE))
    settings = holding.record(layout.SETTINGS, "settings")
    return crate.make_crate(
        crate.Story(
            holding.inventory.identifier,
            number,
            block,
            record["specimen"],
            record["view"],
            row,
            digests,
            sizes,
            runs.pixel_digests(places),
            runs.descriptions(places),
            runs.tell_runs(places, settings, work / "logs"),
            runs.equipment(places),
            runs.exposed(places),
            layout.WORKFLOW,
            crate.software_of(before).get(crate.HOLOSTACK, ""),
            crate.engine_version_of(before),
            crate.operator_of(before),
            description.newest(record, row),
        )
    )


def bring_to(stack: Path, root: Path, folder: Path) -> None:
    """Let a working folder say of its description what the object's newest version says.

    Raises
    ------
    RecordError
        The folder is that of another object, or of a version that other files followed.
    """
    holding = open_holding(folder)
    number = working.version_of(stack, holding)
    if not is_reduced(stack):
        sidecar = description.sidecar_path(f"archival/{holding.master()['file']}")
        if _without(sidecar, holding.inventory.state(number)) != _without(sidecar, holding.state):
            raise RecordError(
                f"{stack}: holds v{number}, but the archive has "
                f"{holding.inventory.content['head']} with other files; reduce or move the folder, "
                "then restore it"
            )
        package.write_fact(holding.record(layout.SHEET_ROW, "sheet"), stack / layout.SHEET_ROW)
        if sidecar in holding.state:
            write_bytes(stack / sidecar, holding.file(sidecar).read_bytes())
        else:
            (stack / sidecar).unlink(missing_ok=True)
    # Last: by the receipt it is known that all the rest is done.
    write_record(stack / RECEIPT, "receipt", restoring.receipt(root, folder, holding.inventory))


def _without(sidecar: str, state: Mapping[str, str]) -> dict[str, str]:
    return {
        path: digest
        for path, digest in state.items()
        if path not in (sidecar, layout.SHEET_ROW) and not layout.is_companion(path)
    }


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="OCFL storage root")
    parser.add_argument("--specimen", required=True)
    parser.add_argument("--view", required=True)
    parser.add_argument(
        "--metadata",
        action="append",
        default=[],
        type=description.metadata_pair,
        metavar="KEY=VALUE",
        help=f"all that is to hold, of {', '.join(TERMS)}",
    )
    parser.add_argument("--stack", type=Path, help="the working folder, reduced or not")
    parser.add_argument("--reason", default="Description corrected", help="(default: %(default)s)")
    add_settings(parser, "archive", only=("user", "user_address"))
    parser.add_argument("--out", type=Path, help="file to write when all is done")
    parser.add_argument("--id-prefix", default=ID_PREFIX, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    run(main)
