"""Zaber stages through the maker's own library, `zaber-motion`."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hardware.errors import RailError
from hardware.rails.rail import RailIdentity

POLL_S = 0.05


class Zaber:
    """One axis of a Zaber device with its ASCII protocol."""

    def __init__(self, port: str, device: int = 1, axis: int = 1) -> None:
        self._library = _library()
        self._micrometres = self._library.Units.LENGTH_MICROMETRES
        self._connection: Any = None
        try:
            self._connection = self._library.ascii.Connection.open_serial_port(port)
            self._device = self._connection.get_device(device)
            self._device.identify()
            self._axis = self._device.get_axis(axis)
        except self._library.MotionLibException as error:
            self.close()
            raise RailError(f"rail: Zaber on {port}: {error}") from error

    def identity(self) -> RailIdentity:
        """Name, firmware and serial number of the device."""
        device = self._device
        version = device.firmware_version
        return RailIdentity(
            f"Zaber {device.name}", f"{version.major}.{version.minor}", str(device.serial_number)
        )

    def position_um(self) -> float:
        """Position by the stage's own encoder or count, which holds once it is homed."""
        if not self._call(self._axis.is_homed):
            raise RailError(
                "rail: the Zaber axis has not been homed since power-up: make room and home it "
                "(`python -m hardware home`)"
            )
        return self._call(self._axis.get_position, self._micrometres)

    def home(self) -> None:
        """Drive to its sensor, and count from there."""
        self._call(self._axis.home, wait_until_idle=False)
        self._wait_idle()

    def move_to(self, target_um: float) -> float:
        """Move and wait until idle."""
        self._call(self._axis.move_absolute, target_um, self._micrometres, wait_until_idle=False)
        self._wait_idle()
        return self.position_um()

    def stop(self) -> None:
        """Decelerate to rest."""
        self._call(self._axis.stop)

    def close(self) -> None:
        """Let go of the port."""
        if self._connection is not None:
            self._connection.close()

    def _wait_idle(self) -> None:
        """Wait for the end of a motion; RailError where a fault ended it."""
        # The library's own waiting hears neither Ctrl-C nor a stop.
        while self._call(self._axis.is_busy):
            time.sleep(POLL_S)
        self._call(self._axis.wait_until_idle)

    def _call(self, method: Callable[..., Any], *arguments: object, **options: object) -> Any:  # noqa: ANN401
        try:
            return method(*arguments, **options)
        except self._library.MotionLibException as error:
            raise RailError(f"rail: Zaber: {error}.") from error


def _library() -> ModuleType:
    try:
        import zaber_motion
        import zaber_motion.ascii
    except ImportError as error:
        raise RailError("rail: kind zaber needs its library: pip install zaber-motion") from error
    return zaber_motion
