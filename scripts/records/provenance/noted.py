"""The hash of a file that has no record of its own, noted by the step that made it.

The ledger and the derivatives are such files. The note lies hidden beside the file and goes into no
archive; without one, as in a stack that came back from there, nothing is compared.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from records.errors import RecordError
from records.files import sha256_file
from records.provenance.inputs import MADE_FROM, Made, refuse_changed
from records.record import read_record, write_record


def note_of(file: Path) -> Path:
    """Where the note of a file lies."""
    return file.with_name(f".{file.name}.noted.json")


def noted_by(note: str) -> str | None:
    """The path of the file that a path is the note of; None if it is no note."""
    folder, _, name = note.rpartition("/")
    if not (name.startswith(".") and name.endswith(".noted.json")):
        return None
    return f"{folder}/{name[1:-11]}".lstrip("/")


def note(
    file: Path,
    partial: Path,
    made_from: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> None:
    """Note what a file is about to be, just before it gets its name.

    Parameters
    ----------
    file : its final name
    partial : what will get that name
    made_from : what it is made from, name → SHA-256
    more : what the step found on the way, that others need not find again
    """
    content = {"sha256": sha256_file(partial), MADE_FROM: dict(made_from or {}), **(more or {})}
    write_record(note_of(file), "noted", content)


def is_as_noted(file: Path) -> bool:
    """Whether a file is what its step noted; not where it has no note, or is a link."""
    try:
        known = read_record(note_of(file), "noted").get("sha256")
    except RecordError:
        return False
    return not file.is_symlink() and sha256_file(file) == known


def refuse_unlike_note(file: Path, step: str, sources: Mapping[str, str] | None = None) -> None:
    """Refuse a file that is not what the step that made it noted.

    Parameters
    ----------
    step : that made it
    sources : what it should be made from, name → SHA-256

    Raises
    ------
    RecordError : as said
    """
    if not os.path.lexists(note_of(file)):
        return
    known = read_record(note_of(file), "noted")
    refuse_changed([Made(file, known.get("sha256"), step)])
    for name, digest in known.get(MADE_FROM, {}).items():
        if digest != (sources or {}).get(name, digest):
            raise RecordError(
                f"{file}: was made from another {name} than the one that is here now: remove "
                f"{file} and run again, then it is made anew"
            )
