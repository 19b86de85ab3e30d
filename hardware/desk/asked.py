"""What is asked of a desk, in order; what is refused, and what a stop drops."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from hardware.bench.rig import Rig
from hardware.errors import RigError

Act = Callable[[Rig], Iterable[str] | str | None]
# More is no plan but a key that is held down.
MOST_WAITING = 4
CAPTURE, OPENING, REOPEN = "capture", "opening", "reopen"


@dataclass(frozen=True)
class Asked:
    """Something to be done at the rig.

    Attributes
    ----------
    what : names it, as `doing` of the state
    act : does it, in the main thread; what it gives is told, line by line
    stack : it is for, as specimen/view
    ended : is called with why it failed, empty where it did not
    """

    what: str
    act: Act
    stack: str = ""
    ended: Callable[[str], None] | None = None


class Queue:
    """Waits to be done, one after another. Every method may be called from any thread.

    Parameters
    ----------
    whole : within it the thread that signals interrupt is not interrupted

    Attributes
    ----------
    ended : nothing more is taken on
    """

    def __init__(self, whole: Callable[[], AbstractContextManager[None]]) -> None:
        self.ended = False
        self._whole = whole
        self._lock = threading.Lock()
        self._waiting: deque[Asked] = deque()
        self._running: Asked | None = None
        self._awake = threading.Event()

    def put(self, asked: Asked) -> None:
        """Take it on; RigError where it is refused."""
        with self._whole(), self._lock:
            if self.ended:
                raise RigError("bench: it is being closed; nothing more is done")
            for other in (self._running, *self._waiting):
                if other is not None and other.what == CAPTURE:
                    raise RigError(
                        f"bench: the capture of {other.stack} is on; wait for its end, or stop it"
                    )
            if len(self._waiting) >= MOST_WAITING:
                raise RigError(
                    f"bench: {MOST_WAITING} things are waiting already; let them be done first"
                )
            self._waiting.append(asked)
        self._awake.set()

    def next(self) -> Asked | None:
        """What is to be done now, and runs from now on; None where nothing waits."""
        with self._whole(), self._lock:
            self._running = self._waiting.popleft() if self._waiting else None
            return self._running

    def done(self) -> None:
        """What ran has ended."""
        with self._whole(), self._lock:
            self._running = None

    def drop(self) -> list[Asked]:
        """What waited and is dropped."""
        with self._whole(), self._lock:
            dropped, self._waiting = list(self._waiting), deque()
        self._awake.set()
        return dropped

    def running(self) -> Asked | None:
        """What is being done."""
        with self._whole(), self._lock:
            return self._running

    def is_busy(self) -> bool:
        """Whether something is done or waits."""
        with self._whole(), self._lock:
            return self._running is not None or bool(self._waiting)

    def wait(self, wait_s: float) -> None:
        """Wait for something to come, in the main thread, which nothing may interrupt here."""
        self._awake.wait(wait_s)
        self._awake.clear()
