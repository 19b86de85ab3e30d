"""Whether a bag holds the stack that it says it is of, whoever made it and however right its sums.

Only then may it become a version: by its identifier alone it could follow upon another specimen's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from records import layout
from records.archive.holding import is_id_of
from records.archive.inside import file_inside, read_inside
from records.archive.ocfl import Inventory
from records.archive.package import pictures_of
from records.archive.why_held import raws_of
from records.errors import RecordError
from records.ledger.table import read_ledger
from records.ledger.unchanged import compare
from records.record import parse_record, told_name
from records.sheet.folder_names import specimen_of


def refuse_other_contents(bag: Path, identifier: str, expected: Mapping[str, str]) -> None:
    """Refuse a bag whose payload is not a whole stack, of the specimen and view of its identifier.

    Parameters
    ----------
    bag : folder of a bag that is whole
    identifier : of the object that it says it is of
    expected : logical path of its payload → SHA-256

    Raises
    ------
    RecordError
        What is missing, or tells of another stack.
    """
    payload = bag / "data"
    strange = [path for path in expected if layout.is_of_the_folder(path)]
    if strange:
        raise RecordError(f"{bag}: holds {strange[0]}, which no stack has in an archive")
    masters = [path for path in expected if layout.is_master_record(path)]
    lacking = [path for path in layout.NEEDED if path not in expected and "*" not in path]
    if lacking or len(masters) != 1:
        raise RecordError(
            f"{bag}: is no bag of a focus stack: it has "
            + (f"no {lacking[0]}" if lacking else f"{len(masters)} records of a master, not one")
        )
    record = _record(payload, masters[0], "master")
    _refuse_other_stack(bag, identifier, masters[0], record.get("specimen"), record.get("view"))
    if layout.SHEET_ROW in expected:
        row = _record(payload, layout.SHEET_ROW, "sheet")
        _refuse_other_stack(bag, identifier, layout.SHEET_ROW, specimen_of(row), row.get("view"))
    for picture in pictures_of(record):
        path = f"archival/{told_name(picture.get('file'), payload / masters[0])}"
        if path not in expected or expected[path] != picture.get("sha256"):
            raise RecordError(f"{bag}: {path} is not what {masters[0]} says of it, or is not there")
    ledger = {
        entry.file: entry.sha256
        for entry in read_ledger(file_inside(payload, layout.LEDGER))
        if entry.sha256
    }
    if differences := compare(ledger, raws_of(expected)):
        raise RecordError(
            f"{bag}: its raws are not those of its ledger, {layout.LEDGER}: {differences}; a bag "
            "is imported with all its raws or not at all"
        )
    if not ledger:
        raise RecordError(f"{bag}: holds no raws; nothing of it is imported")


def refuse_other_raws(expected: Mapping[str, str]) -> Callable[[Path, Inventory], list[str]]:
    """For `add_version`: refuse a bag with other raws than the newest version of its object."""

    def differs(folder: Path, newest: Inventory) -> list[str]:
        if differences := compare(raws_of(newest.state()), raws_of(expected)):
            raise RecordError(
                f"{newest.identifier}: {newest.content['head']} here has other raws than the bag: "
                f"{differences}. Raws of a stack do not change from version to version; find out "
                "which archive is right, nothing was imported"
            )
        return []

    return differs


def _record(payload: Path, path: str, kind: str) -> dict:
    return parse_record(read_inside(payload, path), kind, payload / path)


def _refuse_other_stack(
    bag: Path, identifier: str, path: str, specimen: object, view: object
) -> None:
    if not is_id_of(identifier, specimen, view):
        raise RecordError(
            f"{bag}: says that it is of {identifier}, but its {path} is of specimen {specimen!r}, "
            f"view {view!r}; nothing of it is imported"
        )
