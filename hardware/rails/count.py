"""A position that this program counts, as the controller tells none; kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _forget(position_um: float | None) -> None:
    """Keep nothing."""


@dataclass
class Count:
    """Where a rail stands by the moves that were made, None where that is not known.

    `remember` keeps it for the next run.
    """

    position_um: float | None = None
    remember: Callable[[float | None], None] = _forget

    def set(self, position_um: float | None) -> None:
        """Count from here."""
        self.position_um = position_um
        self.remember(position_um)
