"""The camera's own focus motor in the place of a rail (batch remote shooting).

There is no readback: the position is the count of steps sent. What a step is in µm depends on
lens and distance and is calibrated.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from hardware.errors import CameraError, RailError
from hardware.rails.count import Count
from hardware.rails.rail import RailIdentity
from records.shapes import FOCUS_MOTOR


@runtime_checkable
class Focuses(Protocol):
    """Has a focus motor that can be stepped."""

    def focus(self, steps: int) -> None:
        """Turn by `steps`, positive away from the camera."""

    def live_view(self, on: bool) -> None:
        """Focus motors turn only in live view."""


class FocusMotor:
    """Steps of a focus motor as positions."""

    def __init__(self, camera: Focuses, um_per_step: float, count: Count) -> None:
        self._camera = camera
        self._um_per_step = um_per_step
        self._count = count

    def identity(self) -> RailIdentity:
        """A motor of the camera."""
        return RailIdentity(FOCUS_MOTOR)

    def position_um(self) -> float:
        """Position by count."""
        if self._count.position_um is None:
            raise RailError(
                "rail: where the focus stands is not known. Focus on the first plane and "
                "declare it: `python -m hardware here 0`."
            )
        return self._count.position_um

    def declare(self, position_um: float) -> None:
        """Take the present focus as `position_um`."""
        self._count.set(position_um)

    def move_to(self, target_um: float) -> float:
        """Step to the nearest step of `target_um`."""
        start_um = self.position_um()
        steps = round((target_um - start_um) / self._um_per_step)
        if steps == 0:
            return start_um
        self._count.set(None)
        try:
            self._camera.live_view(True)
            self._camera.focus(steps)
            self._camera.live_view(False)
        except CameraError as error:
            raise RailError(f"rail: the focus motor did not turn: {error}") from error
        self.declare(start_um + steps * self._um_per_step)
        return self.position_um()

    def stop(self) -> None:
        """A step under way ends by itself."""

    def close(self) -> None:
        """The camera is closed by itself."""
