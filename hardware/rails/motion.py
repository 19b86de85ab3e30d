"""What serial rails share: readings that are confirmed, and moves that stand still or miss."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from hardware.errors import RailError

Reading = TypeVar("Reading")


def confirmed(
    read: Callable[[], Reading],
    what: str,
    suffices: Callable[[Reading], bool] = lambda reading: False,
) -> Reading:
    """What two readings in a row agree on, as a byte may be lost of either.

    Parameters
    ----------
    what
        Names the readings, should they go on contradicting each other.
    suffices
        Whether a reading after the first needs no other to confirm it.
    """
    before = read()
    for _ in range(5):
        again = read()
        if again == before or suffices(again):
            return again
        before = again
    raise RailError(f"rail: {what} contradict each other. Check the cable.")


class Watch:
    """Notices that a carriage under way has stood still for `stall_s`."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._last_um: float | None = None
        self._moved_at = 0.0

    def stalled(self, position_um: float) -> bool:
        """Whether it stands where it stood for so long by now."""
        if position_um != self._last_um:
            self._moved_at, self._last_um = time.monotonic(), position_um
        return time.monotonic() - self._moved_at > self._stall_s


def stall(position_um: float, target_um: float) -> RailError:
    """What to raise where a carriage stands still on its way."""
    return RailError(
        f"rail: stalled at {position_um:.1f} µm on the way to {target_um:.1f} µm. Free it and "
        "check load and motor; the position may be lost."
    )


def missed(target_um: float, position_um: float) -> RailError:
    """What to raise where a rail is not where it was sent, though it was sent thrice."""
    return RailError(
        f"rail: asked for {target_um:.1f} µm, it stands at {position_um:.1f} µm after three "
        "attempts. Check cable and load."
    )
