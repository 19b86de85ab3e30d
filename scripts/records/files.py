"""How files are written and known: whole or not at all, where they do no harm, by their hashes."""

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
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from records.errors import RecordError
from records.known_frames import NewHash
from records.layout import BESIDE_RAW, OF_THE_ARCHIVE, RAW
from records.text import cell
from records.unfinished import beside

# All entries of a ZIP file have one date, the earliest that it knows.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


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


def digest_file(path: Path | str, new_hash: NewHash) -> str:
    """Digest of a file's bytes by a hash of one's choice; as `sha256_file`."""
    with open(path, "rb", opener=only_files) as file:
        return str(hashlib.file_digest(file, new_hash).hexdigest())


def digests_file(path: Path | str, *new_hashes: NewHash) -> tuple[str, ...]:
    """Digests of a file's bytes by several hashes, read once; as `sha256_file`."""
    begun = [new_hash() for new_hash in new_hashes]
    # Hashes that take turns more often take a tenth longer.
    buffer = memoryview(bytearray(1 << 20))
    with open(path, "rb", buffering=0, opener=only_files) as file:
        while count := file.readinto(buffer):
            for one in begun:
                one.update(buffer[:count])
    return tuple(str(one.hexdigest()) for one in begun)


def digest_parts(path: Path | str, first_bytes: int, new_hash: NewHash) -> tuple[str, str]:
    """Digests of a file's first bytes and of all that follow them; as `digest_file`."""
    with open(path, "rb", opener=only_files) as file:
        first = new_hash()
        first.update(file.read(first_bytes))
        return first.hexdigest(), hashlib.file_digest(file, new_hash).hexdigest()


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
