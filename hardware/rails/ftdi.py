"""The FTDI chip of a StackShot driven without the kernel's driver, through `pyftdi`.

Clients of the StackShot raise its CBUS pins before they talk (InteractiveGraphicsLab/
StackShot3X_API_for_Python, jeroenpeters1986/StackShot-Ctrl: bit mode 0x20, mask 0xFF, and 0xF0 at
the end), which a classic StackShot may need and a serial port of the kernel cannot do. So there is
this second way, for a port that is named `ftdi://…`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hardware.errors import RailError

# How pyftdi names ports: ftdi://[vendor[:product[:serial]]]/interface
FTDI = "ftdi://"
GUARD = Path(__file__).with_name("guard.py")
# High nibble: all four pins are outputs; low nibble: what they are.
CBUS_HIGH, CBUS_LOW = 0xFF, 0xF0
READ_EVERY_S = 0.005


def opened(url: str, baud: int) -> Any:  # noqa: ANN401 - theirs
    """An `Ftdi` of pyftdi, 8N1, its CBUS pins high.

    Raises
    ------
    RailError : pyftdi is missing
    OSError : there is no such device, or it may not be used
    """
    try:
        from pyftdi.ftdi import Ftdi
    except ImportError as error:
        raise RailError(
            "rail: a port ftdi://… needs its library: pip install pyftdi. Or name the serial port "
            "(/dev/serial/by-id/…)"
        ) from error
    try:
        device = Ftdi.create_from_url(url)
        device.set_baudrate(baud)
        device.set_line_property(8, 1, "N")
        device.set_bitmode(CBUS_HIGH, Ftdi.BitMode.CBUS)
    except Exception as error:
        # Of three libraries below one another, each has its own.
        raise OSError(str(error)) from error
    return device


class FtdiLink:
    """A serial port of an FTDI chip whose CBUS pins are high as long as it is open.

    A guard process opens the chip and sends `stop`, should this process be killed.
    """

    def __init__(self, port: str, baud: int, stop: bytes = b"") -> None:
        self.port = port
        self._pending = b""
        try:
            self._device = opened(port, baud)
        except OSError as error:
            raise RailError(
                f"rail: cannot open {port}: {error}. Is the rail switched on and plugged in, may "
                "you use USB devices (docs/bench.md), and does no other program hold it?"
            ) from error
        self._guard = subprocess.Popen(
            [sys.executable, str(GUARD), port, stop.hex(), str(baud)],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._device.write_data(data)
        except OSError as error:
            raise self._lost(error) from error

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes; fewer, or none, when `timeout_s` has passed."""
        until = time.monotonic() + timeout_s
        try:
            while len(self._pending) < size:
                self._pending += bytes(self._device.read_data_bytes(size - len(self._pending)))
                left = until - time.monotonic()
                if left <= 0 or len(self._pending) >= size:
                    break
                time.sleep(min(READ_EVERY_S, left))
        except OSError as error:
            raise self._lost(error) from error
        got, self._pending = self._pending[:size], self._pending[size:]
        return got

    def drain(self) -> bytes:
        """Whatever has arrived already."""
        return self.read(65536, 0)

    def close(self) -> None:
        """Lower the pins and let go of the chip; the guard leaves without sending anything."""
        assert self._guard.stdin is not None
        with contextlib.suppress(OSError):
            self._guard.stdin.write(b".")
            self._guard.stdin.close()
        self._guard.wait()
        with contextlib.suppress(OSError):
            self._device.set_bitmode(CBUS_LOW, self._device.BitMode.CBUS)
            self._device.close()

    def _lost(self, error: Exception) -> RailError:
        return RailError(
            f"rail: connection to {self.port} lost ({error}). Check cable and power; the rail "
            "may have stopped on its way."
        )
