"""A line on a terminal that is rewritten where it stands, with all else that is said above it."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any, TextIO

# To the line's begin, and nothing behind it.
ERASE = "\r\x1b[K"
# Set for the steps of a run that tells of its stacks itself, by such a line or in its log.
BY_STACK = "HOLOSTACK_TOLD_BY_STACK"


class LineInPlace:
    """Stands in for a stream; what is written to it goes above the line.

    Parameters
    ----------
    stream : of a terminal
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._is_shown, self._is_at_begin = False, True
        self._lock = Lock()

    def show(self, text: str) -> None:
        """Rewrite the line; not amid another that is being written."""
        with self._lock:
            if self._is_at_begin:
                self.stream.write(ERASE + text)
                self.stream.flush()
                self._is_shown = True

    def erase(self) -> None:
        """Take the line away; it comes again with the next `show`."""
        with self._lock:
            self._erase()
            self.stream.flush()

    def write(self, text: str) -> int:
        """Write as to the stream."""
        with self._lock:
            if text:
                self._erase()
                self._is_at_begin = text.endswith("\n")
            return self.stream.write(text)

    def width(self) -> int:
        """How many letters go into the line; 79 where the terminal does not say."""
        try:
            return os.get_terminal_size(self.stream.fileno()).columns - 1
        except (OSError, ValueError):
            return 79

    def _erase(self) -> None:
        if self._is_shown:
            self.stream.write(ERASE)
            self._is_shown = False

    # Whatever else is asked of a stream.
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.stream, name)


def can_rewrite(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal whose lines can be rewritten."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
