"""A master's fixity: the hash that is written beside it, and the check against its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import read_record
from records.hashes import sha256_file


def sidecar(master: Path) -> Path:
    """The file beside a master that holds its hash, as `sha256sum` writes it."""
    return master.with_name(f"{master.name}.sha256")


def write_sidecar(master: Path, digest: str) -> None:
    """Write the hash beside a master."""
    sidecar(master).write_text(f"{digest}  {master.name}\n", encoding="utf-8")


def refuse_if_changed(master: Path) -> None:
    """Refuse to replace a master that is not what the workflow made.

    Raises
    ------
    RecordError : the file is there and its hash is not the one beside it
    """
    if not master.exists():
        return
    beside = sidecar(master)
    known = beside.read_text(encoding="utf-8").split()[0] if beside.is_file() else None
    if known != sha256_file(master):
        raise RecordError(
            f"{master}: the master was changed since it was made, and is not "
            "replaced; find out by whom, then move it elsewhere and run again"
        )


def read_verified(record: Path, master: Path) -> dict[str, Any]:
    """The record of a master, after checking that the master is what it describes.

    Raises
    ------
    RecordError : the master is missing or its hash is not the recorded one
    """
    known = read_record(record, "master")
    if not master.is_file():
        raise RecordError(
            f"{master}: the master is missing; restore it from the archive, or "
            f"remove {record} to have it made again"
        )
    if sha256_file(master) != known["sha256"]:
        raise RecordError(
            f"{master}: the master does not match its record; masters are never "
            "edited: restore it from the archive before anything is made from it"
        )
    return known
