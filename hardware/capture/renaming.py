"""Give files of a capture their names: on disk before they show, and never over one another."""

from __future__ import annotations

import os
from pathlib import Path

from hardware.errors import RigError
from records.files import sync_folder


def put_in_place(source: Path, target: Path) -> None:
    """Give a whole file its final name, on disk before it shows; refuse to overwrite."""
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    try:
        _move_to_free(source, target)
    except FileExistsError as error:
        raise RigError(f"{target} exists already; a raw is never overwritten") from error
    sync_folder(target.parent)


def set_aside(path: Path, folder: Path) -> Path:
    """Move a file into `folder` under a free name, and give that."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(100_000):
        target = folder / (path.name if i == 0 else f"{path.stem}_{i}{path.suffix}")
        try:
            _move_to_free(path, target)
        except FileExistsError:
            continue
        sync_folder(folder)
        return target
    raise RigError(f"{folder} is full of files named like {path.name}; clear it")


def _move_to_free(source: Path, target: Path) -> None:
    """Rename, but never over another file, however late that came: FileExistsError."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network drives know no second name for a file.
        if target.exists():
            raise FileExistsError(target) from None
        source.rename(target)
    else:
        source.unlink()
