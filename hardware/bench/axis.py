"""The rail as the session sees it: µm from the rig's own zero, limits, backlash, settling.

A position is known only as long as the controller's count is the one that it was declared by.
Before each move it is noted from where to where; at rest, where. Whoever finds the rail next, after
a kill or a power cut, finds it at rest there, on its way, or lost; and a rail that is lost moves
only when a person has declared its place.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.bench.config import TravelConfig
from hardware.errors import PositionLostError, RailError
from hardware.rails.rail import Counts, Homes, KeepsToken, Rail

DECLARE = (
    "The limits of its travel mean nothing until then: find out where it stands (a ruler will do) "
    "and declare it (`python -m hardware here`)."
)
# A rail that was stopped on its way is at rest when it reports the same place twice.
REST_EVERY_S = 0.1
REST_READINGS = 30


def _forget(**changes: object) -> None:
    """Keep nothing."""


@dataclass
class Axis:
    """A rail with its travel.

    Attributes
    ----------
    offset_um : from the rail's count to the rig's zero, so that a lost position can be declared
    taken_up : direction (1, -1) in which play is taken up, 0 if unknown
    lost : why the position cannot be trusted, empty if it can; then nothing is moved
    between_um : counts that the rail stands at or between: two equal ones at rest, where from and
        where to on its way; None where none were noted
    token : number that the controller was given when its place was declared, if it keeps one
    remember : keeps what changes of these, by the names of `marks.Marks`
    """

    rail: Rail
    travel: TravelConfig
    offset_um: float = 0.0
    taken_up: int = 0
    lost: str = ""
    between_um: tuple[float, float] | None = None
    token: int | None = None
    remember: Callable[..., object] = _forget

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

    def find(self) -> float:
        """The rail's count, where it can be the one that its place was declared by.

        Raises
        ------
        PositionLostError : the controller was reset, or may have been; the axis is `lost` then
        """
        count_um = self.rail.position_um()
        if doubt := self._doubt(count_um):
            self.lose(doubt)
            raise PositionLostError(doubt)
        self._note(count_um, count_um)
        return count_um

    def lose(self, why: str) -> None:
        """From now on, and in later runs, it is not known where the rail stands."""
        self.lost = why
        self.remember(lost=why)

    def declare(self, position_um: float) -> None:
        """Take the present place as `position_um`, by a person's word or a switch.

        Raises
        ------
        RailError : the controller does not answer, or is locked
        """
        if isinstance(self.rail, Counts):
            self.rail.declare(position_um - self.offset_um)
            return
        count_um = self.rail.position_um()
        self.token = self._given_token()
        self.offset_um = round(position_um - count_um, 3)
        self.lost, self.between_um = "", (count_um, count_um)
        self.remember(
            lost="",
            offset_um=self.offset_um,
            token=self.token,
            rail=str(self.rail.identity()),
            left_um=count_um,
            going_um=None,
        )

    def home(self) -> None:
        """Run the homing cycle of a rail that has one; its zero is the rig's then.

        Raises
        ------
        RailError : it was refused, and the place is as it was; or it failed, and the axis is `lost`
        """
        assert isinstance(self.rail, Homes)
        before_um = None
        with contextlib.suppress(RailError):
            before_um = None if self.lost else self.find()
        # A kill meanwhile does not end it.
        self.lose("rail: its homing cycle did not end. Run it again (`python -m hardware home`).")
        try:
            self.rail.home()
        except RailError:
            with contextlib.suppress(RailError):
                if before_um is not None and self.find() == before_um:
                    self.lost = ""
                    self.remember(lost="")
            raise
        self.declare(self.rail.position_um())

    def go(self, target_um: float) -> float:
        """Move to a position; give the one reported."""
        self.refuse_lost()
        self.refuse_outside(target_um)
        before_um = self.find()
        goal_um = target_um - self.offset_um
        self._note(before_um, goal_um)
        try:
            reached_um = self.rail.move_to(goal_um)
        except PositionLostError as error:
            self.lose(str(error))
            raise
        self._note(reached_um, reached_um)
        reported_um = round(reached_um + self.offset_um, 3)
        if abs(reported_um - target_um) > self.travel.tolerance_um:
            raise RailError(
                f"rail: asked for {target_um:.1f} µm, it reports {reported_um:.1f} µm, more than "
                f"{self.travel.tolerance_um:.1f} µm off. Check load and cable."
            )
        moved_um = reached_um - before_um
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

    def stop(self) -> None:
        """Stop the rail; where that cut a move short, note where it came to rest."""
        self.rail.stop()
        if self.lost or self.between_um is None or self.between_um[0] == self.between_um[1]:
            return
        before_um = self.rail.position_um()
        for _ in range(REST_READINGS):
            time.sleep(REST_EVERY_S)
            now_um = self.rail.position_um()
            if now_um == before_um:
                self.find()
                return
            before_um = now_um
            # A stop that comes before the command that was just sent finds nothing to stop.
            self.rail.stop()

    def _note(self, from_um: float, to_um: float) -> None:
        """Note that the rail stands at or between two counts, before it is moved."""
        if isinstance(self.rail, Counts) or (from_um, to_um) == self.between_um:
            return
        self.between_um = (from_um, to_um)
        if from_um == to_um:
            self.remember(left_um=from_um, going_um=None)
        else:
            self.remember(left_um=None, going_um=[from_um, to_um])

    def _doubt(self, count_um: float) -> str:
        """Why the rail's count cannot be the one that its place was declared by; "" if it can."""
        if isinstance(self.rail, Counts):
            return ""
        if self.token is not None and isinstance(self.rail, KeepsToken):
            if self.rail.has_token(self.token):
                return ""
            return (
                "rail: its controller lost power or was reset since its place was declared"
                f"{self._where()}. {DECLARE}"
            )
        if self.between_um is None:
            return ""
        low_um, high_um = sorted(self.between_um)
        slack_um = self.travel.tolerance_um
        is_at_rest = low_um == high_um
        # Also of a way that begins or ends at 0: it may be a count that began anew.
        if count_um == 0 and not (is_at_rest and abs(low_um) <= slack_um):
            return (
                f"rail: its count is 0, but it was {self._where()[2:]}: it lost power or was "
                f"reset, or it may have been. {DECLARE}"
            )
        if not is_at_rest and not low_um - slack_um <= count_um <= high_um + slack_um:
            return (
                f"rail: it was {self._where()[2:]}, and reports "
                f"{count_um + self.offset_um:.1f} µm. {DECLARE}"
            )
        return ""

    def _where(self) -> str:
        """What was last known of its place, as the end of a sentence."""
        if self.between_um is None:
            return ""
        from_um, to_um = (um + self.offset_um for um in self.between_um)
        if from_um == to_um:
            return f", left at {from_um:.1f} µm"
        return f", going from {from_um:.1f} to {to_um:.1f} µm"

    def _given_token(self) -> int | None:
        """A number that the controller keeps now and did not before; None where it keeps none."""
        if not isinstance(self.rail, KeepsToken):
            return None
        token = secrets.randbelow(254) + 1
        token += self.token is not None and token >= self.token
        return token if self.rail.give_token(token) else None
