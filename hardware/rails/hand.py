"""No rail: a person focuses, or turns a micrometer, and says when it is done."""

from __future__ import annotations

import sys

from hardware.errors import RailError
from hardware.rails import RailIdentity


class Hand:
    """Asks for each position on the terminal; believes what it is told."""

    def __init__(self) -> None:
        self._position_um = 0.0

    def identity(self) -> RailIdentity:
        """Nobody by name."""
        return RailIdentity("by hand")

    def position_um(self) -> float:
        """The position last confirmed."""
        return self._position_um

    def move_to(self, target_um: float) -> float:
        """Ask, and wait for Enter."""
        ask(f"focus at {target_um:.1f} µm, then press Enter: ")
        self._position_um = target_um
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
