"""What a camera is: whatever puts one exposure's files into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

# A frame may take twice its exposure (a dark frame is subtracted), and this to be read and sent.
READOUT_S = 10.0


def longest_wait_s(timeout_s: float, exposure_s: float) -> float:
    """How long a frame is waited for from its release: never less than it may take."""
    return max(timeout_s, 2 * exposure_s + READOUT_S)


@dataclass(frozen=True)
class CameraIdentity:
    """What a camera says of itself; empty where it does not say."""

    model: str
    firmware: str = ""
    serial_number: str = ""


class Camera(Protocol):
    """What a session asks of a camera.

    `keeps_time`: whether what it stamps on its frames is a clock that runs, however it is set.
    """

    keeps_time: bool

    def identity(self) -> CameraIdentity:
        """Model, firmware and serial number."""

    def apply(self, wanted: dict[str, str]) -> None:
        """Set what `wanted` names (aperture, iso, shutter, white_balance, format)."""

    def settings(self) -> dict[str, str]:
        """The common settings as the camera has them now; those it tells."""

    def strays(self, incoming: Path, last: bool = False) -> list[Path]:
        """Files that came since the last exposure, for none of it, put into `incoming`.

        `last`: nobody will ask again, so that what comes beside a frame is waited for.
        """

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Expose once; every file of it, whole, in the folder `incoming`.

        CameraBusyError where waiting helps, CameraError otherwise.
        """

    def recover(self) -> None:
        """Start afresh after an error; CameraError if that does not help."""

    def close(self) -> None:
        """Let go of the camera."""


@runtime_checkable
class Tells(Protocol):
    """A camera that tells how it is over its cable."""

    def condition(self) -> dict[str, str]:
        """Battery, lens, shots left: those that the body tells."""

    def automatics(self) -> list[str]:
        """What the body would do by itself during a stack, a sentence each."""
