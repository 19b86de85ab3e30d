"""A master's fixity: the hash that is written beside it, and the check against its record.

The hash is written first and the master comes after it, so that a kill in between leaves a master
that is still known to be the workflow's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import read_record, replacing, sha256_file, write_bytes

READ_ONLY = 0o444


def sidecar(master: Path) -> Path:
    """The file beside a master that holds its hash, as `sha256sum` writes it."""
    return master.with_name(f"{master.name}.sha256")


def depth_map_of(master: Path) -> Path:
    """The file beside a master that holds its depth map."""
    return master.with_name(f"{master.stem}_depth{master.suffix}")


def put_in_place(master: Path, write: Callable[[Path], None]) -> str:
    """Put a master in its place for ever, read-only, its hash beside it.

    Parameters
    ----------
    write : writes the picture to a path, and raises where it does not read back

    Returns
    -------
    its SHA-256
    """
    with replacing(master) as partial:
        write(partial)
        partial.chmod(READ_ONLY)
        digest = sha256_file(partial)
        line = f"{digest}  {master.name}\n".encode()
        write_bytes(_announced(master), line)
    write_bytes(sidecar(master), line)
    _announced(master).unlink(missing_ok=True)
    return digest


def remove(master: Path) -> None:
    """Remove what an earlier run put in place and this one does not make, with its hash."""
    if master.exists():
        master.unlink()
        sidecar(master).unlink(missing_ok=True)


def refuse_if_changed(master: Path) -> None:
    """Refuse to replace a master that is not what the workflow made.

    Raises
    ------
    RecordError : the file is there and its hash is neither the one beside it nor the announced one
    """
    if not master.exists():
        return
    known = {_first_word(path) for path in (sidecar(master), _announced(master)) if path.is_file()}
    if sha256_file(master) not in known:
        why = "was changed since it was made" if known else "has no hash beside it"
        raise RecordError(
            f"{master}: the master {why}, and is not replaced; find out who put it there, "
            "then move it elsewhere and run again"
        )


def _announced(master: Path) -> Path:
    return master.with_name(f".{master.name}.announced")


def _first_word(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").partition(" ")[0].strip()


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
