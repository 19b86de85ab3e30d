"""The rail as the session sees it: µm from the rig's own zero, limits, backlash, settling."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hardware.bench.config import TravelConfig
from hardware.errors import RailError
from hardware.rails.rail import Rail


@dataclass
class Axis:
    """A rail with its travel.

    Positions are the rail's count plus `offset_um`, so that a position that was lost can be
    declared anew. `taken_up` is the direction (1, -1) in which play is taken up, 0 if unknown.
    `lost` says why the position cannot be trusted, empty if it can; then nothing is moved.
    """

    rail: Rail
    travel: TravelConfig
    offset_um: float = 0.0
    taken_up: int = 0
    lost: str = ""

    def position_um(self) -> float:
        """Where the rail says it stands."""
        return round(self.rail.position_um() + self.offset_um, 3)

    def refuse_lost(self) -> None:
        """RailError if it is not known where the rail stands."""
        if self.lost:
            raise RailError(self.lost)

    def refuse_outside(self, target_um: float) -> None:
        """RailError if a position is beyond the travel."""
        if not self.travel.lowest_um <= target_um <= self.travel.highest_um:
            raise RailError(
                f"rail: {target_um:.1f} µm is outside the travel, {self.travel.lowest_um:.1f} to "
                f"{self.travel.highest_um:.1f} µm (travel in rig.yaml); nothing was moved"
            )

    def refuse_stack(self, positions_um: list[float]) -> None:
        """RailError if a stack, its overshoot included, cannot be driven."""
        self.refuse_lost()
        direction = 1 if positions_um[-1] >= positions_um[0] else -1
        for target in (positions_um[0] - direction * self.travel.backlash_um, positions_um[-1]):
            self.refuse_outside(target)

    def go(self, target_um: float) -> float:
        """Move to a position; give the one reported."""
        self.refuse_lost()
        self.refuse_outside(target_um)
        before_um = self.position_um()
        reported_um = round(self.rail.move_to(target_um - self.offset_um) + self.offset_um, 3)
        if abs(reported_um - target_um) > self.travel.tolerance_um:
            raise RailError(
                f"rail: asked for {target_um:.1f} µm, it reports {reported_um:.1f} µm, more than "
                f"{self.travel.tolerance_um:.1f} µm off. Check load and cable; then run the same "
                "command again."
            )
        moved_um = reported_um - before_um
        direction = 1 if moved_um > 0 else -1
        if abs(moved_um) >= self.travel.backlash_um:
            self.taken_up = direction
        elif moved_um != 0 and direction != self.taken_up:
            self.taken_up = 0
        return reported_um

    def approach(self, target_um: float, direction: int) -> float:
        """Move to a position so that it is reached in `direction`, play taken up; settle."""
        self.refuse_outside(target_um)
        ahead = (target_um - self.position_um()) * direction
        if self.travel.backlash_um > 0 and (ahead < 0 or self.taken_up != direction):
            self.go(target_um - direction * self.travel.backlash_um)
        reported_um = self.go(target_um)
        self.taken_up = direction
        time.sleep(self.travel.settle_s)
        return reported_um
