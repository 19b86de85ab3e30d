"""Drive the rail from the bench, declare where it stands, set the ends of a stack.

Each command gives the lines that a person is to read.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardware.bench.config import RigConfig
from hardware.bench.marks import change_marks, read_marks
from hardware.bench.rig import opened
from hardware.errors import RigError
from hardware.rails.rail import Counts, Homes, Locks


def jog(config: RigConfig, distance_um: float) -> Iterator[str]:
    """Move by a distance."""
    with opened(config, "jog") as rig:
        yield f"{rig.axis.go(rig.axis.position_um() + distance_um):.1f} µm"


def goto(config: RigConfig, position_um: float) -> Iterator[str]:
    """Move to a position."""
    with opened(config, "goto") as rig:
        yield f"{rig.axis.go(position_um):.1f} µm"


def stop(config: RigConfig) -> Iterator[str]:
    """Stop the rail."""
    with opened(config, "stop") as rig:
        rig.axis.rail.stop()
        yield f"{rig.axis.position_um():.1f} µm"


def home(config: RigConfig) -> Iterator[str]:
    """Run the controller's homing cycle, which makes its zero the rig's."""
    with opened(config, "home") as rig:
        if not isinstance(rig.axis.rail, Homes):
            raise RigError("rail: this kind of rail has no homing cycle that we know")
        rig.axis.rail.home()
        rig.axis.offset_um = change_marks(config, lost="", offset_um=0.0).offset_um
        yield f"{rig.axis.position_um():.1f} µm"


def unlock(config: RigConfig) -> Iterator[str]:
    """Wake and unlock a controller after an alarm."""
    with opened(config, "unlock") as rig:
        if not isinstance(rig.axis.rail, Locks):
            raise RigError("rail: this kind of rail is never locked by an alarm")
        rig.axis.rail.unlock()
        yield f"{rig.axis.position_um():.1f} µm; check it, and declare it if it is wrong (here)"


def here(config: RigConfig, position_um: float) -> Iterator[str]:
    """Declare the present place to be this position; the ends of the stack stay as set."""
    with opened(config, "here") as rig:
        rail = rig.axis.rail
        if isinstance(rail, Counts):
            rail.declare(position_um - rig.axis.offset_um)
        else:
            change_marks(config, lost="", offset_um=round(position_um - rail.position_um(), 3))
        ends = read_marks(config).ends()
    stay = "".join(f"; {name} stays {end_um:.1f} µm" for name, end_um in ends.items())
    yield f"the rail stands at {position_um:.1f} µm{stay}"


def mark(config: RigConfig, end: str, position_um: float | None) -> Iterator[str]:
    """Make a position, None for the present one, an end of the stack (`start` or `end`)."""
    with opened(config, "mark") as rig:
        if position_um is None:
            rig.axis.refuse_lost()
            position_um = rig.axis.position_um()
        rig.axis.refuse_outside(position_um)
        change_marks(config, **{f"{end}_um": position_um})
    yield f"{end} is {position_um:.1f} µm"
