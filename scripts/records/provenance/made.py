"""What a step makes in a folder of its own, written down before it is made.

By that list alone a later run knows what it may replace and remove there: a file that no run
recorded is a person's, however it is named.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from records.errors import RecordError
from records.files import refuse_protected
from records.log import listed
from records.record import read_record, was_cut_off, write_record

MADE = ".made.json"


def own_folder(folder: Path, names: Collection[str]) -> list[str]:
    """Make a folder ready for files that a step is about to make in it.

    What an earlier run recorded there and this one does not make is removed.

    Parameters
    ----------
    folder : made if it is missing
    names : of the files that this run makes

    Returns
    -------
    Names of further files, which nobody recorded and which are left alone; hidden ones left out.

    Raises
    ------
    RecordError : the folder has such files and no list, or one of them has a name of `names`
    """
    # As if in it: the folder itself may be a link to where raws or archived files lie.
    refuse_protected(folder / MADE)
    refuse_protected(folder)
    if folder.exists() and not folder.is_dir():
        raise RecordError(f"{folder}: is a file, not a folder; name another place")
    if was_cut_off(folder / MADE):
        raise RecordError(
            f"{folder / MADE}: is cut off, and it alone tells which files there the step made; if "
            "they all are, remove the folder and run again"
        )
    recorded = set(made_in(folder))
    present = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    strangers = sorted(name for name in present - recorded if not name.startswith("."))
    in_the_way = [name for name in strangers if name in names or not (folder / MADE).exists()]
    if in_the_way:
        raise RecordError(
            f"{folder}: holds {listed(in_the_way, 1)}, which no run of this step recorded, and "
            "what it did not make it neither replaces nor removes; move that elsewhere, or name "
            "another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_record(folder / MADE, "made", {"files": sorted(recorded | set(names))})
    for name in sorted(recorded - set(names)):
        if (folder / name).is_file() or (folder / name).is_symlink():
            (folder / name).unlink()
    write_record(folder / MADE, "made", {"files": sorted(names)})
    return strangers


def made_in(folder: Path) -> list[str]:
    """Names of the files that a step recorded having made in a folder, or being about to make."""
    path = folder / MADE
    if not path.is_file():
        return []
    return read_record(path, "made")["files"]


def remove_made(folder: Path) -> None:
    """Remove what a step recorded having made in a folder; what else is there stays."""
    for name in made_in(folder):
        (folder / name).unlink(missing_ok=True)
    # Last, so that the rest is known for the step's own after a kill too.
    (folder / MADE).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
