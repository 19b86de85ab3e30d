"""A master's fixity: the hash that is written beside it, and the check against its record.

The hash is written first and the master comes after it, so that a kill in between leaves a master
that is still known to be the workflow's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import (
    digest_file,
    digests_file,
    replacing,
    set_aside,
    sha256_file,
    write_bytes,
)
from records.known_frames import BLAKE3, SHA256, new_hash
from records.layout import ASIDE
from records.log import warn
from records.record import read_record

READ_ONLY = 0o444


def sidecar(master: Path) -> Path:
    """The file beside a master that holds its hash, as `sha256sum` writes it."""
    return master.with_name(f"{master.name}.sha256")


def depth_map_of(master: Path) -> Path:
    """The file beside a master that holds its depth map."""
    return master.with_name(f"{master.stem}_depth{master.suffix}")


def put_in_place(master: Path, write: Callable[[Path], None]) -> dict[str, str]:
    """Put a master in its place for ever, read-only, its hash beside it.

    Parameters
    ----------
    write : writes the picture to a path, and raises where it does not read back

    Returns
    -------
    its digests by their hashes: SHA-256, and BLAKE3, by which `read_verified` compares
    """
    with replacing(master) as partial:
        write(partial)
        partial.chmod(READ_ONLY)
        digests = digests_file(partial, *map(new_hash, (SHA256, BLAKE3)))
        digest = digests[0]
        line = f"{digest}  {master.name}\n".encode()
        write_bytes(_announced(master), line)
    write_bytes(sidecar(master), line)
    _announced(master).unlink(missing_ok=True)
    return dict(zip((SHA256, BLAKE3), digests, strict=True))


def remove(master: Path) -> None:
    """Remove what an earlier run put in place and this one does not make, with its hash."""
    for path in (master, sidecar(master), _announced(master)):
        path.unlink(missing_ok=True)


def refuse_if_changed(master: Path, record: Path) -> None:
    """Refuse to replace a master that someone changed after the workflow had made it.

    One that nothing vouches for was not finished, and another is made. In case it is a person's
    all the same, it is set aside, and that is said.

    Parameters
    ----------
    record : of the master, which its depth map stands in too

    Raises
    ------
    RecordError : the file is there, and no hash beside it, announced or recorded is its own
    """
    if not master.is_file():
        return
    known = {_hash_in(sidecar(master)), _hash_in(_announced(master)), *_hashes_of(record)} - {""}
    if not known:
        aside = set_aside(master, master.parents[1] / ASIDE / master.parent.name)
        warn(f"{master}: nothing says who made it, as of one not finished; it is in {aside} now")
    elif sha256_file(master) not in known:
        raise RecordError(
            f"{master}: the master was changed since it was made, and is not replaced; find out "
            "who put it there, then move it elsewhere and run again"
        )


def _announced(master: Path) -> Path:
    return master.with_name(f".{master.name}.announced")


def _hash_in(path: Path) -> str:
    """The hash that a file begins with; "" of one that is missing or was cut off."""
    try:
        word = path.read_bytes().partition(b" ")[0]
    except OSError:
        return ""
    return word.decode() if re.fullmatch(rb"[0-9a-f]{64}", word) else ""


def _hashes_of(record: Path) -> set[str]:
    """The hashes of a master and its depth map in their record; none where it is damaged."""
    try:
        known = read_record(record, "master")
    except RecordError:
        return set()
    told = (known, known.get("depth"))
    return {str(one["sha256"]) for one in told if isinstance(one, dict) and one.get("sha256")}


def read_verified(record: Path, master: Path) -> dict[str, Any]:
    """The record of a master, after checking that the master is what it describes.

    Raises
    ------
    RecordError : the master is missing, or not every byte of it is as recorded
    """
    known = read_record(record, "master")
    if not master.is_file():
        raise RecordError(
            f"{master}: the master is missing; restore it from the archive, or "
            f"remove {record} to have it made again"
        )
    # Of each derivative: by what takes an eighth of the time where a record has it.
    name = BLAKE3 if BLAKE3 in known else SHA256
    if digest_file(master, new_hash(name)) != known[name]:
        raise RecordError(
            f"{master}: the master does not match its record; masters are never "
            "edited: restore it from the archive before anything is made from it"
        )
    return known
