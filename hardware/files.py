"""Writing that survives a power cut and never overwrites."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from hardware.errors import RigError


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write beside `path`, flush to disk, rename over it."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=1, ensure_ascii=False)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RigError(
            f"{path}: cannot write: {error.strerror}. Is there room, and is the folder yours? "
            "Put that right, then run the same command again."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Content of a file that `write_json` wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RigError(f"{path} is not readable as JSON ({error}); restore it") from error
    if not isinstance(content, dict):
        raise RigError(f"{path} is no record of ours; restore it")
    return content


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


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
