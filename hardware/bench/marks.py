"""What a rig remembers between runs: where its rail was left, and what was set at the bench.

Controllers forget their count without power, and the limits of the travel are kept by that
count: a rail whose place is not known must not be moved until a person declares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from hardware.bench.axis import Axis
from hardware.bench.config import RigConfig
from hardware.bench.state import read_state, write_state
from hardware.errors import PositionLostError, RailError


@dataclass(frozen=True)
class Marks:
    """The memory of a rig, in µm; a new one has the values here.

    Attributes
    ----------
    start_um, end_um : ends of the stack, set at the bench
    offset_um : from the controller's count to the rig's zero
    counted_um : position of a rail without a count of its own; None where it is not known
    left_um : where the controller's count was left; None while the rig is in use or was killed
    lost : why the place of the rail is not known
    """

    start_um: float | None = None
    end_um: float | None = None
    offset_um: float = 0.0
    counted_um: float | None = None
    left_um: float | None = 0.0
    lost: str = ""

    def ends(self) -> dict[str, float]:
        """Those ends of the stack that were set, by `start` and `end`."""
        ends = {"start": self.start_um, "end": self.end_um}
        return {name: end_um for name, end_um in ends.items() if end_um is not None}


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


@contextmanager
def position_kept(config: RigConfig, axis: Axis, started_anew: bool) -> Iterator[None]:
    """Notice a controller that lost power since it was last used: its count is 0 again.

    The limits of the travel mean nothing then. A process that was killed leaves no count
    behind, and the next takes the controller's word, unless that is seen to have started anew.
    """
    marks = read_marks(config)
    if marks.left_um is None:
        elsewhere, was = started_anew, "in use"
    else:
        elsewhere = abs(marks.left_um) > axis.travel.tolerance_um
        was = f"left at {marks.left_um + axis.offset_um:.1f} µm"
    axis.lost = marks.lost
    if elsewhere and not axis.lost and axis.rail.position_um() == 0:
        axis.lost = (
            f"rail: its count is 0, but it was {was}: it lost power or was reset, and the limits "
            "of its travel mean nothing. Find out where it stands (a ruler will do) and declare "
            "it: `python -m hardware here`."
        )
    change_marks(config, lost=axis.lost, left_um=None)
    try:
        yield
    except RailError:
        change_marks(config, left_um=marks.left_um)
        raise
    with suppress(RailError):
        change_marks(config, left_um=axis.rail.position_um())
