"""Converted frames that are gone, developed again for who looks at them, while the server lives.

A program of its own develops them (scripts/developed.py): should a decoder bring it down, the pages
stay. Few are kept, for a frame of 24 Mpx takes 144 MB.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from records.errors import RecordError
from records.layout import CONVERT
from records.log import ERROR
from records.record import told_name
from records.unfinished import beside

PROGRAM = Path(__file__).resolve().parents[1] / "scripts" / "developed.py"
MOST_BYTES = 4 << 30
# On either side of the one that is asked for, which a person steps to next.
NEAR = 2
LOOK_EVERY_S = 0.02


class Developing:
    """Frames that were developed again; every method may be called from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, None] = OrderedDict()
        self._until_the_end = ExitStack()
        self._home: Path | None = None
        self._process: subprocess.Popen[str] | None = None
        atexit.register(self.end)

    def file(self, stack: Path, number: int, names: Mapping[int, str]) -> Path:
        """A converted frame of a stack: where the step put it, or developed again.

        Parameters
        ----------
        stack : its folder
        number : of the frame
        names : of the files of all frames, by number

        Raises
        ------
        RecordError : it cannot be developed
        """
        name = told_name(names[number], stack / CONVERT)
        if (stack / "tiff" / name).is_file():
            return stack / "tiff" / name
        with self._lock:
            folder = self._folder(stack)
            path = folder / name
            if not path.is_file():
                self._wait()
            if not path.is_file():
                order = sorted(names, key=lambda other: (abs(other - number), other))
                near = [one for one in order[: 2 * NEAR + 1] if not (folder / names[one]).is_file()]
                self._develop(stack, near, folder, path)
            for one in folder.glob("[!.]*"):
                self._kept.setdefault(one)
            self._kept.move_to_end(path)
            self._let_go(path)
            return path

    def end(self) -> None:
        """Leave nothing behind."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._wait()
            self._kept.clear()
            self._home = None
            self._until_the_end.close()

    def _folder(self, stack: Path) -> Path:
        """Where frames of a stack lie, as it was converted last."""
        if self._home is None:
            results = stack.absolute().parents[2] / "results"
            results.mkdir(exist_ok=True)
            self._home = self._until_the_end.enter_context(beside(results / "frames"))
        told = repr((str(stack.absolute()), (stack / CONVERT).stat().st_mtime_ns))
        folder = self._home / hashlib.sha256(told.encode()).hexdigest()[:16]
        folder.mkdir(exist_ok=True)
        return folder

    def _develop(self, stack: Path, numbers: list[int], folder: Path, path: Path) -> None:
        """Begin to develop frames, and wait for the first."""
        words = [sys.executable, str(PROGRAM), f"--stack={stack}", f"--out={folder}"]
        words += [f"--threads={min(2, os.cpu_count() or 1)}", "--frames", *map(str, numbers)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        while not path.is_file():
            if self._process.poll() is not None:
                said = self._wait()
                if path.is_file():
                    return
                reasons = [line for line in said.splitlines() if line.startswith(ERROR)]
                reason = reasons[-1].removeprefix(ERROR) if reasons else "its program broke"
                raise RecordError(f"a frame that is gone cannot be developed again: {reason}")
            time.sleep(LOOK_EVERY_S)

    def _wait(self) -> str:
        """Wait for what is under way, and give what it said."""
        if self._process is None:
            return ""
        said = self._process.communicate()[1]
        self._process = None
        return said

    def _let_go(self, path: Path) -> None:
        """Remove what was not looked at for longest; who has it open keeps it."""
        sizes = {one: one.stat().st_size for one in self._kept if one.is_file()}
        total = sum(sizes.values())
        for one in list(self._kept):
            if total <= self._most_bytes:
                return
            if one != path:
                total -= sizes.get(one, 0)
                one.unlink(missing_ok=True)
                del self._kept[one]


# One for the server: a stack's page and its retouching look at the same frames.
AGAIN = Developing()
