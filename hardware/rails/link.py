"""A serial port that fails in one way only, and that is stopped when its owner dies."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import serial

from hardware.errors import RailError

GUARD = Path(__file__).with_name("guard.py")
# The guard of a process that was killed has sent its stop by then, and let go of the port.
GUARD_S = 2.0


class Link(Protocol):
    """Bytes to and from a controller."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes; fewer, or none, when `timeout_s` has passed."""

    def drain(self) -> bytes:
        """Whatever has arrived already."""

    def close(self) -> None:
        """Let go of the port."""


class SerialLink:
    """An exclusive serial port.

    pyserial raises SerialException, OSError or termios.error according to where a cable was
    pulled; here all are RailError. A guard process holds the port open too: should this
    process be killed, the guard sends `stop` so that no rail runs on unattended.

    DTR, whose rise resets an Uno, is left as opening the port makes it, and does not fall when
    it is closed (HUPCL): the next to open it finds the controller as it was. Only the first after
    the cable was plugged in resets it.
    """

    def __init__(self, port: str, baud: int, stop: bytes = b"") -> None:
        self.port = port
        self._guard: subprocess.Popen | None = None
        self._serial = serial.Serial()
        self._serial.port = port
        self._serial.baudrate = baud
        self._serial.timeout = 0
        self._serial.write_timeout = 2
        self._serial.exclusive = True
        try:
            self._open()
            _keep_dtr(self._serial.fileno())
            if stop:
                line = self._serial.fileno()
                self._guard = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(GUARD), str(line), stop.hex()],
                    stdin=subprocess.PIPE,
                    pass_fds=[line],
                    start_new_session=True,
                )
        except (OSError, termios.error, serial.SerialException) as error:
            self._serial.close()
            raise RailError(
                f"rail: cannot open {port}: {error}. Is the rail switched on and plugged in, "
                "may you use the port (group dialout), and does no other program hold it?"
            ) from error

    def _open(self) -> None:
        """Open the port once the guard of a process that was killed has let go of it."""
        until = time.monotonic() + GUARD_S
        while True:
            try:
                self._serial.open()
            except serial.SerialException as error:
                if error.errno != errno.EWOULDBLOCK or time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._serial.write(data)
        except (OSError, termios.error, serial.SerialException) as error:
            raise self._lost(error) from error

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes; fewer, or none, when `timeout_s` has passed."""
        try:
            self._serial.timeout = timeout_s
            return self._serial.read(size)
        except (OSError, TypeError, termios.error, serial.SerialException) as error:
            raise self._lost(error) from error

    def drain(self) -> bytes:
        """Whatever has arrived already."""
        return self.read(65536, 0)

    def close(self) -> None:
        """Let go of the port; the guard leaves without sending anything."""
        if self._guard is not None:
            assert self._guard.stdin is not None
            with contextlib.suppress(OSError):
                self._guard.stdin.write(b".")
                self._guard.stdin.close()
            self._guard.wait()
            self._guard = None
        with contextlib.suppress(OSError, termios.error):
            self._serial.close()

    def _lost(self, error: Exception) -> RailError:
        return RailError(
            f"rail: connection to {self.port} lost ({error}). Check cable and power; the rail "
            "may have stopped on its way."
        )


def _keep_dtr(port: int) -> None:
    """Have the kernel leave DTR high when the port is closed."""
    settings = termios.tcgetattr(port)
    settings[2] &= ~termios.HUPCL
    termios.tcsetattr(port, termios.TCSANOW, settings)


def heard(link: Link, timeout_s: float, pending: bytes = b"") -> Iterator[bytes]:
    """All that has come after `pending`, anew whenever more has, until `timeout_s` has passed."""
    until = time.monotonic() + timeout_s
    while (left := until - time.monotonic()) > 0:
        pending += link.drain() or link.read(1, left)
        yield pending


def read_line(link: Link, pending: bytearray, timeout_s: float) -> str | None:
    """Next line from `link`, without its end; None if none ends within `timeout_s`.

    `pending` keeps the bytes of an unfinished line from call to call. Bytes outside ASCII
    are kept as replacement marks, so that a garbled line is never mistaken for a good one.
    """
    more = heard(link, timeout_s, bytes(pending))
    while b"\n" not in pending:
        received = next(more, None)
        if received is None:
            return None
        pending[:] = received
    line, _, rest = bytes(pending).partition(b"\n")
    pending[:] = rest
    return line.decode("ascii", "replace").strip()
