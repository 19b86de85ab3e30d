"""What libraries of other languages say on standard error while they decode, kept for who asks.

LibRaw goes on after most damage, and says so there alone, with the file's path and the byte:
`raw/IMG_0001.CR2: data corrupted at 123456`. While words are kept, those of Python itself still go
where they went before.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_STANDARD_ERROR = 2
# LibRaw, default_data_callback: the end of the file, or the byte where it stumbled.
_COMPLAINT = re.compile(
    r"^(?P<path>.+): (?P<words>Unexpected end of file|data corrupted at -?\d+)$"
)


class Words:
    """What was said so far."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this)

    @property
    def number(self) -> int:
        """Of the file that standard error leads to."""
        return self._file.fileno()

    def of(self, path: Path) -> tuple[str, ...]:
        """LibRaw's complaints about a file, each once."""
        said = self._lines()
        matches = (_COMPLAINT.fullmatch(line) for line in said)
        return tuple(dict.fromkeys(m["words"] for m in matches if m and m["path"] == str(path)))

    def others(self) -> tuple[str, ...]:
        """All else that was said, each once."""
        return tuple(
            dict.fromkeys(line for line in self._lines() if not _COMPLAINT.fullmatch(line))
        )

    def _lines(self) -> list[str]:
        size = os.fstat(self.number).st_size
        content = os.pread(self.number, size, 0).decode("utf-8", "backslashreplace")
        return [line.strip() for line in content.splitlines() if line.strip()]


@contextlib.contextmanager
def kept() -> Iterator[Words]:
    """Keep what is written on standard error, but for what Python writes there."""
    words = Words()
    before, python = os.dup(_STANDARD_ERROR), sys.stderr
    python.flush()
    with contextlib.suppress(OSError, ValueError):
        if python.fileno() == _STANDARD_ERROR:
            sys.stderr = open(  # noqa: SIM115
                os.dup(before), "w", encoding=python.encoding, errors=python.errors, buffering=1
            )
    os.dup2(words.number, _STANDARD_ERROR)
    try:
        yield words
    finally:
        os.dup2(before, _STANDARD_ERROR)
        os.close(before)
        if sys.stderr is not python:
            sys.stderr.close()
            sys.stderr = python
