"""What of a stack goes into the archive, under which names, and which hash each must have."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from records.errors import RecordError
from records.files import write_bytes
from records.layout import CONVERT, FACTS, FUSE, IF_THERE, LEDGER, NEEDED, RETOUCH, SCALE
from records.ledger.table import read_ledger
from records.log import listed
from records.metadata import description
from records.provenance.inputs import MADE_FROM, refuse_broken_chain
from records.provenance.master import sidecar
from records.provenance.noted import refuse_unlike_note
from records.record import read_record, write_record
from records.retouching.by_hand import finished_by_hand
from records.sheet.damaged_cells import plain
from records.sheet.folder_names import specimen_of
from records.sheet.spreadsheet import read_rows


@dataclass(frozen=True)
class Package:
    """Files of a stack by the path they have in the stack's folder and in its object.

    Attributes
    ----------
    stack : its folder, of this specimen and view
    record : the master's record
    files : logical path → file
    expected : logical path → SHA-256 that a record gives for the file
    """

    stack: Path
    specimen: str
    view: str
    record: Path
    files: dict[str, Path]
    expected: dict[str, str]


def gather(
    stack: Path, specimen: str, view: str, record: Path, also: Collection[Path] = ()
) -> Package:
    """Find everything of a stack that is archived: raws, ledger, records, master, and `also`.

    Parameters
    ----------
    stack : the folder of this specimen's view
    record : the master's record, beside the master
    also : further files in the stack's folder, such as derivatives

    Raises
    ------
    RecordError
        A file is missing, lies elsewhere, or is in `raw/` but not in the ledger; or a record is not
        what its step wrote, or was made from others than those that lie here.
    """
    files: dict[str, Path] = {}
    expected: dict[str, str] = {}
    for name in NEEDED:
        files[name] = stack / name
    for name in IF_THERE:
        if (stack / name).exists():
            files[name] = stack / name
    by_hand = finished_by_hand(stack)
    for name in (*by_hand, *([RETOUCH] if by_hand else ())):
        files[name] = stack / name
    accounted = read_ledger(stack / LEDGER)
    for entry in accounted:
        # What has no hash is no file: a folder, or a link that leads nowhere.
        if entry.sha256:
            files[f"raw/{entry.file}"] = stack / "raw" / entry.file
            expected[f"raw/{entry.file}"] = entry.sha256
    if white := read_record(stack / CONVERT, "convert").get("white_frame"):
        files[white["file"]] = stack / white["file"]
        expected[white["file"]] = white["sha256"]
    known = {f"raw/{entry.file}" for entry in accounted}
    for path in sorted((stack / "raw").rglob("*")):
        if not path.is_dir() and path.relative_to(stack).as_posix() not in known:
            raise RecordError(
                f"{path}: not in the ledger; it came after frames.csv was made, "
                "run the workflow again to account for it"
            )
    master = master_record(record)
    scale = master.get("scale") or {}
    if scale.get("file", "").startswith(f"{SCALE}/"):
        files[scale["file"]] = stack / scale["file"]
        expected[scale["file"]] = scale["sha256"]
    made = {record.with_name(one["file"]): one["sha256"] for one in pictures_of(master)}
    beside = [*map(sidecar, made), record.with_suffix(".xmp")]
    for path in (record, *made, *(path for path in beside if path.exists()), *also):
        try:
            files[path.resolve().relative_to(stack.resolve()).as_posix()] = path
        except ValueError:
            raise RecordError(f"{path}: not in the stack's folder {stack}") from None
    for path, digest in made.items():
        expected[path.resolve().relative_to(stack.resolve()).as_posix()] = digest
    for path in files.values():
        if not path.is_file():
            raise RecordError(f"{path}: missing; run the step that makes it, then archive again")
    if bool(by_hand) != (Path(RETOUCH).name in master.get(MADE_FROM, {})):
        now = f"there is {listed(by_hand, 2)}" if by_hand else "nothing is retouched now"
        raise RecordError(
            f"{record}: was made {'without' if by_hand else 'with'} retouching, but {now}; run the "
            "workflow again, which makes the master anew"
        )
    refuse_broken_chain(stack, record)
    refuse_unlike_note(stack / LEDGER, "ledger")
    for picture in also:
        refuse_unlike_note(picture, "derive", {master["file"]: master["sha256"]})
    return Package(stack, specimen, view, record, files, expected)


def pictures_of(master: Mapping) -> list[Mapping]:
    """What a master's record says of each picture for ever: the master, and its depth map."""
    return [master, *([master["depth"]] if master.get("depth") else [])]


def master_record(record: Path) -> dict:
    """Read a master's record; it names at least the master's file and SHA-256."""
    content = read_record(record, "master")
    try:
        content["file"], content["sha256"]
    except KeyError as error:
        raise RecordError(f"{record}: is no record of a master: {error} is missing") from None
    return content


def sheet_row(sheet: Path, specimen: str, view: str) -> dict[str, str]:
    """The row of a stack in the sheet of specimens, without its empty cells."""
    for _, row in read_rows(sheet)[1]:
        cells = {column: clean for column, text in row.items() if (clean := plain(text))}
        if (specimen_of(cells), cells.get("view")) == (specimen, view):
            return cells
    raise RecordError(f"{sheet}: no row for specimen {specimen}, view {view}")


def parse_settings(text: str) -> dict[str, dict[str, object]]:
    """Settings of a stack's steps, by section and key, from JSON."""
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise RecordError(f"settings are no JSON ({error})") from None
    if not isinstance(settings, dict) or not all(
        isinstance(section, dict) for section in settings.values()
    ):
        raise RecordError("settings must be a JSON object of sections, each an object of keys")
    return settings


def refuse_other_settings(stack: Path, settings: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse settings that the fusion was not made with, as after reprocessing with others."""
    made = read_record(stack / FUSE, "fuse").get("parameters", {})
    for key, value in settings.get("fuse", {}).items():
        if key in made and made[key] != value:
            raise RecordError(
                f"{stack}: was fused with {key} {made[key]}, but the settings say {value}; write "
                f"{made[key]} into the sheet's column fuse.{key}, or run with --forcerun fuse"
            )


def write_description(record: Path, row: Mapping[str, str]) -> None:
    """Write the XMP sidecar of a master that no longer says all that the sheet says, else none."""
    packet = description.sidecar(master_record(record), row)
    beside = record.with_suffix(".xmp")
    if packet is None:
        beside.unlink(missing_ok=True)
    elif not beside.exists() or beside.read_bytes() != packet:
        write_bytes(beside, packet)


def write_fact(fact: Mapping[str, object], target: Path) -> None:
    """Write a record into a stack's folder, unless the file says so already."""
    if not target.exists() or read_fact(target) != fact:
        write_record(target, FACTS[target.name], fact)


def read_fact(path: Path) -> dict:
    """A record that `write_fact` wrote; empty where there is none."""
    return read_record(path, FACTS[path.name]) if path.exists() else {}
