"""Are the files of a stack still what its records say? Told from the disk's own notes where it can.

Size, time of writing, inode and time of change of a file are kept, as they were when its bytes were
last found to be the recorded ones. Where all four are the same, nobody has written to the file: a
program can set back the time of writing, but not that of change. Else its bytes are hashed once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from records.errors import RecordError
from records.files import digest_file, only_files, sha256_file, write_note
from records.known_frames import BLAKE3, new_hash
from records.layout import SEEN
from records.log import listed
from records.text import escaped

# What file managers leave in any folder that a person looks at.
JUNK = frozenset({"Thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini"})

# More names than this in one message are counted, not listed.
LISTED = 4

Stamp = list[int]

NONE_NOTED: Mapping[str, str] = {}


def allowance(size_bytes: float) -> Callable[[int], bool]:
    """What says yes until so many bytes have been asked for together, and no from then on."""
    left = [size_bytes]

    def afford(wanted: int) -> bool:
        left[0] -= wanted
        return left[0] >= 0

    return afford


def stamp(path: Path) -> Stamp:
    """What the disk notes about a file: size, bytes; written, ns; inode; changed, ns."""
    noted = path.stat()
    return [noted.st_size, noted.st_mtime_ns, noted.st_ino, noted.st_ctime_ns]


def read_stamps(stack: Path) -> dict[str, Stamp]:
    """Stamps of a stack's files when they were last proven, by path in the stack; else none."""
    return _whole_numbers(stack / SEEN, 4) or {}


def read_listing(path: Path) -> dict[str, list[int]] | None:
    """Size, bytes, and time of writing, ns, of raws by name; None where there is no listing."""
    return _whole_numbers(path, 2)


def _whole_numbers(path: Path, count: int) -> dict[str, list[int]] | None:
    """What a note of ours says, so many numbers for each name; None where it cannot be believed."""
    try:
        with open(path, encoding="utf-8", opener=only_files) as file:
            known = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    if isinstance(known, dict) and all(
        isinstance(one, list) and [type(number) for number in one] == [int] * count
        for one in known.values()
    ):
        return known
    return None


def keep_stamps(stack: Path, stamps: Mapping[str, Stamp], below: str) -> None:
    """Note the stamps of proven files, in place of all that were noted `below` a folder."""
    kept = {name: one for name, one in read_stamps(stack).items() if not name.startswith(below)}
    write_note(stack / SEEN, json.dumps({**kept, **stamps}).encode())


@dataclass
class Differences:
    """How files differ from what is recorded of them; names, and `unread` if nobody looked.

    Attributes
    ----------
    proven : stamps of the files that are what is recorded
    """

    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    proven: dict[str, Stamp] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.changed or self.missing or self.new)

    def __str__(self) -> str:
        """`changed 2.dng; missing 3.dng, 4.dng`."""
        lists = {"changed": self.changed, "missing": self.missing, "new": self.new}
        return "; ".join(
            f"{verb} {listed(map(escaped, sorted(names)), LISTED)}"
            for verb, names in lists.items()
            if names
        )


def compare(
    known: Mapping[str, str], now: Mapping[str, str], new_matters: bool = True
) -> Differences:
    """Differences of digests: file name → SHA-256."""
    return Differences(
        changed=[name for name in known if name in now and now[name] != known[name]],
        missing=[name for name in known if name not in now],
        new=[name for name in now if name not in known] if new_matters else [],
    )


def look(
    stack: Path,
    known: Mapping[str, str],
    stamps: Mapping[str, Stamp],
    afford: Callable[[int], bool] = lambda size: True,
    trusted: Callable[[str, Stamp], bool] = lambda name, now: False,
) -> Differences:
    """Compare files with the digests that are recorded of them, reading as few as possible.

    Parameters
    ----------
    stack : the stack's folder
    known : path in the stack → SHA-256
    stamps : when the files were last proven
    afford : whether so many bytes may still be read; what may not is `unread` if its size is the
        same
    trusted : what to believe of a file that has no stamp
    """
    differences = Differences()
    for name, digest in known.items():
        path = stack / name
        short = name.removeprefix("raw/")
        try:
            now = stamp(path)
        except OSError:
            differences.missing.append(short)
            continue
        before = stamps.get(name)
        if before == now or (before is None and trusted(name, now)):
            differences.proven[name] = now
        elif before is not None and before[0] != now[0]:
            differences.changed.append(short)
        elif not afford(now[0]):
            differences.unread.append(short)
        elif sha256_file(path) == digest:
            differences.proven[name] = now
        else:
            differences.changed.append(short)
    return differences


def proven_raw(
    raw: Path,
    name: str,
    digest: str | None,
    frame: int | None,
    quick: Mapping[str, str] = NONE_NOTED,
) -> Path:
    """A frame's file, after its bytes were found to be those of the ledger.

    Parameters
    ----------
    digest : SHA-256, as the ledger has it
    quick : BLAKE3 by SHA-256, as `quick_digests` has it, by which they are compared where it is
        known

    Raises
    ------
    RecordError : it is missing or another
    """
    path = raw / name
    who = f"frame {frame} ({name})"
    again = "put it back as it was, from the archive, the card or a copy"
    if not path.is_file():
        raise RecordError(f"{who}: is missing from {raw}; {again}")
    known = quick.get(digest or "")
    same = digest_file(path, new_hash(BLAKE3)) == known if known else sha256_file(path) == digest
    if not same:
        raise RecordError(
            f"{who}: its bytes changed since the ledger was made; raws must never change: {again}"
        )
    return path


def visible(folder: Path) -> Iterable[os.DirEntry]:
    """The files of a folder that could be frames: neither hidden nor a file manager's."""
    with os.scandir(folder) as entries:
        return [
            entry
            for entry in entries
            if not entry.name.startswith(".") and entry.name not in JUNK and entry.is_file()
        ]
