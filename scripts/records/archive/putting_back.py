"""Put raws and master of a working folder back as they were archived, and nothing away for it."""

from __future__ import annotations

from pathlib import Path

from records.archive.holding import Holding
from records.archive.ocfl import Inventory, check_logical_path
from records.archive.storing import store_file
from records.errors import RecordError
from records.files import put_in_place, set_aside, sha256_file
from records.layout import ASIDE, CAPTURE, IMPORT
from records.unfinished import beside, sweep

# How the frames came is put back where it is gone; other records are made again.
HOW_THEY_CAME = (IMPORT, CAPTURE)
PUT_BACK = ("raw/", "archival/")


def put_back(folder: Path, inventory: Inventory, stack: Path) -> tuple[list[str], list[str]]:
    """Copy from the newest version of an object what is changed or missing in a stack's folder.

    Parameters
    ----------
    folder : of the object
    stack : the stack's working folder

    Returns
    -------
    restored : paths of what was put back
    aside : paths of what had been in its place, now below `set-aside/`; nothing is removed

    Raises
    ------
    RecordError : the archive is damaged, or a folder of the stack is a link
    """
    restored, aside = [], []
    Holding(folder, inventory, inventory.state()).refuse_other_stack()
    # What is put back already is not written beside again.
    sweep(stack, below=True)
    for name, digest in inventory.state().items():
        target = stack / check_logical_path(name)
        gone = not target.exists() and not target.is_symlink()
        if not name.startswith(PUT_BACK) and not (name in HOW_THEY_CAME and gone):
            continue
        if target.is_file() and not target.is_symlink() and sha256_file(target) == digest:
            continue
        linked = next((one for one in target.parents if one != stack and one.is_symlink()), None)
        if linked and linked.is_relative_to(stack):
            raise RecordError(
                f"{linked}: is a link, and nothing is written to where it leads; remove the link, "
                "then run this again"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        source = inventory.content_file(folder, digest)
        with beside(target) as own:
            copy = own / target.name
            algorithm = inventory.content["digestAlgorithm"]
            if store_file(source, copy, algorithm, known=digest) != digest:
                raise RecordError(f"{source}: is no longer what was archived; verify the archive")
            if not gone:
                was = set_aside(target, (stack / ASIDE / name).parent)
                aside.append(was.relative_to(stack).as_posix())
            put_in_place(copy, target)
        restored.append(name)
    return restored, aside
