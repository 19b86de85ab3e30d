"""No rail: a person focuses, or turns a micrometer, and confirms each position."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from hardware.errors import RailError
from hardware.rails.count import Count
from hardware.rails.rail import RailIdentity
from records.shapes import BY_HAND


class Hand:
    """Names each position on the terminal; it is believed once Enter is pressed."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def identity(self) -> RailIdentity:
        """Nobody by name."""
        return RailIdentity(BY_HAND)

    def position_um(self) -> float:
        """The position last confirmed; 0 before the first."""
        return self._count.position_um or 0.0

    def declare(self, position_um: float) -> None:
        """Take the present focus as `position_um`."""
        self._count.set(position_um)

    def move_to(self, target_um: float) -> float:
        """Ask, and wait for Enter."""
        ask(f"focus at {target_um:.1f} µm, then press Enter: ")
        self.declare(target_um)
        return target_um

    def stop(self) -> None:
        """Nothing moves by itself."""

    def fire(self) -> None:
        """Ask for the release."""
        ask_for_release()

    def close(self) -> None:
        """Nothing to let go of."""


def ask_for_release() -> None:
    """Let a person release the shutter."""
    ask("release the shutter, then press Enter: ")


def ask(question: str) -> None:
    """Have a person do something, and wait until it is done."""
    _ASKS.get()(question)


@contextmanager
def asked_by(asks: Callable[[str], None]) -> Iterator[None]:
    """Have `asks` ask, in this thread, where a person is not at the terminal of this program."""
    token = _ASKS.set(asks)
    try:
        yield
    finally:
        _ASKS.reset(token)


def _at_terminal(question: str) -> None:
    print(question, end="", file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        raise RailError("rail: nobody answers at the terminal; focusing by hand needs one")


_ASKS: ContextVar[Callable[[str], None]] = ContextVar("asks", default=_at_terminal)
