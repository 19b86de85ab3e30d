"""Bring a version of an object back out of the archive, proven file by file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from records.archive import ocfl
from records.archive.holding import Holding
from records.archive.ocfl import Inventory
from records.archive.storing import exchange, store_file, sync_tree
from records.errors import RecordError
from records.files import refuse_protected, sync_file, sync_folder
from records.layout import CODE, LEFT, SHEET_ROW, is_reduced
from records.metadata import description
from records.retouching.by_hand import RETOUCHED_BY, as_archived
from records.unfinished import beside, sweep


def find_object(root: Path, identifier: str) -> tuple[Path, Inventory]:
    """Folder and inventory of an object; says so if the archive does not hold it."""
    folder = _object_folder(root, identifier)
    inventory = ocfl.read_inventory(folder)
    if inventory.identifier != identifier:
        raise RecordError(
            f"{folder}: holds {inventory.identifier}, where {identifier} belongs; verify the "
            "archive"
        )
    return folder, inventory


def find_objects(root: Path, identifiers: Sequence[str]) -> Iterator[Path]:
    """Folders of the objects named, each of which must be there, or of all if none is."""
    if not identifiers:
        return ocfl.object_folders(root)
    return iter([_object_folder(root, identifier) for identifier in identifiers])


def _object_folder(root: Path, identifier: str) -> Path:
    if not (root / ocfl.ROOT_DECLARATION[0]).is_file():
        raise RecordError(f"{root}: no OCFL 1.1 storage root; is the path of the archive right?")
    folder = ocfl.object_folder(root, identifier)
    if not folder:
        raise RecordError(f"{root}: holds no object {identifier}")
    return folder


def receipt(root: Path, folder: Path, inventory: Inventory) -> dict:
    """What a stack's archive.json says: where the stack is archived, as what, and by which code."""
    state = inventory.state()
    holding = Holding(folder, inventory, state)
    row, code = (
        holding.record(name, kind) for name, kind in ((SHEET_ROW, "sheet"), (CODE, "code"))
    )
    return {
        "object": inventory.identifier,
        "version": inventory.content["head"],
        "inventory_sha256": inventory.digest,
        "path": folder.relative_to(root).as_posix(),
        "files": len(state),
        **({"description_sha256": description.digest(row)} if row else {}),
        **({"code": code} if code else {}),
        **({RETOUCHED_BY: by_hand} if (by_hand := as_archived(state)) else {}),
    }


@contextmanager
def built_beside(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`; on success flush it and rename it to `target`.

    Of a stack that was reduced to its receipt, it takes the place and what was left.
    """
    refuse_protected(target)
    settle(target)
    reduced = target.is_dir() and is_reduced(target)
    if target.exists() and not reduced and (not target.is_dir() or any(target.iterdir())):
        raise RecordError(f"{target}: is there already; nothing is overwritten, name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    with beside(target) as folder:
        partial = folder / target.name
        partial.mkdir()
        yield partial
        if reduced:
            carry_left(target, partial)
        finish(partial, target)


def carry_left(stack: Path, folder: Path) -> None:
    """Copy into a folder what is left of a stack that is reduced, where the folder has none."""
    for name in LEFT:
        if (stack / name).exists() and not (folder / name).exists():
            shutil.copy2(stack / name, folder / name)
            sync_file(folder / name)


def finish(built: Path, target: Path) -> None:
    """Flush a folder that is complete, and let it take its place."""
    sync_tree(built)
    take_place(built, target)


def settle(target: Path) -> None:
    """Bring to its end what a kill interrupted while folders changed places at `target`."""
    aside = _aside(target)
    if aside.exists() and not target.exists():
        aside.rename(target)
    shutil.rmtree(aside, ignore_errors=True)
    sweep(target.parent)


def take_place(folder: Path, target: Path) -> None:
    """Let a folder take the place of another, or the name of none; the other is removed then."""
    if not target.exists():
        folder.rename(target)
    elif exchange(folder, target):
        shutil.rmtree(folder)
    else:
        aside = _aside(target)
        shutil.rmtree(aside, ignore_errors=True)
        target.rename(aside)
        folder.rename(target)
        shutil.rmtree(aside)
    sync_folder(target.parent)


def _aside(target: Path) -> Path:
    """Where a folder waits, by a name that the next run knows, until another is in its place."""
    return target.with_name(f".{target.name}.removed")


def copy_version(
    folder: Path,
    inventory: Inventory,
    target: Path,
    number: int | None = None,
    wanted: Callable[[str], bool] = lambda path: True,
) -> Mapping[str, str]:
    """Copy the files of a version into a folder, each compared with its digest in the inventory.

    Returns
    -------
    dict
        Logical path → digest of what was copied; the copies are read-only.

    Raises
    ------
    RecordError
        A file in the archive is no longer what was archived, or is none inside the object; or the
        version is that of another stack.
    """
    whole = inventory.state(number)
    Holding(folder, inventory, whole).refuse_other_stack()
    state = {path: digest for path, digest in whole.items() if wanted(path)}
    for path, digest in state.items():
        source = inventory.content_file(folder, digest)
        copy = target / ocfl.check_logical_path(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        algorithm, known = inventory.content["digestAlgorithm"], digest.lower()
        found = store_file(source, copy, algorithm, known=known)
        if found != known:
            raise RecordError(
                f"{source}: is no longer what was archived (its digest is {found}); "
                "verify the archive and bring this object back from another copy of it"
            )
    return state


def files_in(folder: Path) -> list[Path]:
    """All files and links in a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def make_writable(folder: Path, paths: Iterable[str]) -> None:
    """Let what steps may write again be written; raws and masters stay read-only."""
    for path in paths:
        if not path.startswith(("raw/", "archival/")):
            (folder / path).chmod(0o644)


def give_times(folder: Path, created: float) -> None:
    """Date all files of a folder alike, so that none looks newer than what it was made from."""
    for here, _, names in os.walk(folder):
        for name in names:
            os.utime(Path(here, name), (created, created))
