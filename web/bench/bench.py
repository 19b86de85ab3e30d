"""The bench as a page sees it: the desk, the table with its specimen, the runs behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from hardware.desk import deeds
from hardware.desk.desk import Desk
from hardware.errors import RigError


class Part(Protocol):
    """What stands beside the desk on the page: a part of the state, and things to be done."""

    def state(self) -> dict[str, Any]:
        """What the page shows of it, as JSON can hold it."""

    def deeds(self) -> Mapping[str, Callable[..., object]]:
        """What it can be asked for, by the names of `web.bench.asked`."""

    def picture(self, address: str) -> Path | bytes | None:
        """The picture whose address stands in its state; None where there is none."""


class Bench:
    """Desk and what stands beside it; every method may be called from any thread.

    Parameters
    ----------
    desk : holds the rig
    parts : by the names they have in the state
    """

    def __init__(self, desk: Desk, parts: Mapping[str, Part]) -> None:
        self.desk = desk
        self._parts = parts
        self._deeds: dict[str, Callable[..., object]] = dict(deeds.of(desk))
        for part in parts.values():
            self._deeds |= part.deeds()

    def changed(self, after: int, wait_s: float) -> dict[str, Any] | None:
        """The whole state once its number is larger than `after`; None after `wait_s`."""
        state = self.desk.changed(after, wait_s)
        if state is None:
            return None
        return state | {name: part.state() for name, part in self._parts.items()}

    def do(self, name: str, given: Mapping[str, Any]) -> None:
        """Do what is asked, or have it done in its turn.

        Raises
        ------
        RigError : it is refused, or nothing here can do it
        """
        if name not in self._deeds:
            raise RigError(f"bench: nothing here does {name!r}")
        self._deeds[name](**given)

    def picture(self, address: str) -> Path | bytes | None:
        """The picture whose address stands in the state; None where there is none."""
        found: Path | bytes | None = self.desk.picture(address)
        for part in self._parts.values():
            if found is None:
                found = part.picture(address)
        return found
