"""The folders that frames are imported from: one for each stack, and what became of them since."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import RecordError
from records.ledger.unchanged import LISTED, visible
from records.log import listed
from records.record import read_record
from records.sheet.places import is_real_of_the_system

if TYPE_CHECKING:
    from records.sheet.stacks import SheetRow

SHARED = "shared_source"


def check_sources(
    sheet: Path,
    stacks: Mapping[tuple[str, str], SheetRow],
    found_at: Callable[[str], str | Path],
    specimens: Path,
) -> list[str]:
    """Refuse a sheet in which two stacks are imported from one folder, however it is written.

    A row says in its column `shared_source` why it is meant. Refused as well is what is no folder
    of frames: one of the system, or around all that is worked on.

    Parameters
    ----------
    found_at : where a source lies, from the text of its cell
    specimens : the master folder, whose raws are no source

    Returns
    -------
    Warnings: sources that lie within one another, of which sub-folders are never imported.

    Raises
    ------
    RecordError : every row that shares a source with an earlier one or has none for frames
    """
    faults, warnings = [], []
    first: dict[object, SheetRow] = {}
    places: list[tuple[str, SheetRow]] = []
    worked_on = [os.path.realpath(one) for one in (Path(), specimens)]
    home = worked_on[1] + os.sep
    real = _real_of_many()
    for stack in stacks.values():
        text = stack.cells.get("source")
        if not text:
            continue
        folder = real(found_at(text))
        where = f"{sheet}, row {stack.row}, column source: {text}"
        reason = f"{SHARED} of row {stack.row}"
        held = [one for one in worked_on if f"{one}/".startswith(f"{folder}/")]
        if held or is_real_of_the_system(folder):
            what = f"holds {held[0]}" if held else "is a folder of the system"
            faults.append(f"{where} {what}; name the folder that has the frames and nothing else")
            continue
        if (folder + os.sep).startswith(home):
            faults.append(
                f"{where} is in the master folder {specimens}; name the folder that the frames "
                "came from, or leave the cell empty where they are in raw/ already"
            )
            continue
        names = _names_of(folder)
        earlier = next((first[key] for key in names if key in first), None)
        if earlier is None:
            first.update(dict.fromkeys(names, stack))
            places.append((folder, stack))
        elif SHARED not in stack.cells:
            faults.append(
                f"{where} is what row {earlier.row} ({earlier.specimen} {earlier.view}) is "
                f"imported from; a stack has frames of its own. If both are meant to have these, "
                f"say why in the column {reason}; if the folder was used again since, leave source "
                f"empty in row {earlier.row}, which is not imported twice"
            )
    if faults:
        raise RecordError("\n".join(faults))
    by_folder = dict(places)
    for folder, stack in places:
        around = next((by_folder[one] for one in _parents(folder) if one in by_folder), None)
        if around and not {SHARED} & (stack.cells.keys() | around.cells.keys()):
            warnings.append(
                f"{sheet}, row {stack.row}: its source lies in that of row {around.row} "
                f"({around.specimen} {around.view}), which is imported without sub-folders"
            )
    return warnings


def _real_of_many() -> Callable[[str | Path], str]:
    """What tells where links lead, as `os.path.realpath`, of many folders that lie in a few."""
    around: dict[str, str] = {}

    def real(path: str | Path) -> str:
        parent, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(path)
        if parent not in around:
            around[parent] = os.path.realpath(parent)
        place = f"{around[parent].rstrip(os.sep)}/{name}"
        is_link = os.path.islink(place)  # noqa: PTH114 - a Path for each of 50,000 takes seconds
        return os.path.realpath(place) if is_link else place

    return real


def _names_of(folder: str) -> list[object]:
    """What a folder is known by: its path, and where it is there the disk's own number for it."""
    try:
        noted = os.stat(folder)  # noqa: PTH116 - a Path for each of 50,000 rows takes seconds
    except OSError:
        return [folder]
    return [folder, (noted.st_dev, noted.st_ino)]


def _parents(folder: str) -> Iterator[str]:
    """The folders around one, the nearest first; the root of all is nobody's source."""
    while folder := folder.rpartition(os.sep)[0]:
        yield folder


def what_became_of(source: Path, record: Path) -> str:
    """How a source differs from what was imported from it; empty if it does not or is gone.

    Names and sizes are compared, no bytes read.
    """
    try:
        known = {one["file"]: one["bytes"] for one in read_record(record, "import")["files"]}
        now = {entry.name: entry.stat().st_size for entry in visible(source)}
    except (OSError, RecordError, KeyError, TypeError):
        return ""
    lost = [name for name in known if now.get(name) != known[name]]
    new = [name for name in now if name not in known]
    if not lost and not new:
        return ""
    parts = [
        f"{len(names)} {what} ({listed(sorted(names), LISTED)})"
        for names, what in ((lost, "gone or changed"), (new, "new"))
        if names
    ]
    return (
        f"{source} no longer holds what was imported from it: {', '.join(parts)}; the stack is "
        "left as it is. Frames of another stack belong into a row of their own; leave this row's "
        "source empty to hear no more of it"
    )
