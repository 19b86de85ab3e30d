"""What lies in a stack's raw folder, told without looking at a pixel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from records.errors import RecordError
from records.files import digests_file
from records.known_frames import BLAKE3, SHA256, new_hash
from records.ledger.candidate import Candidate
from records.ledger.unchanged import Stamp, stamp
from records.metadata.exif import read_capture
from records.text import escaped


def refuse_missing(raw: Path) -> None:
    """Refuse a raw folder that is not there.

    Raises
    ------
    RecordError : there is none, or what it is a link to is not there
    """
    if raw.is_symlink() and not raw.exists():
        raise RecordError(
            f"{raw}: is a link to {raw.readlink()}, which is not there; "
            "connect the disk that holds it"
        )
    if not raw.is_dir():
        raise RecordError(
            f"{raw}: no such folder; put the stack's raws there, "
            "or name their folder in the sheet's column source"
        )


def contents(raw: Path) -> Iterator[str]:
    """Every file in a folder, those of sub-folders too, and sub-folders with nothing in them."""
    for folder, subfolders, files in os.walk(raw):
        here = Path(folder).relative_to(raw)
        linked = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in sorted(files + linked):
            yield (here / name).as_posix()
        if not files and not subfolders and here != Path():
            yield f"{here.as_posix()}/"


def stamps_of(raw: Path) -> dict[str, Stamp]:
    """What the disk notes about each file before it is read, by its path in the stack."""
    return {f"raw/{name}": stamp(raw / name) for name in contents(raw) if (raw / name).is_file()}


def examine(raw: Path, name: str, is_picture: Callable[[Path], bool]) -> Candidate:
    """Hash one file and read what it says of its exposure; its pixels are not decoded.

    Parameters
    ----------
    name : path from the raw folder, as `contents` gives it
    is_picture : whether a file may be a frame by its name and its first bytes

    Returns
    -------
    candidate : with a `fault` where no more is to be found out about it
    """
    path = raw / name
    if not path.is_file():
        what = "a folder" if path.is_dir() else "neither a file nor a link to one"
        return Candidate(name, fault=f"{what}; frames lie directly in raw/", stray=True)
    try:
        size = path.stat().st_size
        digest, quick = digests_file(path, new_hash(SHA256), new_hash(BLAKE3))
        stray = None
        if "/" in name:
            folder = name.rpartition("/")[0]
            stray = f"in the sub-folder {folder}; frames lie directly in raw/"
        elif name.startswith("."):
            stray = "hidden file"
        elif not is_picture(path):
            stray = "stray file: not a picture"
        if stray:
            return Candidate(name, digest, size, fault=stray, stray=True)
        if escaped(name) != name:
            fault = "its name has control characters or is not UTF-8; rename it"
            return Candidate(name, digest, size, fault=fault)
        return Candidate(name, digest, size, capture=read_capture(path), blake3=quick)
    except OSError as error:
        return Candidate(name, fault=f"cannot be read ({error.strerror})")
