"""A refusal of the ledger, kept as long as nothing has changed that it came of.

To refuse a stack, every frame is read, hashed and decoded. Where frames, settings and program are
those of then, what was said then is said again, and no frame is read: night after night, until
somebody puts it right. A refusal proves nothing; where its note is missing, the frames are read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from records.files import only_files, sha256_file, write_note
from records.layout import REFUSED
from records.ledger.unchanged import Stamp

NOTE = ".refused.json"
# What reads frames; another release may read what this one can't.
READERS = ("rawpy", "pyvips", "Pillow")


def key_of(
    stamps: Mapping[str, Stamp],
    settings: Mapping[str, object],
    files: Iterable[Path],
    code: str,
) -> str:
    """Digest of all that a refusal comes of.

    Parameters
    ----------
    stamps : what the disk notes of each frame
    settings : of the step, and cells
    files : that are read besides, such as a list of positions
    code : hash of what the step does
    """
    import importlib.metadata  # most stacks are not refused, and need not wait for it

    read = [sha256_file(path) if path.is_file() else "" for path in files]
    readers = [importlib.metadata.version(name) for name in READERS]
    told = json.dumps([stamps, settings, read, code, readers], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def kept_refusal(stack: Path, key: str) -> str | None:
    """Why a stack was refused, if nothing has changed since; None where it is to be looked at."""
    if not (stack / REFUSED).is_file():
        return None
    try:
        with open(stack / NOTE, encoding="utf-8", opener=only_files) as file:
            known = json.load(file)
        return str(known["why"]) if known["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_refusal(stack: Path, key: str, why: str) -> None:
    """Note why a stack is refused."""
    write_note(stack / NOTE, json.dumps({"key": key, "why": why}).encode())


def forget_refusal(stack: Path) -> None:
    """Take away what was noted of a stack that is refused no more."""
    (stack / NOTE).unlink(missing_ok=True)
    (stack / REFUSED).unlink(missing_ok=True)
