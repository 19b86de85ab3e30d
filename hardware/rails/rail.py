"""Rails: one readable driver per kind of controller, all with the methods of `Rail`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RailIdentity:
    """What a controller says of itself; empty where it does not say."""

    model: str
    firmware: str = ""
    serial_number: str = ""


class Rail(Protocol):
    """What a session asks of a rail. Positions are µm in the controller's own count."""

    def identity(self) -> RailIdentity:
        """Model, firmware and serial number."""

    def position_um(self) -> float:
        """Position by the controller's count."""

    def move_to(self, target_um: float) -> float:
        """Move, wait until at rest, give the position then; RailError if it is not the target."""

    def stop(self) -> None:
        """Stop at once; harmless at rest."""

    def fire(self) -> None:
        """Press the camera's remote release, on controllers that have the port."""

    def close(self) -> None:
        """Let go of the port."""
