"""Where a thing is made before it has its name: a folder of one process's own, beside its place.

Nobody else may write in such a folder, and nobody can guess its name: no link lies in wait there.
While its process lives it holds a lock of the operating system, which ends with that process
however it ends. So what a killed process left is known by its lock being free, also after a power
cut, and whoever next makes something beside it removes it. Where a disk knows no locks it stays.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".alive"
# Of the name of what is made, which people know it by: a name may have 255 bytes and no more.
_SHOWN = 40
_NAME = re.compile(rf"\..{{1,{_SHOWN}}}\.[0-9a-f]{{16}}\.partial", re.DOTALL)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def is_unfinished(name: str) -> bool:
    """Whether a name is that of such a folder."""
    return bool(_NAME.fullmatch(name))


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty folder of this process's own beside `target`; it is removed at the end.

    Folders that processes which are dead left beside it are removed, before and after. A process
    that is started with `close_fds=False` holds the folder as well, for as long as it lives.
    """
    sweep(target.parent)
    folder, lock = _begun(target)
    try:
        yield folder
    except OSError as error:
        error.filename = _as_told(error.filename, folder, target)
        raise
    finally:
        with suppress(OSError):
            _remove(folder)
        os.close(lock)
        # Of a dead process, what its own children held at the beginning.
        sweep(target.parent)


def sweep(folder: Path, below: bool = False) -> None:
    """Remove what dead processes left in a folder; what belongs to a living one stays.

    Parameters
    ----------
    below : in all folders below it as well, links to folders aside
    """
    try:
        with os.scandir(folder) as entries:
            inner = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for name in inner:
        if is_unfinished(name):
            with suppress(OSError):
                _remove_if_dead(folder / name)
        elif below:
            sweep(folder / name, below=True)


def _as_told(failed: object, folder: Path, target: Path) -> object:
    """The file that an error is about as a person knows it, by the name that it was to have."""
    if failed is None:
        # What is written to an open file names none when the disk is full.
        return str(target)
    made = folder / target.name
    if isinstance(failed, str | Path) and Path(failed).is_relative_to(made):
        return str(target / Path(failed).relative_to(made))
    return failed


def _begun(target: Path) -> tuple[Path, int]:
    """A new folder and its lock, held."""
    while True:
        folder = target.with_name(f".{target.name[:_SHOWN]}.{os.urandom(8).hex()}.partial")
        folder.mkdir(mode=0o700)
        lock = None
        try:
            inside = os.open(folder, _FOLDER)
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                lock = os.open(LOCK, flags, 0o600, dir_fd=inside)
                # For those that this process starts to work in the folder, who may outlive it.
                os.set_inheritable(lock, True)
                _hold(lock)
                if _is_at(lock, inside):
                    return folder, lock
            finally:
                os.close(inside)
        except (FileNotFoundError, BlockingIOError):
            # Between two of these lines another process took the folder for a dead one's.
            pass
        except BaseException:
            if lock is not None:
                os.close(lock)
            with suppress(OSError):
                _remove(folder)
            raise
        if lock is not None:
            os.close(lock)


def _hold(lock: int) -> None:
    """Lock a file; BlockingIOError where another does.

    Where the disk knows no locks there is none, and what is left there is never taken for dead.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass


def _is_at(lock: int, folder: int) -> bool:
    try:
        there = os.stat(LOCK, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(lock), there)


def _remove_if_dead(folder: Path) -> None:
    inside = os.open(folder, _FOLDER)
    try:
        lock = os.open(LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside)
    except FileNotFoundError:
        # Its process ended before it made the lock, or after it had removed all else.
        folder.rmdir()
        return
    finally:
        os.close(inside)
    try:
        if stat.S_ISREG(os.fstat(lock).st_mode):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: by it the rest is known as one's own after a kill."""
    inside = os.open(folder, _FOLDER)
    try:
        with os.scandir(inside) as entries:
            found = [(one.name, one.is_dir(follow_symlinks=False)) for one in entries]
        for name, is_folder in found:
            if is_folder:
                # In few steps; to load it takes as long as to read a record.
                import shutil

                shutil.rmtree(name, dir_fd=inside)
            elif name != LOCK:
                os.unlink(name, dir_fd=inside)
        with suppress(FileNotFoundError):
            os.unlink(LOCK, dir_fd=inside)
    finally:
        os.close(inside)
    folder.rmdir()
