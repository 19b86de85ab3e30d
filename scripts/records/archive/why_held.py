"""Why a finished stack must be held: its raws or its master are not what its records say.

Looked at when a run is planned, before any work; each step that uses a file proves it once more.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from records.archive import ocfl
from records.archive.planned_by import damaged_records
from records.errors import RecordError
from records.layout import LEDGER, LISTING, RAW, RECEIPT, is_reduced
from records.ledger.table import read_ledger
from records.ledger.unchanged import (
    Differences,
    Stamp,
    compare,
    keep_stamps,
    look,
    read_listing,
    read_stamps,
    stamp,
    visible,
)
from records.record import read_record

# The sheet's cell that says of an archived version that its raws were changed on purpose, and why.
MEANT = re.compile(r"(v\d+): *(\S.*)")


def is_meant(statement: str | None, version: str) -> bool:
    """Whether the sheet says that the raws differ on purpose from those of just this version."""
    meant = MEANT.fullmatch(statement or "")
    return meant is not None and meant[1] == version


def restore_command(home: Path, archive: Path, specimen: str, view: str, stack: Path) -> str:
    """What a person types to have a stack that was reduced back from the archive.

    Parameters
    ----------
    home : folder of the workflow
    """
    words = ["python3", home / "envs" / "run.py", "python", home / "scripts" / "restore.py"]
    words += ["--archive", archive, "--specimen", specimen, "--view", view, "--stack", stack]
    return shlex.join(map(str, words))


def put_back_command(home: Path, archive: Path, specimen: str, view: str, stack: Path) -> str:
    """What a person types to have raws and master of a stack back that is there."""
    return f"{restore_command(home, archive, specimen, view, stack)} --put-back"


def why_held(
    stack: Path,
    master: str,
    put_back: str,
    *,
    statement: str | None = None,
    afford: Callable[[int], bool] = lambda size: True,
    remember: bool = True,
) -> tuple[str, bool]:
    """Why no step of a stack may run until a person has looked at it; empty if all is well.

    Parameters
    ----------
    stack : the stack's folder
    master : the master's path in it, without its ending
    put_back : the command that brings back what is archived
    statement : the sheet's cell `raws_changed`
    afford : whether so many bytes may still be read
    remember : whether what is found may be noted for the next time

    Returns
    -------
    reason : for people
    unread : whether files were taken for unchanged that should have been read
    """
    if is_reduced(stack):
        return "", False
    if damaged := damaged_records(stack):
        return damaged, False
    if not (stack / LEDGER).is_file():
        return "", False
    receipt = read_record(stack / RECEIPT, "receipt") if (stack / RECEIPT).exists() else {}
    version, archived_as = receipt.get("version", ""), receipt.get("object", "")
    name = "/".join(stack.parts[-2:])
    if archived_as and not archived_as.endswith(name):
        return (
            f"{stack / RECEIPT}: is of {archived_as}, not of {name}: was the folder renamed or "
            "copied? Give it its name back; or, to have it under the new name too, remove "
            f"{stack / RECEIPT} and say why in the sheet's column shared_source"
        ), False
    stamps = read_stamps(stack)
    try:
        raws = _raws(stack, stamps, bool(version), afford)
        pictures = _master(stack, master, stamps, afford)
    except RecordError as error:
        return str(error), False
    if raws and is_meant(statement, version):
        raws = Differences()
    elif remember:
        for found, below in ((raws, "raw/"), (pictures, "archival/")):
            noted = {name: one for name, one in stamps.items() if name.startswith(below)}
            if found.proven and found.proven != noted:
                keep_stamps(stack, {**noted, **found.proven}, below)
    reasons = []
    raw = stack / "raw"
    if raws and raw.is_symlink() and not raw.exists():
        reasons.append(f"{raw}: is a link to {raw.readlink()}, which is gone; connect the disk")
    elif raws:
        reasons.append(
            raws_words(stack, raws, version, put_back)
            if version
            else f"{stack / 'raw'}: is not what the ledger accounts for: {raws}. {NOT_ARCHIVED}"
        )
    if pictures:
        what = "is missing" if pictures.missing else "was changed since it was made"
        file = stack / f"{master}.tif"
        record = stack / f"{master}.json"
        aside = "" if pictures.missing else " (what is there now is set aside)"
        away = f"remove {record}" if pictures.missing else f"move it and {record} elsewhere"
        reasons.append(
            f"{file}: the master {what}; "
            + (
                f"put it back{aside} with\n    {put_back}"
                if version
                else f"{away} and run again: it is made anew"
            )
        )
    return "\n  ".join(reasons), bool(raws.unread or pictures.unread)


NOT_ARCHIVED = (
    "Put back what it was, from the card or a copy; if it is meant, remove frames.csv (and "
    "import.json, and leave the sheet's column source empty) and run again"
)


def raws_words(stack: Path, found: Differences, version: str, command: str) -> str:
    """How the raws of a stack differ from an archived version, and what to do."""
    taken_out = "take out what is new" if found.new else ""
    back = f"put them back with\n    {command}\n " if found.changed or found.missing else ""
    todo = " and ".join(part for part in (taken_out, back) if part)
    return (
        f"{stack / 'raw'}: is not what was archived as {version}: {found}. Raws never change: "
        f"{todo.rstrip()}{chr(10) if back else ';'} {' ' if back else ''}if it is meant, write "
        f"`{version}: why` into the sheet's column raws_changed"
    )


def _raws(
    stack: Path, stamps: Mapping[str, Stamp], archived: bool, afford: Callable[[int], bool]
) -> Differences:
    raw = stack / "raw"
    present = {f"raw/{entry.name}" for entry in visible(raw)} if raw.is_dir() else set()
    noted = [name for name in stamps if name.startswith("raw/")]
    if noted and present == {name for name in noted if _is_visible(name)}:
        # Nothing came or went: the ledger itself need not be read if no stamp changed.
        quick = look(stack, dict.fromkeys(noted, ""), stamps, lambda size: False)
        if len(quick.proven) == len(noted):
            return quick
    known = {
        f"raw/{entry.file}": entry.sha256 for entry in read_ledger(stack / LEDGER) if entry.sha256
    }
    listed = read_listing(stack / LISTING) or {}

    def trusted(name: str, now: Stamp) -> bool:
        """Of trees made before stamps were kept, the listing of raws is believed."""
        return not noted and list(listed.get(name.removeprefix("raw/"), ())) == now[:2]

    found = look(stack, known, stamps, afford, trusted)
    if archived:
        found.new = [name.removeprefix("raw/") for name in present - known.keys()]
    return found


def _is_visible(name: str) -> bool:
    short = name.removeprefix("raw/")
    return not short.startswith(".") and "/" not in short


def _master(
    stack: Path, master: str, stamps: Mapping[str, Stamp], afford: Callable[[int], bool]
) -> Differences:
    record, file = stack / f"{master}.json", f"{master}.tif"
    if not record.is_file():
        return Differences()
    path = stack / file
    if file in stamps and path.is_file() and stamp(path) == stamps[file]:
        return Differences(proven={file: stamps[file]})
    known = read_record(record, "master")
    written = record.stat().st_mtime_ns

    def trusted(name: str, now: Stamp) -> bool:
        return now[0] == known.get("bytes") and now[1] <= written

    return look(stack, {file: known.get("sha256", "")}, stamps, afford, trusted)


def archived_raws(root: Path, identifier: str) -> tuple[str, dict[str, str]] | None:
    """Newest version of an object and the raws in it, name → SHA-256; None if there is none."""
    folder = ocfl.object_folder(root, identifier)
    if not folder:
        return None
    try:
        inventory = ocfl.read_inventory(folder)
    except RecordError:
        # A kill may have come before the object's inventory named its newest version.
        versions = [one for one in folder.glob("v*") if one.name[1:].isdecimal()]
        if not versions:
            raise
        inventory = ocfl.read_inventory(max(versions, key=lambda one: int(one.name[1:])))
    if inventory.identifier != identifier:
        raise RecordError(f"{folder}: holds {inventory.identifier}, where {identifier} belongs")
    return inventory.content["head"], raws_of(inventory.state())


def raws_of(state: Mapping[str, str]) -> dict[str, str]:
    """The raws among the files of a version or of a stack, by their names in `raw/`."""
    return {
        name.removeprefix("raw/"): digest
        for name, digest in state.items()
        if name.startswith("raw/")
    }


def refuse_other_raws(
    stack: Path,
    now: Mapping[str, str],
    archived: tuple[str, Mapping[str, str]] | None,
    statement: str | None,
    command: str,
) -> None:
    """Refuse raws that are not those of the newest archived version.

    Raises
    ------
    RecordError : some were changed, are missing or are new, and the sheet does not say that it is
        meant
    """
    if archived is None or is_meant(statement, archived[0]):
        return
    found = compare(archived[1], now)
    if found:
        raise RecordError(raws_words(stack, found, archived[0], command))


def refuse_unlike_import(record: Path, now: Mapping[str, str]) -> None:
    """Refuse a raw folder in which imported frames were changed or are missing.

    Raises
    ------
    RecordError : as said; frames that a person added are no reason
    """
    try:
        known = {one["file"]: one["sha256"] for one in read_record(record, "import")["files"]}
    except (KeyError, TypeError):
        raise RecordError(f"{record}: is no record of an import; restore it") from None
    _refuse_unlike(known, now, record.parent / RAW, "what was imported")


def refuse_unlike_ledger(ledger: Path, now: Mapping[str, str]) -> None:
    """Refuse a raw folder in which frames that a ledger accounts for were changed or are missing.

    Raises
    ------
    RecordError : as said; frames that a person added are no reason
    """
    known = {entry.file: entry.sha256 for entry in read_ledger(ledger) if entry.sha256}
    _refuse_unlike(known, now, ledger.parent / RAW, "what the ledger accounts for")


def _refuse_unlike(known: Mapping[str, str], now: Mapping[str, str], raw: Path, what: str) -> None:
    if differences := compare(known, now, new_matters=False):
        raise RecordError(f"{raw}: is not {what}: {differences}. {NOT_ARCHIVED}")
