"""How files are written and known: whole or not at all, where they do no harm, by their hashes.

Records of ours are JSON, each saying what it is, in which format, and who wrote it.

A record's `record_format` is `holostack-<kind>/<number>`. The number rises when a reader of before
would misunderstand; `read_record` brings records of every earlier number, and those made before
records had one (0), to what the program of today expects. Its `program` is the release that wrote
it, and its `record_sha256` that of its text without this line: a record in which anything was
changed is known by itself. Neither stands in a row of the sheet, settings or a list of code, which
are carried along.
"""

from __future__ import annotations

import argparse
import csv
import errno
import hashlib
import io
import itertools
import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.layout import BESIDE_RAW, OF_THE_ARCHIVE, RAW
from records.program import VERSION
from records.shapes import fault
from records.text import cell, cleaned
from records.unfinished import beside

FORMAT, PROGRAM, DIGEST = "record_format", "program", "record_sha256"
# All entries of a ZIP file have one date, the earliest that it knows.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# What each record is to a person, and the number of its format.
KINDS = {
    "import": ("record of an import", 1),
    "capture": ("record of a capture session", 1),
    "convert": ("record of the converted frames", 1),
    "transforms": ("record of the alignment", 1),
    "fuse": ("record of the fusion", 1),
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


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path to write to, for `target` alone; on success flush it to disk and rename it.

    The path has the name of `target` and lies in a folder beside it that nobody else may write
    to. Nothing half-written is ever found under `target`: on an exception, and after a kill by
    whoever next writes beside it, what was written is removed, and an older `target` is left as it
    was. A link at `target` is replaced, never followed.

    Raises
    ------
    RecordError : `target` is where raws or archived files lie
    """
    target = Path(target)
    refuse_protected(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with beside(target) as folder:
        partial = folder / target.name
        yield partial
        sync_file(partial)
        partial.replace(target)
        sync_folder(target.parent)


def write_bytes(target: Path, content: bytes) -> None:
    """Write a small file, whole or not at all; see `replacing`."""
    with replacing(target) as partial:
        partial.write_bytes(content)


def plain_file(path: str, flags: int) -> int:
    """Open what is a file and nothing else, to go on writing it: for `open(…, opener=plain_file)`.

    Raises
    ------
    OSError : ELOOP for a link of either kind, which leads to another's file, and for a device
    """
    # Truncating is for after the look at it; and a pipe is not to be waited for.
    opening = (flags & ~os.O_TRUNC) | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, opening, 0o666)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if flags & os.O_TRUNC:
        os.ftruncate(descriptor, 0)
    return descriptor


def copy_new(source: Path, target: Path) -> Path:
    """Copy a file and its times to a name that nothing has, through no link; gives `target`."""
    import shutil

    with source.open("rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written)
    shutil.copystat(source, target)
    return target


def write_note(target: Path, content: bytes) -> None:
    """Write what would be found out anew if it were not there: fast, for it is not flushed.

    It is whole or not at all, but after a power cut it may be empty.
    """
    write_notes(target.parent, {target.name: content})


def write_notes(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several notes of one folder, by their names, in their order; see `write_note`."""
    folder.mkdir(parents=True, exist_ok=True)
    with beside(folder / next(iter(contents))) as work:
        for name, content in contents.items():
            partial = work / name
            partial.write_bytes(content)
            partial.replace(folder / name)


def write_table(
    target: Path, columns: Collection[str], rows: Iterable[Mapping[str, object]]
) -> None:
    """Write a table for people as CSV, whole or not at all; see `replacing`.

    Parameters
    ----------
    rows : by column; one that is missing is left empty. Texts are made safe for the spreadsheet
        that opens the table; see `records.text.cell`
    """
    with replacing(target) as partial, partial.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, columns, lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow(
                {name: cell(one) if isinstance(one, str) else one for name, one in row.items()}
            )


def put_in_place(source: Path, target: Path) -> None:
    """Give a whole file its final name, on disk before it shows, and never over another file.

    Raises
    ------
    FileExistsError : `target` is there, however late it came
    """
    sync_file(source)
    _move_to_free(source, target)
    sync_folder(target.parent)


def set_aside(path: Path, folder: Path) -> Path:
    """Move a file into `folder` under its name, or a free one like it, and give where it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        target = folder / (f"{path.stem}_{number}{path.suffix}" if number else path.name)
        try:
            _move_to_free(path, target)
        except FileExistsError:
            continue
        sync_folder(folder)
        return target
    raise AssertionError("numbers never end")


def _move_to_free(source: Path, target: Path) -> None:
    """Rename, but never over another file."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network drives know no second name for a file.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)
    else:
        source.unlink()


def sync_file(path: Path) -> None:
    """Flush a file to disk."""
    # Opened for reading, since a step may have made it read-only; fsync does not mind.
    with path.open("rb") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def only_files(path: str, flags: int) -> int:
    """For `open`: opens a file alone, since to read a pipe or a device may never end.

    Raises
    ------
    OSError : something else is in its place, or as `os.open`
    """
    opened = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise OSError(errno.ENXIO, "is no file", path)


def sha256_file(path: Path | str) -> str:
    """SHA-256 of a file's bytes, lower-case hexadecimal; memory does not grow with the file."""
    with open(path, "rb", opener=only_files) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_bytes(value: object) -> bytes:
    """JSON as the archive writes it: sorted, indented, UTF-8, one newline at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file of these contents by their names, equal where they are: sorted, of one date."""
    import zipfile

    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return whole.getvalue()


def refuse_protected(target: Path) -> None:
    """Refuse to write where raws or archived files lie.

    Raises
    ------
    RecordError : `target`, links followed, is a stack's raw folder or in one, or is in the archive
    """
    # Mostly the same; a step asks for all that it writes, and folders above may hold many files.
    for path in dict.fromkeys((target.resolve(), target.parent.resolve() / target.name)):
        for folder in (path, *path.parents):
            if folder.name == RAW and any((folder.parent / one).exists() for one in BESIDE_RAW):
                raise RecordError(
                    f"{target}: raws lie in {folder}, and nothing else is ever written there; "
                    "name another place"
                )
        for folder in path.parents:
            if _declares_archive(folder):
                raise RecordError(
                    f"{target}: is in the archive {folder}, which archiving alone writes to; name "
                    "another place"
                )


def _declares_archive(folder: Path) -> bool:
    """Whether a folder says of itself that it is an archive, or an object in one."""
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.startswith(OF_THE_ARCHIVE) for entry in entries)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False


def refuse_outputs(options: argparse.Namespace, *outputs: str) -> None:
    """Refuse a step's outputs where they would do harm, before any work.

    Parameters
    ----------
    options : the step's options; those that are paths and no outputs are its inputs
    outputs : names of the options that the step writes to; those not given are passed over

    Raises
    ------
    RecordError : as `refuse_protected`; or an output is an input, another output, or among the
        files of an input folder named `raw` or `source`
    """
    named = {name: _paths(value) for name, value in vars(options).items()}
    inputs = {
        path.resolve(): name
        for name, paths in named.items()
        if name not in outputs
        for path in paths
    }
    folders = [path.resolve() for name in (RAW, "source") for path in named.get(name, ())]
    written: dict[Path, str] = {}
    for name in outputs:
        for path in named.get(name, ()):
            refuse_protected(path)
            target, option = path.resolve(), f"--{name.replace('_', '-')}"
            if target in inputs:
                other = inputs[target].replace("_", "-")
                raise RecordError(f"{option} {path}: is what --{other} reads; name another place")
            if target in written:
                raise RecordError(f"{option} {path}: is --{written[target]} too; name two places")
            if any(folder in target.parents for folder in folders):
                raise RecordError(
                    f"{option} {path}: is in a folder that frames are read from, and nothing is "
                    "ever written there; name another place"
                )
            written[target] = name.replace("_", "-")


def _paths(value: object) -> Iterable[Path]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, Path)]
