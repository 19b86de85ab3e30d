"""Bring a stack's working folder to the newest version of its object, in one step.

The new folder is built beside the old one and the two change places: a kill leaves the old version
with its receipt, or the new one with its own. Raws are linked, never copied or written; what a
person put into the folder stays in it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from records import layout
from records.archive import ocfl, restoring
from records.archive.holding import Holding
from records.archive.ocfl import Inventory
from records.errors import RecordError
from records.files import sha256_file
from records.layout import FOLDERS_ON_THE_WAY, MAP_FILES, RECEIPT, is_reduced
from records.record import read_record, write_record
from records.unfinished import beside


def version_of(stack: Path, holding: Holding) -> int:
    """Number of the version that a working folder's receipt vouches for.

    Raises
    ------
    RecordError
        The receipt is that of another object, or of another archive's.
    """
    told = read_record(stack / RECEIPT, "receipt")
    identifier = holding.inventory.identifier
    if told.get("object") != identifier:
        raise RecordError(f"{stack / RECEIPT}: is not the receipt of {identifier}")
    number = ocfl.version_number(str(told.get("version")))
    holding.inventory.version(number)
    if ocfl.read_inventory(holding.folder / told["version"]).digest != told["inventory_sha256"]:
        raise RecordError(f"{stack / RECEIPT}: is the receipt of {identifier} in another archive")
    return number


def bring_to_newest(stack: Path, root: Path, holding: Holding, made: Path) -> None:
    """Replace what a working folder has of an older version by what the newest has.

    Parameters
    ----------
    stack : the working folder, with a receipt; reduced or not
    root : storage root
    holding : the newest version
    made : folder in which the newest version was made, whose files on the way are moved from there
        if the working folder has such files

    Raises
    ------
    RecordError
        The folder has files that were changed since they were archived; it is left as it is.
    """
    number = version_of(stack, holding)
    receipt = restoring.receipt(root, holding.folder, holding.inventory)
    if is_reduced(stack):
        write_record(stack / RECEIPT, "receipt", receipt)
        return
    before = holding.inventory.state(number)
    files = {path.relative_to(stack).as_posix(): path for path in restoring.files_in(stack)}
    changed = [
        path for path in files if path in before and sha256_file(files[path]) != before[path]
    ]
    if changed:
        raise RecordError(
            f"{stack}: {changed[0]} was changed since it was archived; the folder is left as it "
            "is, the new version is in the archive alone"
        )
    with beside(stack) as own:
        partial = own / stack.name
        partial.mkdir()
        _fill(partial, files, before, holding.inventory, holding.folder)
        # No archive keeps them; those of another version are none of the new one.
        for name in (*FOLDERS_ON_THE_WAY, *MAP_FILES):
            if (stack / name).exists() and (made / name).exists():
                (partial / name).parent.mkdir(exist_ok=True)
                shutil.move(made / name, partial / name)
        # No younger than any file was, nor than what Snakemake noted of its making: else it would
        # take the steps that follow for undone.
        _date(partial, min(files[path].stat().st_mtime for path in files if _is_made(path)))
        write_record(partial / RECEIPT, "receipt", receipt)
        restoring.finish(partial, stack)


def _fill(
    partial: Path,
    files: dict[str, Path],
    before: dict[str, str],
    inventory: Inventory,
    folder: Path,
) -> None:
    """Put the newest version into a folder, and what else the working folder has."""
    state = inventory.state()
    kept = {
        path
        for path, digest in before.items()
        if path in files and state.get(path) == digest and not layout.is_companion(path)
    }
    others = {
        path
        for path in files.keys() - before.keys() - state.keys() - {RECEIPT}
        if not path.startswith(("stack/", *FOLDERS_ON_THE_WAY))
    }
    for path in sorted(kept | others):
        (partial / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(files[path], partial / path, follow_symlinks=False)
        except OSError:
            shutil.copy2(files[path], partial / path, follow_symlinks=False)
    copied = restoring.copy_version(
        folder,
        inventory,
        partial,
        wanted=lambda path: (
            path not in kept and not layout.is_companion(path) and not layout.is_of_the_folder(path)
        ),
    )
    restoring.make_writable(partial, copied)


def _is_made(path: str) -> bool:
    return not path.startswith("raw/")


def _date(folder: Path, moment: float) -> None:
    """Date all files alike but the raws, whose times are the camera's."""
    for path in restoring.files_in(folder):
        if _is_made(path.relative_to(folder).as_posix()):
            os.utime(path, (moment, moment), follow_symlinks=False)
