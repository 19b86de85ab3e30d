"""The camera's own focus motor in the place of a rail (batch remote shooting).

There is no readback: the position is the count of steps sent, kept by the caller
(`remember`) between runs. What a step is in µm depends on lens and distance and is calibrated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hardware.errors import CameraError, RailError
from hardware.rails.rail import RailIdentity


class FocusingCamera(Protocol):
    """A camera whose focus motor can be stepped."""

    def focus(self, steps: int) -> None:
        """Turn by `steps`, positive away from the camera."""

    def live_view(self, on: bool) -> None:
        """Focus motors turn only in live view."""


class FocusMotor:
    """Steps of a focus motor as positions."""

    def __init__(
        self,
        camera: FocusingCamera,
        um_per_step: float,
        position_um: float | None,
        remember: Callable[[float | None], None],
    ) -> None:
        self._camera = camera
        self._um_per_step = um_per_step
        self._position_um = position_um
        self._remember = remember

    def identity(self) -> RailIdentity:
        """A motor of the camera."""
        return RailIdentity("focus motor of the camera")

    def position_um(self) -> float:
        """Position by count."""
        if self._position_um is None:
            raise RailError(
                "rail: where the focus stands is not known. Focus on the first plane and "
                "declare it: `python -m hardware here 0`."
            )
        return self._position_um

    def declare(self, position_um: float) -> None:
        """Take the present focus as `position_um`."""
        self._position_um = position_um
        self._remember(position_um)

    def move_to(self, target_um: float) -> float:
        """Step to the nearest step of `target_um`."""
        start_um = self.position_um()
        steps = round((target_um - start_um) / self._um_per_step)
        if steps == 0:
            return start_um
        self._position_um = None
        self._remember(None)
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

    def fire(self) -> None:
        """The camera releases itself."""
        raise RailError("rail: a focus motor has no remote release; choose another release")

    def close(self) -> None:
        """The camera is closed by itself."""
