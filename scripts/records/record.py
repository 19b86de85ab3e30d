"""Records: JSON, each saying what it is, in which format, and who wrote it.

A record's `record_format` is `holostack-<kind>/<number>`. The number rises when a reader of before
would misunderstand; `read_record` brings records of every earlier number, and those made before
records had one (0), to what the program of today expects. Its `program` is the release that wrote
it, and its `record_sha256` that of its text without this line: a record in which anything was
changed is known by itself. Neither stands in a row of the sheet, settings or a list of code, which
are carried along.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.files import only_files, replacing
from records.program import VERSION
from records.shapes import fault
from records.text import cleaned

FORMAT, PROGRAM, DIGEST = "record_format", "program", "record_sha256"
# What each record is to a person, and the number of its format.
KINDS = {
    "import": ("record of an import", 1),
    "capture": ("record of a capture session", 1),
    "convert": ("record of the converted frames", 2),
    "transforms": ("record of the alignment", 2),
    "fuse": ("record of the fusion", 2),
    "retouch": ("record of the retouching", 1),
    "qc": ("record of the quality checks", 1),
    "external": ("record of a picture from elsewhere", 1),
    "master": ("record of a master", 1),
    "receipt": ("receipt of the archive", 1),
    "sheet": ("stack's row of the sheet", 1),
    "settings": ("stack's settings", 1),
    "made": ("list of what a step made", 1),
    "noted": ("note of a file's hash", 1),
    "code": ("list of the steps' code", 1),
    "reprocess": ("report of a reprocessing", 1),
    "target": ("record of a colour target", 1),
}


# What is true of a stack whatever the program: all their keys are cells, sections or scripts. And
# the receipt, which verifying knows again byte for byte, also after releases to come.
CARRIED = {"sheet", "settings", "code", "receipt"}


def _transforms_0(record: dict[str, Any]) -> dict[str, Any]:
    """Before alignment warned of anything and measured how much of a frame is sharp."""
    return {"warnings": [], **record}


# (kind, number) → what makes a record of the next number of it.
UPGRADES: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("transforms", 0): _transforms_0,
}


def record_text(kind: str, content: Mapping[str, object]) -> str:
    """A record as it is written: JSON, what it is and who wrote it in front."""
    about = {FORMAT: f"holostack-{kind}/{KINDS[kind][1]}"}
    if kind in CARRIED:
        return _json_text({**about, **content})
    about[PROGRAM] = f"Holostack {VERSION}"
    digest = _digest_of({**about, **content})
    return _json_text({**about, DIGEST: digest, **content})


def _json_text(record: Mapping[str, object]) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _digest_of(record: Mapping[str, object]) -> str:
    return hashlib.sha256(_json_text(record).encode("utf-8", "surrogatepass")).hexdigest()


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
    """Read a record of a kind, of any format up to today's; without what it says of itself.

    Raises
    ------
    RecordError
        The file is missing, is no such record, lacks what steps read in it (`records.shapes`), or
        was made by a newer Holostack.
    """
    try:
        with open(path, "rb", opener=only_files) as file:
            raw = file.read()
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
    if kind not in CARRIED:
        # Records of before have none.
        digest = record.pop(DIGEST, None)
        is_as_written = _is_as_written(raw, digest)
        if digest is not None and not is_as_written and not _has_digest(record, digest):
            raise RecordError(
                f"{path}: was changed since it was made; restore it, or remove it and run again, "
                "then the step that makes it makes it anew"
            )
        record.pop(PROGRAM, None)
    number = _number(record.pop(FORMAT, f"holostack-{kind}/0"), kind, path)
    if number > newest:
        raise RecordError(
            f"{path}: was written by a newer Holostack (format {number} of this {title}, "
            f"this program reads up to {newest}); use that or a later program"
        )
    for known in range(number, newest):
        record = UPGRADES.get((kind, known), dict)(record)
    if kind not in CARRIED and not _shows(raw):
        record = _cleaned(record)
    if wrong := fault(kind, record) or _halves(raw, record):
        raise RecordError(f"{path}: is no whole {title}: {wrong}; {restore}")
    return record


def _halves(raw: bytes, record: Mapping[str, object]) -> str:
    """What is wrong with a record that has half a character, which no file of ours can hold."""
    if b"\\u" not in raw:
        return ""
    try:
        _json_text(record).encode()
    except UnicodeEncodeError as error:
        return f"it has half a character ({error.object[error.start]!a})"
    return ""


def _is_as_written(raw: bytes, digest: object) -> bool:
    """Whether nothing but the line with the digest was added to what it is of: as we write it."""
    line = f'  "{DIGEST}": "{digest}",\n'.encode("utf-8", "surrogatepass")
    return hashlib.sha256(raw.replace(line, b"", 1)).hexdigest() == digest


def _has_digest(record: Mapping[str, object], digest: object) -> bool:
    try:
        return digest == _digest_of(record)
    # What was read in one nesting cannot always be written in it.
    except RecursionError:
        return False


def _shows(raw: bytes) -> bool:
    """Whether JSON has no text that is not clean, as far as its bytes tell at once."""
    return raw.isascii() and b"\\" not in raw and b"\x7f" not in raw


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - values of JSON
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {cleaned(key): _cleaned(one) for key, one in value.items()}
    return value


def was_cut_off(record: Path) -> bool:
    """Whether a record is there but is no JSON, as a full disk or a power cut may leave it."""
    try:
        json.loads(record.read_bytes())
    except (ValueError, RecursionError):
        return True
    except OSError:
        return False
    return False


def told_name(told: object, where: Path | str) -> str:
    """A file's name as a record tells it, which leads to no other folder.

    Parameters
    ----------
    told : name that a record gives for a file in a folder that the reader knows
    where : the record, for messages

    Raises
    ------
    RecordError : it is none
    """
    if not isinstance(told, str) or not told.isprintable() or told != Path(told).name or not told:
        raise RecordError(
            f"{where}: names the file {told!r}, which is no plain name; the record was not written "
            "by Holostack, and nothing is read or written there"
        )
    return told


def told_folder(told: object, record: Path) -> Path:
    """A folder as a record tells it from its own: one of the stack that the record is of.

    Raises
    ------
    RecordError : it lies elsewhere
    """
    home = Path(os.path.normpath(record.absolute().parents[1]))
    found = Path(os.path.normpath(home / record.parent.name / str(told)))
    if not isinstance(told, str) or "\0" in told or not found.is_relative_to(home):
        raise RecordError(
            f"{record}: names the folder {told!r}, which is not in that of its stack; nothing is "
            "read there"
        )
    return record.parent / told


def _number(told: object, kind: str, path: Path | str) -> int:
    is_text = isinstance(told, str) and told.startswith("holostack-")
    name, _, number = str(told).removeprefix("holostack-").partition("/")
    if not is_text or name != kind or not number.isascii() or not number.isdecimal():
        raise RecordError(f"{path}: is no {KINDS[kind][0]}, but says of itself {told!r}")
    return int(number)
