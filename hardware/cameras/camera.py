"""What a camera is: whatever puts one exposure's files into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class CameraIdentity:
    """What a camera says of itself; empty where it does not say."""

    model: str
    firmware: str = ""
    serial_number: str = ""


class Camera(Protocol):
    """What a session asks of a camera."""

    def identity(self) -> CameraIdentity:
        """Model, firmware and serial number."""

    def apply(self, wanted: dict[str, str]) -> None:
        """Set what `wanted` names (aperture, iso, shutter, white_balance, format)."""

    def settings(self) -> dict[str, str]:
        """The common settings as the camera has them now; those it tells."""

    def strays(self) -> list[Path]:
        """Files on this machine that came since the last exposure, for none of it."""

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Expose once; every file of it, whole, in the folder `incoming`.

        CameraBusyError where waiting helps, CameraError otherwise.
        """

    def recover(self) -> None:
        """Start afresh after an error; CameraError if that does not help."""

    def close(self) -> None:
        """Let go of the camera."""
