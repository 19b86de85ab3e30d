"""Records of ours as JSON: written whole or not at all, each saying what it is and in which format.

A record's `record_format` is `holostack-<kind>/<number>`. The number rises when a reader of before
would misunderstand; `read_record` brings records of every earlier number, and those made before
records had one (0), to what the program of today expects.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.places import refuse_protected
from records.storing import sync_folder

FORMAT = "record_format"
# What each record is to a person, and the number of its format.
KINDS = {
    "import": ("record of an import", 1),
    "capture": ("record of a capture session", 1),
    "convert": ("record of the converted frames", 1),
    "transforms": ("record of the alignment", 1),
    "fuse": ("record of the fusion", 1),
    "qc": ("record of the quality checks", 1),
    "master": ("record of a master", 1),
    "receipt": ("receipt of the archive", 1),
    "sheet": ("stack's row of the sheet", 1),
    "settings": ("stack's settings", 1),
    "made": ("list of what a step made", 1),
    "code": ("list of the steps' code", 1),
    "reprocess": ("report of a reprocessing", 1),
}


def _transforms_0(record: dict[str, Any]) -> dict[str, Any]:
    """Before alignment warned of anything and measured how much of a frame is sharp."""
    return {"warnings": [], **record}


# (kind, number) → what makes a record of the next number of it.
UPGRADES: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("transforms", 0): _transforms_0,
}


def record_text(kind: str, content: Mapping[str, object]) -> str:
    """A record as it is written: JSON, what it is in front."""
    marked = {FORMAT: f"holostack-{kind}/{KINDS[kind][1]}", **content}
    return json.dumps(marked, indent=2, ensure_ascii=False) + "\n"


def write_record(target: Path, kind: str, content: Mapping[str, object]) -> None:
    """Write a record of a kind, whole or not at all.

    Parameters
    ----------
    target : file to write
    kind : one of `KINDS`
    content : what JSON can hold
    """
    with replacing(target) as partial:
        partial.write_text(record_text(kind, content), encoding="utf-8")


def read_record(path: Path, kind: str) -> dict[str, Any]:
    """Read a record of a kind, of any format up to today's; without its `record_format`.

    Raises
    ------
    RecordError
        The file is missing, is no such record, or was made by a newer Holostack.
    """
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise RecordError(f"{path}: missing; run the step that makes it") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from None
    return parse_record(raw, kind, path)


def parse_record(raw: bytes, kind: str, path: Path | str) -> dict[str, Any]:
    """The content of a record from its bytes: see `read_record`; `path` is for messages."""
    title, newest = KINDS[kind]
    restore = "restore it, or run the step that makes it again"
    try:
        record = json.loads(raw)
    # Deep nesting ends in a RecursionError.
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path}: is damaged, no JSON ({error}); {restore}") from None
    if not isinstance(record, dict):
        raise RecordError(f"{path}: is no {title}; {restore}")
    number = _number(record.pop(FORMAT, f"holostack-{kind}/0"), kind, path)
    if number > newest:
        raise RecordError(
            f"{path}: was written by a newer Holostack (format {number} of this {title}, "
            f"this program reads up to {newest}); use that or a later program"
        )
    for known in range(number, newest):
        record = UPGRADES.get((kind, known), dict)(record)
    return record


def _number(told: object, kind: str, path: Path | str) -> int:
    is_text = isinstance(told, str) and told.startswith("holostack-")
    name, _, number = str(told).removeprefix("holostack-").partition("/")
    if not is_text or name != kind or not number.isascii() or not number.isdecimal():
        raise RecordError(f"{path}: is no {KINDS[kind][0]}, but says of itself {told!r}")
    return int(number)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; on success flush it to disk and rename it.

    Nothing half-written is ever found under `target`: on an exception the partial file is
    removed and an older `target` is left as it was.

    Raises
    ------
    RecordError : `target` is where raws or archived files lie
    """
    target = Path(target)
    refuse_protected(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.stem}.partial{target.suffix}")
    try:
        yield partial
        # Opened for reading, since a step may have made it read-only; fsync does not mind.
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
