"""Drive the rail from the bench, declare where it stands, set the ends of a stack.

Each is done at a rig that is open, and gives the line that a person is to read.
"""

from __future__ import annotations

from hardware.bench.axis import DECLARE
from hardware.bench.marks import change_marks, read_marks
from hardware.bench.rig import Rig
from hardware.errors import RigError
from hardware.rails.rail import Homes, Locks
from hardware.sentence import Sentence


def jog(rig: Rig, distance_um: float) -> str:
    """Move by a distance."""
    rig.axis.refuse_lost()
    return goto(rig, rig.axis.position_um() + distance_um)


def goto(rig: Rig, position_um: float) -> str:
    """Move to a position."""
    return _stands(rig.axis.go(position_um))


def home(rig: Rig) -> str:
    """Run the controller's homing cycle, which makes its zero the rig's."""
    if not isinstance(rig.axis.rail, Homes):
        raise RigError("rail: this kind of rail has no homing cycle that we know")
    rig.axis.home()
    return _stands(rig.axis.position_um())


def unlock(rig: Rig) -> str:
    """Wake and unlock a controller after an alarm.

    That resets it: where it was at rest and nothing was wrong, its place is still known.
    """
    axis = rig.axis
    if not isinstance(axis.rail, Locks):
        raise RigError("rail: this kind of rail is never locked by an alarm")
    known_um = None
    if not axis.lost:
        try:
            axis.rail.refuse_unless_ready()
            known_um = axis.find() + axis.offset_um
        except RigError:
            axis.lose(f"rail: it was unlocked after an alarm. {DECLARE}")
    axis.rail.unlock()
    if known_um is None:
        return Sentence(
            "unlocked",
            "unlocked; find out where it stands, and declare it (`python -m hardware here`)",
        )
    axis.declare(known_um)
    at_um = axis.position_um()
    return Sentence(
        "unlocked_at",
        f"{at_um:.1f} µm; check it, and declare it if it is wrong (here)",
        at_um=at_um,
    )


def here(rig: Rig, position_um: float) -> str:
    """Declare the present place to be this position; the ends of the stack stay as set."""
    rig.axis.declare(position_um)
    ends = read_marks(rig.config).ends()
    stay = "".join(f"; {name} stays {end_um:.1f} µm" for name, end_um in ends.items())
    return Sentence("here", f"the rail stands at {position_um:.1f} µm{stay}", at_um=position_um)


def mark(rig: Rig, end: str, position_um: float | None) -> str:
    """Make a position, None for the present one, an end of the stack (`start` or `end`)."""
    if position_um is None:
        rig.axis.refuse_lost()
        position_um = rig.axis.position_um()
    rig.axis.refuse_outside(position_um)
    change_marks(rig.config, **{f"{end}_um": position_um, f"{end}_for": ""})
    text = f"{end} is {position_um:.1f} µm"
    if end == "start":
        return Sentence("start", text, at_um=position_um)
    return Sentence("end", text, at_um=position_um)


def _stands(at_um: float) -> str:
    return Sentence("at", f"{at_um:.1f} µm", at_um=at_um)
