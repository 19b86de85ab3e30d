"""A camera that is only released: its frames stay on the memory card until they are collected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hardware.cameras.camera import CameraIdentity
from hardware.errors import CameraError


class CardCamera:
    """Released by the rail or by hand; gives no files."""

    keeps_time = True

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release

    def identity(self) -> CameraIdentity:
        """Which camera it was stands in the frames."""
        return CameraIdentity("frames on the memory card")

    def apply(self, wanted: dict[str, str]) -> None:
        """Settings are made on the body."""
        if wanted:
            raise CameraError(
                f"camera: without a cable, {', '.join(sorted(wanted))} cannot be set; set it on "
                "the body and leave camera.settings out"
            )

    def settings(self) -> dict[str, str]:
        """None can be read."""
        return {}

    def strays(self, incoming: Path, last: bool = False) -> list[Path]:
        """None can be seen."""
        return []

    def shoot(self, incoming: Path, frame: int) -> list[Path]:
        """Release once."""
        self._release()
        return []

    def recover(self) -> None:
        """Nothing to start afresh."""

    def close(self) -> None:
        """Nothing to let go of."""
