"""No rail: a person focuses, or turns a micrometer, and says when it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hardware.errors import RailError
from hardware.rails.rail import RailIdentity


class Hand:
    """Asks for each position on the terminal; believes what it is told.

    `position_um` is where an earlier run left off; `remember` keeps it for the next.
    """

    def __init__(
        self,
        position_um: float | None = None,
        remember: Callable[[float | None], None] = lambda position_um: None,
    ) -> None:
        self._position_um = position_um or 0.0
        self._remember = remember

    def identity(self) -> RailIdentity:
        """Nobody by name."""
        return RailIdentity("by hand")

    def position_um(self) -> float:
        """The position last confirmed."""
        return self._position_um

    def declare(self, position_um: float) -> None:
        """Take the present focus as `position_um`."""
        self._position_um = position_um
        self._remember(position_um)

    def move_to(self, target_um: float) -> float:
        """Ask, and wait for Enter."""
        ask(f"focus at {target_um:.1f} µm, then press Enter: ")
        self.declare(target_um)
        return target_um

    def stop(self) -> None:
        """Nothing moves by itself."""

    def fire(self) -> None:
        """Ask for the release."""
        ask("release the shutter, then press Enter: ")

    def close(self) -> None:
        """Nothing to let go of."""


def ask(question: str) -> None:
    """Wait for a person at the terminal."""
    print(question, end="", file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        raise RailError("rail: nobody answers at the terminal; focusing by hand needs one")
