"""Which archived stacks are as they were when they were last found to be settled: told at a glance.

Whether anything is to be done for an archived stack is found out from its records, its row and its
raws, which takes milliseconds. Once found to be settled, it is noted by a stamp of all that decided
it: settings, cells, and what the disk notes of its files. While the stamp is the same, the stack
is left alone. A stamp proves nothing: where it is missing or another, the stack is looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from records.files import only_files, write_note
from records.layout import (
    CAPTURE,
    EXTERNAL,
    EXTERNAL_RECORD,
    FACTS,
    IMPORT,
    LEDGER,
    NEEDED,
    QC,
    RAW,
    RECEIPT,
    STROKES,
    master_name,
)

# In the master folder. Another format of stamps has another number.
STAMPS, FORMAT = ".settled.json", 1
# One for all: json.dumps makes one for each of 50,000 rows.
_IN_ORDER = json.JSONEncoder(sort_keys=True)
WATCHED = (
    *(RECEIPT, *FACTS, *NEEDED, LEDGER, QC, IMPORT, CAPTURE),
    *(STROKES, EXTERNAL, EXTERNAL_RECORD),
)


@dataclass(frozen=True)
class Stamp:
    """A stack that was found to be settled.

    Attributes
    ----------
    state : digest of all that decided it
    code : digest of what the steps that it was archived by did
    """

    state: str
    code: str


def stamps_of(specimens: Path) -> dict[str, Stamp]:
    """The stamps of a master folder by `specimen/view`; none where they cannot be believed."""
    try:
        with open(specimens / STAMPS, encoding="utf-8", opener=only_files) as file:
            known = json.load(file)
        if known["format"] != FORMAT:
            return {}
        return {stack: Stamp(*map(str, one)) for stack, one in known["stacks"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def keep_stamps(specimens: Path, stamps: Mapping[str, Stamp]) -> None:
    """Note the stamps of a master folder, in place of those that were noted."""
    stacks = {stack: astuple(one) for stack, one in stamps.items()}
    write_note(specimens / STAMPS, json.dumps({"format": FORMAT, "stacks": stacks}).encode())


def digest_of(value: object) -> str:
    """A short digest of what JSON can hold."""
    text = json.dumps(value, sort_keys=True).encode()
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def cells_words(cells: Mapping[str, str]) -> str:
    """The cells of a stack as a text, the same in any order."""
    return _IN_ORDER.encode(dict(cells))


def state_of(
    stack: Path | str, decided_by: Iterable[str], others: Iterable[str | Path] = ()
) -> str:
    """Digest of what decides whether anything is to be done for a stack.

    Of files, what the disk notes of them is taken: size, time of writing, inode and time of change,
    of which a program can set back all but the last.

    Parameters
    ----------
    stack : its folder
    decided_by : settings and cells, as text
    others : files and folders beside it that decide too, such as a list of positions
    """
    folder = os.path.normpath(stack)
    specimen, view = folder.rsplit("/", 2)[-2:]
    names = _names_in(folder)
    there = set(names or ())
    master = f"{folder}/{master_name(specimen, view)}"
    noted = {name: _noted(f"{folder}/{name}") for begin, name in _LOOKED_AT if begin in there}
    beside = [_noted(path) for path in (f"{master}.tif", f"{master}.json", *others)]
    frames = _noted_within(f"{folder}/{RAW}") if RAW in there else None
    # In this order and form, stamps of earlier releases hold.
    text = repr((*decided_by, [*map(noted.get, WATCHED), *beside], names, frames))
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


# Each with what must lie in the stack's folder for it to be there: many stacks lack some.
_LOOKED_AT = [(name.partition("/")[0], name) for name in dict.fromkeys(WATCHED)]


def _noted(path: str | Path) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path for each of 200,000 files takes seconds
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns


def _names_in(folder: str) -> list[str] | None:
    """What lies in a folder and is none of the notes that looking at it writes."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - a Path for each name takes seconds
    except OSError:
        return None
    return sorted([name for name in names if name[0] != "."])


def _noted_within(folder: str) -> list[tuple[str, object]] | None:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - as above
    except OSError:
        return None
    return [(name, _noted(f"{folder}/{name}")) for name in sorted(names)]
