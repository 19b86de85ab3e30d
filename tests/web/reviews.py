"""The review site as people start it, `python -m web`, which can be killed and started again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.web.benches import ROOT


@dataclass
class Review:
    """The server of a data tree.

    Attributes
    ----------
    port : 0 until it was started first; then it is that one again
    address : with the token that lets in
    """

    folder: Path
    port: int = 0
    address: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it, and give the address that it tells."""
        wanted = ["--port", str(self.port)] if self.port else []
        self.process = process = subprocess.Popen(
            [sys.executable, "-m", "web", "--directory", self.folder, *wanted],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NUMBA_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\S+", line):
                self.address, self.port = found[0], int(found[1])
                # What it says later must not stop it.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return self.address
        raise AssertionError(f"no address was told:\n{told}")

    def kill(self) -> None:
        """End it as a loss of power does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def reviewed(folder: Path) -> Iterator[Review]:
    """A server of a data tree; gone on the way out."""
    review = Review(folder)
    review.start()
    try:
        yield review
    finally:
        review.kill()
