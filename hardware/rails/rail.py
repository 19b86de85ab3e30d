"""What a rail is, and what some rails can do beyond it: each ability a Protocol of its own.

A driver has the methods of `Rail` and of the abilities that its controller has; who needs one
asks with isinstance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class RailIdentity:
    """What a controller says of itself; empty where it does not say.

    `settings` are those of its settings that say what a position means: scale, direction, units.
    """

    model: str
    firmware: str = ""
    serial_number: str = ""
    settings: str = ""

    def __str__(self) -> str:
        """In one line."""
        parts = (self.model, self.firmware, self.serial_number, self.settings)
        return " ".join(part for part in parts if part)


class Rail(Protocol):
    """What a session needs of a rail. Positions are µm in the controller's own count."""

    def identity(self) -> RailIdentity:
        """Model, firmware and serial number."""

    def position_um(self) -> float:
        """Position by the controller's count."""

    def move_to(self, target_um: float) -> float:
        """Move, wait until at rest, give the position then as the controller tells it.

        RailError where the controller itself says that it did not arrive; `Axis.go` compares the
        position with the target, for every rail.
        """

    def stop(self) -> None:
        """Stop at once; harmless at rest."""

    def close(self) -> None:
        """Let go of the port."""


@runtime_checkable
class Fires(Protocol):
    """Has a port for the camera's remote release."""

    def fire(self) -> None:
        """Press it once, and wait for its end."""


@runtime_checkable
class HasAxes(Protocol):
    """Its controller drives other axes too, such as one that turns the specimen."""

    def other_axis(self, axis: str, speed_um_s: float) -> Rail:
        """Another axis (X, Y, Z) of the same controller, ready; a thousandth of its unit is a µm.

        It shares the link: it is neither stopped nor closed by itself.
        """


@runtime_checkable
class Homes(Protocol):
    """Finds its zero by a switch."""

    def home(self) -> None:
        """Run the homing cycle."""


@runtime_checkable
class Locks(Protocol):
    """Is locked by its controller after an alarm."""

    def refuse_unless_ready(self) -> None:
        """RailError where an alarm or a hold keeps it from moving."""

    def unlock(self) -> None:
        """Make it move again; a person checks the position then."""


@runtime_checkable
class Counts(Protocol):
    """Has no position of its own: this program counts what was moved (`count.Count`)."""

    def declare(self, position_um: float) -> None:
        """Take the present place as `position_um`."""


@runtime_checkable
class StartsAnew(Protocol):
    """Counts by itself, and from 0 again after it was without power or reset."""

    @property
    def started_anew(self) -> bool:
        """Whether it was seen to start when it was connected."""


@runtime_checkable
class KeepsToken(Protocol):
    """Keeps a number that is gone after any reset: while it is there, the count holds."""

    def give_token(self, token: int) -> bool:
        """Have it keep a number from 1 to 255; whether it does."""

    def has_token(self, token: int) -> bool:
        """Whether it still has the number."""
