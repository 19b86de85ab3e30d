"""One user at a time, by a lock of the operating system that ends with its holder.

The file of a lock may lie where all users of a machine may write, and so anyone may have put there
what leads elsewhere: a link is refused, and what is another user's is locked but never written.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hardware.errors import RigError
from records.files import plain_file

# Whoever made the file, the next user must be able to lock it, and needs not write it for that.
RIGHTS = 0o644
# What a bench writes that it holds a rig for. A stop stops it, and it keeps the rig.
BENCH = "bench"
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Holder:
    """Who holds a lock; `process` is known of one on this machine that left its name."""

    told: str
    process: int | None = None

    def is_bench(self) -> bool:
        """Whether it keeps the rig for more than one thing."""
        return self.told.startswith(f"{BENCH}, ")


def holder_of(path: Path, what: str) -> Holder | None:
    """Who holds the lock file `path` now; None if nobody does."""
    if not os.path.lexists(path):
        return None
    descriptor = _opened(path, what)
    try:
        return None if _locked(descriptor) else _holder(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path, what: str, purpose: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`; RigError naming the holder if someone else does.

    `wait_s` is for one that is just ending.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _opened(path, what)
    try:
        # For a moment it is held by whoever looks who holds it.
        until = time.monotonic() + max(wait_s, LOOK_EVERY_S)
        while not _locked(descriptor):
            if time.monotonic() >= until:
                holder = _holder(descriptor)
                raise RigError(f"{what} is in use: {holder.told}. {_advice(holder)}")
            time.sleep(LOOK_EVERY_S)
        is_ours = os.fstat(descriptor).st_uid == os.geteuid()
        if is_ours:
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            text = (
                f"{purpose}, by {getpass.getuser()} on {socket.gethostname()}, "
                f"process {os.getpid()}, since {now}\n"
            )
            os.fchmod(descriptor, RIGHTS)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, text.encode("utf-8"), 0)
        yield
        if is_ours:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path, what: str) -> int:
    """The lock's file, made if there is none; to be written only if it is ours."""
    # Another user's is not to be written; and with O_CREAT a sticky folder would not open it.
    for flags in (os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            return plain_file(str(path), flags)
        except (FileNotFoundError, PermissionError) as error:
            refused: OSError = error
        except OSError as error:
            refused = error
            break
    if refused.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
        raise RigError(
            f"{what}: its lock {path} is a link or no file, and may lead to another's; find out "
            "who put it there, then remove it"
        ) from refused
    raise RigError(f"{what}: cannot open its lock {path}: {refused}") from refused


def _holder(descriptor: int) -> Holder:
    """Who wrote that they hold a lock; one who found another user's file could not write it."""
    told = os.pread(descriptor, 1000, 0).decode("utf-8", "replace").strip()
    process = re.search(rf" on {re.escape(socket.gethostname())}, process (\d+)", told)
    if not told or (process and int(process[1]) not in _lockers(descriptor)):
        return Holder("by a process that did not leave its name")
    return Holder(told, int(process[1]) if process else None)


def _advice(holder: Holder) -> str:
    """What to do about one who holds the rig."""
    if holder.is_bench():
        return "It keeps the rig until it is ended (Ctrl-C there): do it at the bench, or end that."
    return "Wait for it to end, or stop it (`python -m hardware stop`); only one capture at a time."


def _lockers(descriptor: int) -> set[int]:
    """Processes that may hold a lock of this file: by the kernel's list, else all there are."""
    inode = os.fstat(descriptor).st_ino
    processes: set[int] = set()
    # `1: FLOCK  ADVISORY  WRITE 4242 fd:01:1234 0 EOF`
    with suppress(OSError):
        locks = Path("/proc/locks").read_text()
        processes = {int(n) for n in re.findall(rf"FLOCK +\S+ +\S+ (\d+) \S+:{inode} ", locks)}
    with suppress(OSError):
        processes = processes or {
            int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()
        }
    return processes
