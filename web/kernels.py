"""Compile what previews and retouching call, in the background, before somebody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def compiled_meanwhile(program: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Compile the kernels that are not yet, in a process of its own, until the way out.

    Where they are all there, it has ended within a second or two. What it cannot do is told to
    nobody: then a kernel is compiled by who calls it first.

    Parameters
    ----------
    program : the folder of Holostack
    """
    command = [sys.executable, str(program / "scripts" / "compile_kernels.py"), "--processes", "1"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    with suppress(OSError):
        # Whoever waits for a picture comes first.
        os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    try:
        yield process
    finally:
        # The terminal has ended it too, by Ctrl-C, or it was done long ago.
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
