"""Read what others may have made, such as an object or a bag: regular files in its folder alone.

A link may lead anywhere, a pipe never ends, and to open some devices does something. So a file is
opened folder by folder without following links, and looked at once it is open: nothing can be put
in the way between a look and the reading.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from records.errors import RecordError

# Many times what an inventory or a record of a stack needs. They are read at once, and a larger one
# was made to fill a memory.
MOST_BYTES = 64 << 20
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
# A pipe is opened without waiting for who writes to it.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def plain_parts(name: str) -> list[str]:
    """The parts of a path that leads down from a folder, with `/`.

    Raises
    ------
    RecordError
        It is absolute or empty, or has a part that is empty, `.` or `..`.
    """
    parts = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise RecordError(f"{name!r} is no plain path within its folder; nothing is read there")
    return parts


def open_inside(folder: Path, name: str) -> io.FileIO:
    """Open a regular file inside a folder, unbuffered.

    Parameters
    ----------
    folder : is followed where it is a link itself
    name : path from there, with `/`

    Raises
    ------
    RecordError
        It is missing, cannot be read, is no regular file, or is reached through a link.
    """
    *parents, last = plain_parts(name)
    path = folder / name
    here = _opened_folder(folder, parents, path)
    try:
        found = _opened(last, path, here)
    finally:
        os.close(here)
    kind = stat.S_IFMT(os.fstat(found).st_mode)
    if kind != stat.S_IFREG:
        os.close(found)
        raise RecordError(f"{path}: is {_KINDS.get(kind, 'a device')}, no file; it is not read")
    os.set_blocking(found, True)
    return io.FileIO(found)


def file_inside(folder: Path, name: str) -> Path:
    """Where a file lies that `open_inside` opens, for what reads files by their paths."""
    open_inside(folder, name).close()
    return folder / name


def read_inside(folder: Path, name: str, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a small file that `open_inside` opens.

    Raises
    ------
    RecordError
        As `open_inside`; or it is larger than `most_bytes`.
    """
    with io.BufferedReader(open_inside(folder, name)) as opened:
        try:
            content = opened.read(most_bytes + 1)
        except OSError as error:
            raise _unread(folder / name, error) from None
    if len(content) > most_bytes:
        raise RecordError(
            f"{folder / name}: is larger than any such file ({most_bytes / 1e6:.0f} MB); it is not "
            "read"
        )
    return content


def folder_inside(folder: Path, name: str) -> Path | None:
    """A folder below another, reached through no link; None where there is none.

    Raises
    ------
    RecordError
        A link or something else is in its place, or on the way.
    """
    if not os.path.lexists(folder / name):
        return None
    os.close(_opened_folder(folder, plain_parts(name), folder / name))
    return folder / name


def strangers_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """What is neither a file nor a folder in a folder, and what it is, such as `a link`."""
    for here, folders, names in os.walk(folder):
        for path in (Path(here, name) for name in (*folders, *names)):
            try:
                kind = stat.S_IFMT(path.lstat().st_mode)
            except FileNotFoundError:
                # Archiving may have taken it away meanwhile.
                continue
            if kind not in (stat.S_IFREG, stat.S_IFDIR):
                yield path, _KINDS.get(kind, "a device")


def _opened_folder(folder: Path, parts: list[str], path: Path) -> int:
    try:
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unread(path, error) from None
    for part in parts:
        try:
            inner = _opened(part, path, here, os.O_DIRECTORY)
        finally:
            os.close(here)
        here = inner
    return here


def _opened(name: str, path: Path, parent: int, more: int = 0) -> int:
    try:
        return os.open(name, _FLAGS | more, dir_fd=parent)
    except OSError as error:
        try:
            kind = stat.S_IFMT(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
        except OSError:
            kind = 0
        if kind in _KINDS.keys() - {stat.S_IFDIR}:
            raise RecordError(
                f"{path}: is {_KINDS[kind]} or lies behind one, and is no file; it is not read"
            ) from None
        raise _unread(path, error) from None


def _unread(path: Path, error: OSError) -> RecordError:
    if isinstance(error, FileNotFoundError):
        return RecordError(f"{path}: missing")
    return RecordError(f"{path}: cannot be read: {error.strerror}")
