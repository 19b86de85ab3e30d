"""What the desk shows: one state, written by few, read by whoever looks, numbered by change."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

from hardware.sentence import Sentence

TOLD = 50
KINDS = ("note", "warning", "error")


def now(precise: bool = False) -> str:
    """The present moment, ISO 8601 with its zone; to the µs where it has to be `precise`."""
    timespec = "microseconds" if precise else "seconds"
    return datetime.now().astimezone().isoformat(timespec=timespec)


class Slate:
    """The state of a desk. Every method may be called from any thread.

    Parameters
    ----------
    whole : within it the thread that signals interrupt is not interrupted
    """

    def __init__(self, whole: Callable[[], AbstractContextManager[None]]) -> None:
        self.whole = whole
        self._changed = threading.Condition()
        self._number = 1
        self._told: deque[dict[str, Any]] = deque(maxlen=TOLD)
        self._told_ever = 0
        self._parts: dict[str, Any] = {}

    @contextmanager
    def writing(self) -> Iterator[dict[str, Any]]:
        """The parts, to change them in place; whoever waits for a change is told afterwards."""
        with self.whole(), self._changed:
            yield self._parts
            self._number += 1
            self._changed.notify_all()

    def put(self, **parts: Any) -> None:  # noqa: ANN401 - what JSON can hold
        """Set parts; what is the same already is no change."""
        with self.whole(), self._changed:
            if all(name in self._parts and self._parts[name] == parts[name] for name in parts):
                return
            self._parts.update(copy.deepcopy(parts))
            self._number += 1
            self._changed.notify_all()

    def touch(self) -> None:
        """Have it count as changed: something that is shown with it was."""
        with self.writing():
            pass

    def tell(self, text: str, kind: str = "note") -> None:
        """Add a line to what is told; of `kind` note, warning or error."""
        line: dict[str, Any] = {"when": now(), "text": str(text), "kind": kind}
        if isinstance(text, Sentence):
            line |= {"name": text.name, "given": dict(text.given)}
        with self.whole(), self._changed:
            self._told.append(line)
            self._told_ever += 1
            self._number += 1
            self._changed.notify_all()

    def told_since(self, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many lines were ever told, and those after the first `count`; of many the last."""
        with self.whole(), self._changed:
            new = min(self._told_ever - count, len(self._told))
            return self._told_ever, list(self._told)[len(self._told) - new :]

    def part(self, name: str) -> Any:  # noqa: ANN401 - what JSON can hold
        """A copy of one part; None where there is none."""
        with self.whole(), self._changed:
            return copy.deepcopy(self._parts.get(name))

    def read(self) -> tuple[int, dict[str, Any]]:
        """Number and a copy of all parts, `told` among them."""
        with self.whole(), self._changed:
            return self._number, {**copy.deepcopy(self._parts), "told": list(self._told)}

    def wait(self, after: int, wait_s: float) -> bool:
        """Wait until its number is larger than `after`; whether it is."""
        until = time.monotonic() + wait_s
        with self.whole(), self._changed:
            while self._number <= after:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                self._changed.wait(left_s)
            return True
