"""One writer at a time, by locks that the kernel holds: they end with their holder, in any way.

A lock is a file that is there while it is held, and says by whom. A stack's lies beside its folder,
`.<view>.lock`: commands let the folder change places with another, and every machine that sees the
stack sees the lock. Whoever lets go of it last removes it; one that a killed process left is taken
over by the next.

The lock is `flock`, which NFS since Linux 2.6.12 and SMB pass on to other machines, as GPFS does;
Lustre needs the mount option `flock`. Where a file system keeps locks to the machine, two machines
are not kept apart; where it knows none at all, that is said.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from records.errors import RecordError
from records.files import refuse_protected
from records.layout import BESIDE_RAW, RAW
from records.log import progress, warn

# Names the run of the workflow that a step belongs to. Steps of one run write into a stack side by
# side: that none writes what another reads is Snakemake's business.
RUN = "HOLOSTACK_RUN"
# Tells the jobs on a cluster when their run was planned: in ns, as the data's file system tells it.
PLANNED = "HOLOSTACK_PLANNED"
# A step whose Snakemake was killed is gone after some seconds.
WAIT_S = 15.0
SAID_AFTER_S = 2.0
LOOK_EVERY_S = 0.1
# What file systems answer that know no locks.
_KNOWS_NONE = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


class Holder(NamedTuple):
    """Who holds a lock.

    Attributes
    ----------
    command : such as `fuse.py`
    since : moment in ISO 8601
    run : of the workflow, "" for a command that a person gave
    """

    command: str
    process: int
    host: str
    user: str
    since: str
    run: str = ""

    def __str__(self) -> str:
        """Words for people."""
        who = f"process {self.process} on {self.host}, by {self.user}, since {self.since}"
        return f"{self.command} ({who})" if self.process else self.command


UNKNOWN = Holder("a program that left no name", 0, "", "", "")


def myself(command: str = "", run: str = "") -> Holder:
    """Tell who this process is; `command` is what it was started as if none is given."""
    started = Path(sys.argv[0])
    name = started.parent.name if started.name == "__main__.py" else started.name
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Holder(command or name, os.getpid(), os.uname().nodename, _user(), now, run)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def stack_of(output: Path) -> Path | None:
    """Folder of the stack that a step's output lies in; None where it is in no stack's."""
    folders = output.absolute().parents
    if output.name in BESIDE_RAW and (folders[0] / RAW).is_dir():
        return folders[0]
    return next(
        (folder for folder in folders if any((folder / name).exists() for name in BESIDE_RAW)), None
    )


@contextmanager
def writing(
    stack: Path | None, *, alone: bool = False, wait_s: float | None = None
) -> Iterator[None]:
    """Hold the lock of a stack's folder while its files are written.

    Parameters
    ----------
    stack : the folder, there or not; None holds nothing
    alone : also steps of the same run are kept out, as the whole folder is replaced
    wait_s : for another writer to end (default: WAIT_S)

    Raises
    ------
    RecordError : another writes into the stack, and who; or the place is protected
    """
    if stack is None:
        yield
        return
    place = stack.resolve()
    lock = place.with_name(f".{place.name}.lock")
    refuse_protected(lock)
    run = "" if alone else os.environ.get(RUN, "")
    wait_s = WAIT_S if wait_s is None else wait_s
    with _folders_for(lock), held(lock, myself(run=run), f"{stack}: is in use", wait_s):
        yield


@contextmanager
def _folders_for(lock: Path) -> Iterator[None]:
    """Of the folders that are made for a lock, remove again what stays empty."""
    missing = [folder for folder in lock.parents if not folder.exists()]
    try:
        yield
    finally:
        with suppress(OSError):
            for folder in missing:
                folder.rmdir()


@contextmanager
def held(lock: Path, holder: Holder, what: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a lock file; those of one run hold it together.

    Parameters
    ----------
    lock : the file; its folder is made
    holder : this process
    what : begins the sentence that names another holder, as in `dorsal: is in use`
    wait_s : for others to let go of it

    Raises
    ------
    RecordError : another holds it, or the file is none of ours
    """
    began, said = time.monotonic(), False
    with ExitStack() as letting_go:
        while True:
            try:
                taken = _take(lock, holder)
            except OSError as error:
                if error.errno not in _KNOWS_NONE:
                    raise
                warn(f"{lock.parent}: knows no locks; let nothing else write there meanwhile")
                break
            if isinstance(taken, int):
                letting_go.callback(_let_go, lock, taken)
                break
            waited = time.monotonic() - began
            if waited >= wait_s:
                raise RecordError(
                    f"{what} by {taken}. Wait until it has ended, or end it; then do the "
                    "same again. Nothing was changed"
                )
            if waited > SAID_AFTER_S and not said:
                said = True
                progress(f"{what} by {taken}; waiting for it to end")
            time.sleep(LOOK_EVERY_S)
        yield


def holder_of(lock: Path) -> Holder:
    """Who holds a lock file, or held it when killed."""
    try:
        return _read(lock.read_bytes())
    except OSError:
        return UNKNOWN


def is_held(lock: Path) -> bool:
    """Whether a process that this machine knows of holds a lock file."""
    try:
        descriptor = _open(lock)
    except FileNotFoundError:
        return False
    try:
        return not _lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _take(lock: Path, holder: Holder) -> int | Holder:
    """The descriptor that holds the lock, else who does."""
    while True:
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor, is_new = os.open(lock, flags, 0o666), True
        except FileNotFoundError:
            # Another has let go of its lock, and of the empty folders made for it.
            lock.parent.mkdir(parents=True, exist_ok=True)
            continue
        except FileExistsError:
            try:
                descriptor, is_new = _open(lock), False
            except FileNotFoundError:
                continue
        try:
            if is_new:
                is_mine = _lock(descriptor, fcntl.LOCK_SH if holder.run else fcntl.LOCK_EX)
                if is_mine and _is_there(descriptor, lock):
                    # On a full disk it is held namelessly.
                    with suppress(OSError):
                        os.write(descriptor, json.dumps(holder._asdict()).encode())
                    return os.dup(descriptor)
            elif _lock(descriptor, fcntl.LOCK_EX):
                # Left by a killed process, or just let go of.
                if _is_there(descriptor, lock):
                    lock.unlink()
            else:
                other = _read(os.pread(descriptor, 10_000, 0))
                if not holder.run or other.run != holder.run:
                    return other
                if _lock(descriptor, fcntl.LOCK_SH) and _is_there(descriptor, lock):
                    return os.dup(descriptor)
        except OSError as error:
            if is_new and error.errno in _KNOWS_NONE:
                lock.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)


def _let_go(lock: Path, descriptor: int) -> None:
    """Remove the file if nobody else holds it: others look whether what they locked is there."""
    try:
        with suppress(OSError):
            if _lock(descriptor, fcntl.LOCK_EX) and _is_there(descriptor, lock):
                lock.unlink()
    finally:
        os.close(descriptor)


def _open(lock: Path) -> int:
    """Open a lock file that is there; links and what is no file are refused."""
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            descriptor = os.open(lock, os.O_RDWR | flags)
        except PermissionError:
            # Another user's.
            descriptor = os.open(lock, os.O_RDONLY | flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RecordError(f"{lock}: is a link where a lock is to be; remove it") from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RecordError(f"{lock}: is no file, where a lock is to be; remove it")
    return descriptor


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Of another user's file, NFS does not tell.
        if error.errno != errno.EBADF:
            raise
        return False
    return True


def _is_there(descriptor: int, lock: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        now = os.fstat(descriptor)
        return now.st_nlink > 0 and os.path.samestat(now, os.lstat(lock))
    except FileNotFoundError:
        return False


def _read(written: bytes) -> Holder:
    try:
        return Holder(**json.loads(written))
    except (ValueError, TypeError, RecursionError):
        return UNKNOWN
