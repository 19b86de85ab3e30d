"""What a rig remembers between runs: where its rail was left, and what was set at the bench.

Controllers forget their count without power, and the limits of the travel are kept by that
count: a rail whose place is not known must not be moved until a person declares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from hardware.bench.axis import DECLARE, Axis
from hardware.bench.config import RigConfig
from hardware.bench.state import read_state, write_state
from hardware.errors import PositionLostError


@dataclass(frozen=True)
class Marks:
    """The memory of a rig, in µm; a new one has the values here.

    Attributes
    ----------
    start_um, end_um : ends of the stack, set at the bench
    start_for, end_for : stack that they served, as specimen/view; empty where none yet
    offset_um : from the controller's count to the rig's zero
    counted_um : position of a rail without a count of its own; None where it is not known
    left_um : the controller's count where the rail was last known at rest; None on its way
    going_um : counts from where and to where it was sent, while a move is under way or was cut
        short; None at rest
    rail : the controller, and the settings that its count goes by, when its place was declared;
        empty where it never was
    token : number that the controller keeps since then, until it is reset; None if it keeps none
    lost : why the place of the rail is not known
    stopped_run : run of the workflow of which a capture was stopped last
    stopped_at : moment at which a bench that holds the rig, and goes on to, was stopped last
    seconds_per_frame : as measured of the last stack; None before there was one
    """

    start_um: float | None = None
    end_um: float | None = None
    start_for: str = ""
    end_for: str = ""
    offset_um: float = 0.0
    counted_um: float | None = None
    left_um: float | None = None
    going_um: list[float] | None = None
    rail: str = ""
    token: int | None = None
    lost: str = ""
    stopped_run: str = ""
    stopped_at: str = ""
    seconds_per_frame: float | None = None

    def ends(self) -> dict[str, float]:
        """Those ends of the stack that were set, by `start` and `end`."""
        ends = {"start": self.start_um, "end": self.end_um}
        return {name: end_um for name, end_um in ends.items() if end_um is not None}

    def between_um(self) -> tuple[float, float] | None:
        """Counts that the rail stands at or between, as `Axis` has them."""
        if self.going_um is not None:
            return self.going_um[0], self.going_um[1]
        return None if self.left_um is None else (self.left_um, self.left_um)


def read_marks(config: RigConfig) -> Marks:
    """The marks of the rig."""
    path = config.state_path("marks.json")
    written = read_state(path, "marks") if path.exists() else {}
    return Marks(
        **{mark.name: written[mark.name] for mark in fields(Marks) if mark.name in written}
    )


def change_marks(config: RigConfig, **changes: Any) -> Marks:  # noqa: ANN401 - as `Marks` has them
    """Remember what changed; the marks as they are then. Whoever holds the rig's lock may."""
    marks = replace(read_marks(config), **changes)
    new = asdict(Marks())
    changed = {name: value for name, value in asdict(marks).items() if value != new[name]}
    write_state(config.state_path("marks.json"), changed)
    return marks


@contextmanager
def loss_noted(config: RigConfig) -> Iterator[None]:
    """Remember that the position was lost until it is declared anew."""
    try:
        yield
    except PositionLostError as error:
        change_marks(config, lost=str(error))
        raise


def find_where_left(axis: Axis, marks: Marks, started_anew: bool, is_emulated: bool) -> None:
    """See whether the rail's place is still known; else the axis is `lost`, and says why.

    Parameters
    ----------
    axis : of a rail that counts by itself, and from 0 after it was without power
    started_anew : the controller was seen to start
    is_emulated : the carriage began at 0, and needs nobody's word for it
    """
    if axis.lost:
        return
    now = str(axis.rail.identity())
    if not marks.rail:
        if is_emulated:
            axis.declare(axis.rail.position_um())
        else:
            axis.lose(f"rail: where it stands was never declared. {DECLARE}")
    elif now != marks.rail:
        axis.lose(
            f"rail: its place was declared on {marks.rail}, but this is {now}: another rail, or "
            f"what its count means was changed. {DECLARE}"
        )
    elif started_anew:
        axis.lose(f"rail: its controller has just started, and counts from 0. {DECLARE}")
    else:
        # The axis keeps why; whoever wants to move it is told.
        with suppress(PositionLostError):
            axis.find()
