"""What a camera is: whatever puts one exposure's files into a folder."""

from __future__ import annotations

from collections.abc import Collection
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
class SeesPose(Protocol):
    """A camera of a specimen that is drawn: it is told how that was turned."""

    def posed(self, angle_deg: float) -> None:
        """The specimen stands so from now on."""


@runtime_checkable
class Tells(Protocol):
    """A camera that tells how it is over its cable."""

    def condition(self) -> dict[str, str]:
        """Battery, lens, shots left: those that the body tells."""

    def automatics(self) -> list[str]:
        """What the body would do by itself during a stack, a sentence each."""


@runtime_checkable
class LooksAt(Protocol):
    """A camera that is not there, and is to show another stack otherwise."""

    def look_at(self, stack: str) -> None:
        """Of this stack are the next frames, specimen/view."""


@runtime_checkable
class Previews(Protocol):
    """A camera that shows what it sees without exposing a frame."""

    def preview(self) -> bytes:
        """What the camera sees now, a JPEG. Live view comes on, and goes off before a frame.

        CameraError where the body has none, or it fails; asking again starts afresh.
        """


@runtime_checkable
class FocusesAt(Protocol):
    """A camera that focuses by itself on one place, and only when it is told to."""

    def focus_at(self, x: float, y: float) -> None:
        """Focus once on a place of the preview, then be as before, focus held.

        `x` from the left and `y` from the top, 0 to 1. CameraError where nothing came in focus.
        """


@runtime_checkable
class Varies(Protocol):
    """A camera whose body decides what of a driver's abilities there is."""

    def can(self) -> Collection[str]:
        """Of `LIVE`, `FOCUS` and `AUTOFOCUS`, those that this body has as it is set now."""


# Abilities by name, as the bench tells them: a live view, a focus motor that can be stepped,
# autofocus on a place.
LIVE, FOCUS, AUTOFOCUS = "live", "focus", "autofocus"
