"""The axis that turns the specimen, in degrees: where it stands, and whether that is known.

As with the rail, its controller forgets its count without power. Before each turn it is noted from
where to where, at rest where; what it counts later must agree, else it is lost, and turns only when
a person has declared how it stands.
"""

from __future__ import annotations

import contextlib
from typing import Any

from hardware.bench.config import RigConfig
from hardware.bench.state import read_state, write_state
from hardware.errors import PositionLostError, RailError
from hardware.rails.rail import Rail

# Its rail counts thousandths of a degree.
MILLIDEGREES = 1000.0
TOLERANCE_DEG = 0.1
DECLARE = (
    "See how the specimen stands, and declare it (`python -m hardware pose VIEW --here`); nothing "
    "was turned."
)


class Turntable:
    """A rail that turns, with its memory between runs."""

    def __init__(self, rail: Rail, config: RigConfig, is_emulated: bool = False) -> None:
        self._rail = rail
        self._path = config.state_path("pose.json")
        self._state: dict[str, Any] = {"offset_deg": 0.0, "rail": "", "between_deg": None}
        if self._path.exists():
            self._state |= read_state(self._path, "pose")
        # One that is emulated began at 0.
        if is_emulated and not self._state["rail"]:
            self.declare(self._counted_deg())

    def lost(self) -> str:
        """Why it is not known how it stands; empty if it is.

        Raises
        ------
        RailError : the controller does not answer
        """
        return self._doubt(self._counted_deg())

    def angle_deg(self) -> float:
        """How it stands, by the controller's count."""
        return round(self._counted_deg() + self._state["offset_deg"], 3)

    def declare(self, angle_deg: float) -> None:
        """Take how it stands now as `angle_deg`."""
        counted = self._counted_deg()
        self._keep(
            offset_deg=round(angle_deg - counted, 3),
            rail=str(self._rail.identity()),
            between_deg=[counted, counted],
        )

    def turn(self, angle_deg: float) -> float:
        """Turn to an angle and give the one reported.

        Raises
        ------
        PositionLostError : it is not known how it stands
        RailError : it did not arrive
        """
        counted = self._counted_deg()
        if doubt := self._doubt(counted):
            raise RailError(doubt)
        goal = round(angle_deg - self._state["offset_deg"], 3)
        if abs(goal - counted) > TOLERANCE_DEG:
            self._keep(between_deg=[counted, goal])
            try:
                counted = self._rail.move_to(goal * MILLIDEGREES) / MILLIDEGREES
            except PositionLostError as error:
                raise PositionLostError(f"turning to {angle_deg:g}°: {error}") from error
            except RailError as error:
                with contextlib.suppress(RailError):
                    self._rail.stop()
                raise RailError(f"turning to {angle_deg:g}°: {error}") from error
        if abs(goal - counted) > TOLERANCE_DEG:
            raise RailError(
                f"turntable: asked for {angle_deg:g}°, it reports "
                f"{counted + self._state['offset_deg']:.2f}°. Check load and cable."
            )
        self._keep(between_deg=[counted, counted])
        return round(counted + self._state["offset_deg"], 3)

    def _counted_deg(self) -> float:
        return round(self._rail.position_um() / MILLIDEGREES, 3)

    def _keep(self, **changes: object) -> None:
        self._state |= changes
        write_state(self._path, self._state)

    def _doubt(self, counted: float) -> str:
        if not self._state["rail"]:
            return f"turntable: how it stands was never declared. {DECLARE}"
        now, was = str(self._rail.identity()), self._state["rail"]
        if now != was:
            return f"turntable: it was declared on {was}, but this is {now}. {DECLARE}"
        low, high = sorted(self._state["between_deg"])
        offset = self._state["offset_deg"]
        known = f"left at {low + offset:.4g}°"
        if low != high:
            known = f"between {low + offset:.4g}° and {high + offset:.4g}°"
        is_at_rest_there = high - low <= TOLERANCE_DEG and abs(low) <= TOLERANCE_DEG
        if counted == 0 and not is_at_rest_there:
            return (
                f"turntable: its count is 0, but it was {known}: its controller lost power or was "
                f"reset, or it may have been. {DECLARE}"
            )
        if not low - TOLERANCE_DEG <= counted <= high + TOLERANCE_DEG:
            return f"turntable: it was {known}, and reports {counted + offset:.4g}°. {DECLARE}"
        return ""
