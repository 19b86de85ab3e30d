"""Cognisys StackShot and StackShot 3X.

Protocol as three independent clients speak it (InteractiveGraphicsLab/
StackShot3X_API_for_Python, ninjasnowball/StackShotController, jeroenpeters1986/StackShot-Ctrl);
38400 baud 8N1, requests `55 cmd cmd axis<<4|action len payload 69`, replies
`AA cmd cmd axis<<4|code len data checksum`. How the checksum is made is not known: what guards
against a garbled position is reading it twice.

- Moves are relative only, so a move whose reply was lost is never repeated blindly: the
  position is read and only what is missing is moved.
- The controller has no limits and reports none: travel is checked before every move.
- Stop is sent on every axis at connection, as a controller may still be running.
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable
from typing import TypeVar

from hardware.errors import PositionLostError, RailError
from hardware.rails.link import Link
from hardware.rails.rail import RailIdentity

Answer = TypeVar("Answer")

BAUD = 38400
READ, WRITE = 0, 1
MOVE, POSITION, SHUTTER, STATUS, STOP = 0x1000, 0x1002, 0x1004, 0x1005, 0x1006
SPEED, SOFTWARE, SERIAL, CLOSE = 0x108B, 0x1102, 0x1107, 0x110E
MILLIMETRES = 1
OK, BUSY = 2, 8
CODES = {
    3: "bad parameter",
    4: "action not supported",
    5: "command not supported",
    6: "failed",
    7: "not empty",
    8: "busy",
}
MOVING, SHUTTER_OPEN, USER_ABORTED = 1, 2, 4


def request(command: int, axis: int, action: int, payload: bytes = b"") -> bytes:
    """Bytes of one request; `axis` 0, 1, 2 for X, Y, Z."""
    head = bytes([0x55, command >> 8, command & 0xFF, axis << 4 | action, len(payload)])
    return head + payload + b"\x69"


STOP_ALL = b"".join(request(STOP, axis, WRITE) for axis in (0, 1, 2))


class StackShot:
    """One axis of a StackShot; that it starts anew cannot be seen."""

    started_anew = False

    def __init__(
        self,
        link: Link,
        axis: str = "X",
        speed_um_s: float = 2000.0,
        poll_s: float = 0.1,
        reply_s: float = 1.0,
        stall_s: float = 3.0,
        tolerance_um: float = 1.0,
    ) -> None:
        if axis not in ("X", "Y", "Z"):
            raise RailError(f"rail: axis is {axis!r}; allowed are X, Y, Z")
        self._link = link
        self._axis = "XYZ".index(axis)
        self._speed_um_s = speed_um_s
        self._poll_s = poll_s
        self._reply_s = reply_s
        self._stall_s = stall_s
        self._tolerance_um = tolerance_um

    def connect(self) -> None:
        """Stop whatever moves, then set the speed."""
        self._link.drain()
        self._link.write(STOP_ALL)
        time.sleep(self._poll_s)
        self._link.drain()
        self._status()
        speed = struct.pack("<Bf", MILLIMETRES, self._speed_um_s / 1000)
        self._ask(SPEED, WRITE, speed)

    def identity(self) -> RailIdentity:
        """Software and serial number as the controller gives them."""

        def text(command: int) -> str:
            told = self._twice(lambda: self._ask(command, READ))
            return told.rstrip(b"\0").decode("ascii", "replace").strip()

        return RailIdentity("StackShot", firmware=text(SOFTWARE), serial_number=text(SERIAL))

    def position_um(self) -> float:
        """Position that two readings in a row agree on."""
        return self._twice(self._position)

    def move_to(self, target_um: float) -> float:
        """Move what is missing to `target_um`, until it is there."""
        position = self.position_um()
        for _ in range(3):
            distance = target_um - position
            if abs(distance) > self._tolerance_um:
                start = position
                self._start(distance)
                self._wait_idle(start, target_um)
                position = self.position_um()
                self._refuse_elsewhere(position, start, target_um)
            if abs(position - target_um) <= self._tolerance_um:
                return position
        raise RailError(
            f"rail: asked for {target_um:.1f} µm, it stands at {position:.1f} µm after three "
            "attempts. Check cable and load; then run the same command again."
        )

    def stop(self) -> None:
        """Stop every axis, without waiting for replies."""
        self._link.write(STOP_ALL)

    def fire(self) -> None:
        """Pulse the remote release once: 0.2 s on, 0.5 s off, and wait for its end."""
        self._ask(SHUTTER, WRITE, struct.pack("<Hff", 1, 0.2, 0.5))
        until = time.monotonic() + 5
        while self._status() & SHUTTER_OPEN:
            if time.monotonic() > until:
                raise RailError("rail: the release of the StackShot does not end")
            time.sleep(self._poll_s)

    def close(self) -> None:
        """Say good-bye, so that the front panel works again, and let go of the port."""
        # Where the port is gone already, closing must not fail for that.
        with contextlib.suppress(RailError):
            self._link.write(request(CLOSE, 0, WRITE))
        self._link.close()

    def _start(self, distance_um: float) -> None:
        direction = 0 if distance_um >= 0 else 1
        payload = struct.pack("<BBBf", direction, MILLIMETRES, 0, abs(distance_um) / 1000)
        # Unanswered, it may or may not move now: the position decides, not a second command.
        with contextlib.suppress(_UnansweredError):
            self._ask(MOVE, WRITE, payload, attempts=1)

    def _wait_idle(self, start_um: float, target_um: float) -> None:
        moved_at, last = time.monotonic(), self._position()
        while True:
            status = self._status()
            if status & USER_ABORTED:
                raise RailError("rail: the move was aborted on the StackShot's own panel")
            if not status & MOVING:
                return
            position = self._position()
            if position != last:
                moved_at, last = time.monotonic(), position
                self._refuse_elsewhere(position, start_um, target_um)
            elif time.monotonic() - moved_at > self._stall_s:
                self.stop()
                raise RailError(
                    f"rail: stalled at {position:.1f} µm on the way to {target_um:.1f} µm. "
                    "Free it and check load and motor; then run the same command again."
                )
            time.sleep(self._poll_s)

    def _refuse_elsewhere(self, position: float, start_um: float, target_um: float) -> None:
        """Stop where the count jumped: on a controller that was reset, limits mean nothing."""
        low, high = sorted((start_um, target_um))
        margin = 5 * self._tolerance_um
        if low - margin <= position <= high + margin:
            return
        if low - margin <= self.position_um() <= high + margin:
            return
        self.stop()
        raise PositionLostError(
            f"rail: on the way from {start_um:.1f} µm to {target_um:.1f} µm the controller "
            f"reports {position:.1f} µm: it was reset and its position is lost, or the cable "
            "is bad. Find out where it stands (a ruler will do) and declare it "
            "(`python -m hardware here`), then run the same command again."
        )

    def _twice(self, read: Callable[[], Answer]) -> Answer:
        """What two readings in a row agree on."""
        before = read()
        for _ in range(5):
            again = read()
            if again == before:
                return again
            before = again
        raise RailError("rail: StackShot's answers contradict each other. Check the cable.")

    def _position(self) -> float:
        data = self._ask(POSITION, READ, bytes([MILLIMETRES]), size=5)
        units, millimetres = struct.unpack("<Bf", data)
        if units != MILLIMETRES or not abs(millimetres) < 1000:
            raise RailError(f"rail: StackShot gave a position that cannot be: {data.hex()}")
        return round(millimetres * 1000, 3)

    def _status(self) -> int:
        return struct.unpack("<I", self._ask(STATUS, READ, size=4))[0]

    def _ask(
        self,
        command: int,
        action: int,
        payload: bytes = b"",
        attempts: int = 3,
        size: int | None = None,
    ) -> bytes:
        """Data of the reply to one request; repeated while busy, unanswered or garbled.

        `size`: bytes of data that a sound reply has, None for any.
        """
        told = "nothing"
        busy_until = time.monotonic() + 5
        while attempts > 0:
            self._link.drain()
            self._link.write(request(command, self._axis, action, payload))
            reply = self._reply(command)
            if reply is None:
                attempts -= 1
                continue
            code, data = reply
            if code == OK and size in (None, len(data)):
                return data
            told = CODES.get(code, f"code {code}, {len(data)} bytes")
            if code == BUSY and time.monotonic() < busy_until:
                time.sleep(self._poll_s)
            else:
                attempts -= 1  # A byte lost on the way makes a sound request a refused one.
        if told != "nothing":
            raise _UnansweredError(f"rail: StackShot answered command {command:04X}: {told}")
        raise _UnansweredError(
            f"rail: no StackShot answers on this port (command {command:04X}). "
            "Check port, cable and power; then run the same command again."
        )

    def _reply(self, command: int) -> tuple[int, bytes] | None:
        """Code and data of the reply to `command`, None if none comes whole in time."""
        want = bytes([0xAA, command >> 8, command & 0xFF])
        until = time.monotonic() + self._reply_s
        buffer = b""
        while (left := until - time.monotonic()) > 0:
            buffer += self._link.drain() or self._link.read(1, left)
            at = buffer.find(want)
            if at < 0 or len(buffer) < at + 5:
                continue
            verdict, length = buffer[at + 3 : at + 5]
            if verdict >> 4 != self._axis:
                buffer = buffer[at + 1 :]
            elif len(buffer) >= at + 6 + length:
                return verdict & 0x0F, buffer[at + 5 : at + 5 + length]
        return None


class _UnansweredError(RailError):
    """A request was not acknowledged: whether it was carried out is not known."""
