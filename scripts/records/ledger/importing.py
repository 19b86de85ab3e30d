"""Frames from elsewhere: which files of a folder are taken, and how each is copied, verified.

The originals are only read. What is in the raw folder already is never written again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from records.errors import RecordError
from records.files import put_in_place, sha256_file
from records.ledger.numbering import in_camera_order
from records.ledger.table import LISTED
from records.ledger.unchanged import JUNK, visible
from records.log import listed, warn
from records.text import escaped
from records.unfinished import beside

CHUNK_BYTES = 8 << 20


def originals(source: Path) -> list[Path]:
    """The files to import, counted as people count; hidden ones and sub-folders stay behind.

    Raises
    ------
    RecordError : there is no such folder, no file in it, or one whose name is no text
    """
    if not source.is_dir():
        raise RecordError(
            f"{source}: no such folder; correct the sheet's column source, "
            "or connect the disk that holds it"
        )
    inside = [source / name for name in in_camera_order(path.name for path in source.iterdir())]
    shown = [path for path in inside if not path.name.startswith(".") and path.name not in JUNK]
    files = [path for path in shown if path.is_file()]
    folders = {path.name for path in shown if path.is_dir()}
    if not files:
        inner = f", only folders: {_listed(folders)}" if folders else ""
        raise RecordError(
            f"{source}: there is no file in it{inner}; name the folder that holds "
            "the frames in the sheet's column source"
        )
    unfit = [path.name for path in files if escaped(path.name) != path.name]
    if unfit:
        raise RecordError(
            f"{source}: {_listed(unfit)}: control characters and names that are not UTF-8 do not "
            "travel between systems; rename the file there; nothing was copied"
        )
    if folders:
        warn(f"sub-folders of {source} are not imported: {_listed(folders)}")
    return files


def refuse_strangers(raw: Path, files: Sequence[Path], source: Path) -> None:
    """Refuse to mix the files of a source with others that are in the raw folder already."""
    there = {entry.name for entry in visible(raw)} if raw.is_dir() else set()
    if strangers := there - {file.name for file in files}:
        raise RecordError(
            f"{raw}: holds {_listed(strangers)}, not in {source}. Is it the right card, or another "
            "than the import began with? Move out of raw/ what is no part of the stack; if all is "
            "part of it, copy the rest into raw/ and leave the sheet's column source empty; "
            "nothing was copied"
        )


def already_there(files: Sequence[Path], raw: Path) -> dict[str, str]:
    """SHA-256 of the files that the raw folder holds already, by name.

    Raises
    ------
    RecordError : it holds other bytes under the same names; the message has them all
    """
    digests, conflicts = {}, []
    for original in files:
        target = raw / original.name
        if not os.path.lexists(target):
            continue
        digests[original.name] = sha256_file(original)
        if not target.is_file() or sha256_file(target) != digests[original.name]:
            conflicts.append(f"{target} is not the same as {original}")
    if conflicts:
        raise RecordError(
            f"{listed(conflicts, LISTED, '; ')}. A raw is never overwritten: "
            "import into another view, or rename the originals; nothing was copied"
        )
    return digests


def copy(original: Path, target: Path) -> str:
    """Copy one file beside its target, read the copy back, and put it in place.

    Returns
    -------
    SHA-256 of the original and of the copy

    Raises
    ------
    RecordError : the original changed while it was read, or the copy differs from what was read
    """
    before = original.stat()
    digest = hashlib.sha256()
    with beside(target) as folder:
        partial = folder / target.name
        with original.open("rb", buffering=0) as source, partial.open("wb") as copied:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                copied.write(chunk)
            copied.flush()
            os.fsync(copied.fileno())
            # What is read back should come from the disk, not from memory.
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(copied.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        after = original.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise RecordError(
                f"{original}: changed while it was read; is it still being copied "
                "from the camera? Start again when it is whole"
            )
        if sha256_file(partial) != digest.hexdigest():
            raise RecordError(
                f"{target}: the copy differs from {original}; check both disks "
                "and cables, then start again"
            )
        os.utime(partial, ns=(before.st_atime_ns, before.st_mtime_ns))
        try:
            put_in_place(partial, target)
        except FileExistsError:
            raise RecordError(
                f"{target}: someone else put it there during the import; start again"
            ) from None
    return digest.hexdigest()


def _listed(names: Collection[str]) -> str:
    return listed(in_camera_order(map(escaped, names)), LISTED)
