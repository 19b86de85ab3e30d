"""One user at a time, by a lock of the operating system that ends with its holder."""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from hardware.errors import RigError


@contextmanager
def held(path: Path, what: str, purpose: str) -> Iterator[None]:
    """Hold the lock file `path`; RigError naming the holder if someone else does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Where the file is another user's, a sticky folder refuses O_CREAT but not opening.
    flags = os.O_RDWR if path.exists() else os.O_RDWR | os.O_CREAT
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        raise RigError(f"{what}: cannot open its lock {path}: {error}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 1000).decode("utf-8", "replace").strip()
            raise RigError(
                f"{what} is in use: {holder or 'by a process that did not leave its name'}. "
                "Wait for it to end; only one capture at a time."
            ) from error
        # Whoever made the file, the next user must be able to lock it.
        with suppress(PermissionError):
            os.fchmod(descriptor, 0o666)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        text = (
            f"{purpose}, by {getpass.getuser()} on {socket.gethostname()}, "
            f"process {os.getpid()}, since {now}\n"
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode("utf-8"), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
