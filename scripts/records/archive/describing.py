"""Correct how an archived stack is described, in a version that stores no pixel again.

The master, the derivatives and the raws stay the files that they are. The version brings the row of
the sheet, an XMP sidecar of the master with the newest words, and the provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir

from records import unfinished
from records.archive import package, readme, restoring, versions, working
from records.archive.holding import Holding, open_holding
from records.archive.versions import Added, Reason, add_version
from records.errors import RecordError
from records.files import write_bytes
from records.layout import (
    CRATE,
    README,
    RECEIPT,
    SETTINGS,
    SHEET_ROW,
    is_companion,
    is_reduced,
)
from records.metadata import description
from records.metadata.xmp import TERMS
from records.provenance import comparison, crate_facts
from records.provenance.crate import with_crate
from records.provenance.runs import making_of
from records.provenance.story import Story
from records.record import record_text, write_record


def describe(root: Path, held: Holding, words: Mapping[str, str], reason: Reason) -> Added:
    """Add a version to an object that differs in its description alone.

    Parameters
    ----------
    root : of the archive
    held : the object's newest version
    words : by column of the sheet; all that is to hold
    """
    record, row = held.master(), held.record(SHEET_ROW, "sheet")
    new_row = {name: cell for name, cell in row.items() if name not in TERMS} | dict(words)
    new_row = {"specimen": record["specimen"], "view": record["view"]} | new_row
    packet = description.sidecar(record, new_row)
    sidecar = _sidecar_of(held)
    kept_records = {
        path: held.file(path).read_bytes()
        for path in held.state
        if is_companion(path) and path not in (CRATE, README)
    }
    with unfinished.beside(Path(gettempdir()) / "holostack-description") as work:
        files = {SHEET_ROW: work / SHEET_ROW}
        files[SHEET_ROW].write_text(record_text("sheet", new_row), encoding="utf-8")
        if packet is not None:
            files[sidecar] = work / "sidecar.xmp"
            files[sidecar].write_bytes(packet)
        restoring.copy_version(
            held.folder, held.inventory, work, wanted=lambda path: path.startswith("logs/")
        )

        def companions(number: int, block: dict, state: Mapping[str, str]) -> Mapping[str, bytes]:
            places = {path: files.get(path) or held.file(path) for path in state}
            before = held.crate()
            # The provenance as it was, told of a further version and with the newest row.
            story = Story(
                held.inventory.identifier,
                number,
                block,
                record["specimen"],
                record["view"],
                new_row,
                description.newest(record, new_row),
                state,
                {path: place.stat().st_size for path, place in places.items()},
                making_of(places, held.record(SETTINGS, "settings"), work / "logs"),
                crate_facts.software_of(before).get(crate_facts.HOLOSTACK, ""),
                crate_facts.engine_version_of(before),
                crate_facts.operator_of(before),
            )
            return with_crate(story, {**kept_records, README: readme.page(root, story)})

        return add_version(
            root,
            held.inventory.identifier,
            files,
            reason,
            kept=_without(sidecar, held.state),
            companions=companions,
            is_companion=is_companion,
            differs=lambda *_: [
                f"sheet: {change}" for change in comparison.setting_changes(row, new_row)
            ],
        )


def sweep(root: Path) -> None:
    """Remove what a description left that was killed, in the archive and in the scratch folder."""
    versions.sweep(root)
    unfinished.sweep(Path(gettempdir()))


def bring_to_newest(stack: Path, root: Path, folder: Path) -> None:
    """Let a working folder say of its description what the object's newest version says.

    Parameters
    ----------
    stack : the working folder, reduced or not
    root, folder : of the archive and of the object

    Raises
    ------
    RecordError
        The folder is that of another object, or of a version that other files followed.
    """
    held = open_holding(folder)
    number = working.version_of(stack, held)
    if not is_reduced(stack):
        sidecar = _sidecar_of(held)
        if _without(sidecar, held.inventory.state(number)) != _without(sidecar, held.state):
            raise RecordError(
                f"{stack}: holds v{number}, but the archive has "
                f"{held.inventory.content['head']} with other files; reduce or move the folder, "
                "then restore it"
            )
        package.write_fact(held.record(SHEET_ROW, "sheet"), stack / SHEET_ROW)
        if sidecar in held.state:
            write_bytes(stack / sidecar, held.file(sidecar).read_bytes())
        else:
            (stack / sidecar).unlink(missing_ok=True)
    # Last: by the receipt it is known that all the rest is done.
    write_record(stack / RECEIPT, "receipt", restoring.receipt(root, folder, held.inventory))


def _sidecar_of(held: Holding) -> str:
    return description.sidecar_path(f"archival/{held.master()['file']}")


def _without(sidecar: str, state: Mapping[str, str]) -> dict[str, str]:
    return {
        path: digest
        for path, digest in state.items()
        if path not in (sidecar, SHEET_ROW) and not is_companion(path)
    }
