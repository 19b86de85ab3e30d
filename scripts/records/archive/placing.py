"""Put an object that was built beside its place into it, so that the root is valid at every moment.

A first version comes by one rename. For a later one the whole object is built anew beside the old
one, its content linked, not copied, and the two folders change places in one system call. Where a
file system can do neither, three steps are needed, which the next run completes after a kill.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from records.archive import ocfl
from records.archive.inside import read_inside
from records.archive.ocfl import INVENTORY, SIDECAR, Inventory
from records.archive.storing import exchange, sync_tree
from records.errors import RecordError
from records.files import sync_folder


def place_object(built: Path, folder: Path, previous: Inventory | None) -> None:
    """Make `built`, which holds a new version and the object's inventory, the object at `folder`.

    Parameters
    ----------
    previous : inventory of the object that is there, or None where there is none yet
    """
    if not previous:
        _rename_with_parents(built, folder)
    elif not (_link_versions(previous, folder, built) and exchange(built, folder)):
        _add_in_place(built, folder, ocfl.read_inventory(built).content["head"])
    sync_folder(folder.parent)


def settle(folder: Path, staging: Path) -> None:
    """Bring to its end what a kill interrupted where a file system cannot exchange two folders.

    There, a whole version folder is in place before the object's inventory names it. Where
    folders can be exchanged there is never anything to do.
    """
    if not folder.exists():
        return
    numbers = [
        ocfl.version_number(entry.name)
        for entry in os.scandir(folder)
        if entry.is_dir() and entry.name[0] == "v" and entry.name[1:].isdigit()
    ]
    newest = folder / ocfl.version_name(max(numbers, default=1))
    try:
        wanted = ocfl.read_inventory(newest)
    except RecordError:
        return
    if (
        read_inside(folder, SIDECAR) != read_inside(newest, SIDECAR)
        or hashlib.sha256(read_inside(folder, INVENTORY)).hexdigest() != wanted.digest
    ):
        for name in (INVENTORY, SIDECAR):
            ocfl.put_in_place(staging, folder / name, read_inside(newest, name))


def _link_versions(previous: Inventory, folder: Path, built: Path) -> bool:
    """Link earlier versions into `built`; False where links cannot be made.

    A file system may know none, or forbid them to who does not own the files.
    """
    try:
        for version in previous.content["versions"]:
            shutil.copytree(folder / version, built / version, copy_function=os.link)
    except OSError:
        return False
    sync_tree(built)
    return True


def _add_in_place(built: Path, folder: Path, head: str) -> None:
    """Put a version in place in three steps; `settle` completes them after a kill."""
    (built / head).rename(folder / head)
    sync_folder(folder)
    for name in (INVENTORY, SIDECAR):
        (built / name).replace(folder / name)
    sync_folder(folder)


def _rename_with_parents(built: Path, folder: Path) -> None:
    """Rename `built` to `folder` in one step with the folders above it that are missing.

    An empty folder in a storage root is an error (E073), so none may be made beforehand.
    """
    while True:
        top = folder
        while not top.parent.exists():
            top = top.parent
        wrapped = built.parent / "place" / top.name
        target = wrapped / folder.relative_to(top)
        target.parent.mkdir(parents=True, exist_ok=True)
        built.rename(target)
        sync_tree(built.parent / "place")
        try:
            wrapped.rename(top)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # Another object was put into one of these folders in between: go below it.
            target.rename(built)
            shutil.rmtree(built.parent / "place")
            continue
        sync_folder(top.parent)
        return
