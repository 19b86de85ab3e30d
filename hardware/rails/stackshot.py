"""Cognisys StackShot and StackShot 3X.

Protocol as three independent clients speak it (InteractiveGraphicsLab/
StackShot3X_API_for_Python, ninjasnowball/StackShotController, jeroenpeters1986/StackShot-Ctrl);
38400 baud 8N1, requests `55 cmd cmd axis<<4|action len payload 69`, replies
`AA cmd cmd axis<<4|code len data checksum`. How the checksum is made is not known: what guards
against a garbled position is reading it twice.

- Moves are relative only, so a move whose reply was lost is never repeated blindly: the
  position is read and only what is missing is moved.
- A release is a command of the same kind: sent once. What became of one whose reply was lost is
  asked of the status; where that says nothing either, the files have to tell.
- The controller has no limits and reports none: travel is checked before every move.
- Stop is sent on every axis at connection, as a controller may still be running.
"""

from __future__ import annotations

import contextlib
import re
import struct
import time

from hardware.errors import DoubtfulReleaseError, PositionLostError, RailError
from hardware.rails.link import Link, heard
from hardware.rails.motion import Watch, confirmed, missed, stall
from hardware.rails.rail import RailIdentity

BAUD = 38400
READ, WRITE = 0, 1
MOVE, POSITION, SHUTTER, STATUS, STOP = 0x1000, 0x1002, 0x1004, 0x1005, 0x1006
SPEED, SOFTWARE, SERIAL, CLOSE = 0x108B, 0x1102, 0x1107, 0x110E
MILLIMETRES, DEGREES = 1, 3
OK, BUSY = 2, 8
CODES = {
    3: "bad parameter",
    4: "action not supported",
    5: "command not supported",
    6: "failed",
    7: "not empty",
    8: "busy",
}
ANSWERS = "StackShot's answers"
MOVING, SHUTTER_OPEN, USER_ABORTED = 1, 2, 4
# So soon after a release that was not acknowledged, the status still shows a pulse that runs.
PULSE_SEEN_S = 0.15


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
        self._units = MILLIMETRES

    def connect(self) -> None:
        """Stop whatever moves, then set the speed."""
        self._link.drain()
        self._link.write(STOP_ALL)
        time.sleep(self._poll_s)
        self._link.drain()
        self._status()
        speed = struct.pack("<Bf", self._units, self._speed_um_s / 1000)
        self._ask(SPEED, WRITE, speed)

    def other_axis(self, axis: str, speed_um_s: float) -> StackShot:
        """Another axis of the same controller, in thousandths of a degree in place of µm."""
        times = (self._poll_s, self._reply_s, self._stall_s)
        # Of a turntable's step, of which a turn has 20,000 or so, twice as much.
        other = StackShot(self._link, axis, speed_um_s, *times, tolerance_um=40.0)
        other._units = DEGREES
        other.connect()
        return other

    def identity(self) -> RailIdentity:
        """Software and serial number as the controller gives them."""

        def text(command: int) -> str:
            data = confirmed(lambda: self._ask(command, READ), ANSWERS)
            return data.rstrip(b"\0").decode("ascii", "replace").strip()

        return RailIdentity("StackShot", firmware=text(SOFTWARE), serial_number=text(SERIAL))

    def position_um(self) -> float:
        """Position that two readings in a row agree on."""
        return confirmed(self._position, ANSWERS)

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
        raise missed(target_um, position)

    def stop(self) -> None:
        """Stop every axis, without waiting for replies."""
        self._link.write(STOP_ALL)

    def fire(self) -> None:
        """Pulse the remote release once: 0.2 s on, 0.5 s off, and wait for its end.

        DoubtfulReleaseError where neither reply nor status shows that it fired.
        """
        unanswered = None
        try:
            pulse = struct.pack("<Hff", 1, 0.2, 0.5)
            self._ask(SHUTTER, WRITE, pulse, attempts=1, reply_s=min(self._reply_s, PULSE_SEEN_S))
        except _UnansweredError as error:
            unanswered = error
        status = self._status()
        if unanswered is not None and not status & SHUTTER_OPEN:
            raise DoubtfulReleaseError(
                "rail: whether the StackShot released the camera is not known: the command was not "
                "acknowledged, and no pulse runs. It was not sent again. Check cable and power."
            ) from unanswered
        until = time.monotonic() + 5
        while status & SHUTTER_OPEN:
            if time.monotonic() > until:
                raise RailError("rail: the release of the StackShot does not end")
            time.sleep(self._poll_s)
            status = self._status()

    def close(self) -> None:
        """Say good-bye, so that the front panel works again, and let go of the port."""
        # Where the port is gone already, closing must not fail for that.
        with contextlib.suppress(RailError):
            self._link.write(request(CLOSE, 0, WRITE))
        self._link.close()

    def _start(self, distance_um: float) -> None:
        direction = 0 if distance_um >= 0 else 1
        payload = struct.pack("<BBBf", direction, self._units, 0, abs(distance_um) / 1000)
        # Unanswered, it may or may not move now: the position decides, not a second command.
        with contextlib.suppress(_UnansweredError):
            self._ask(MOVE, WRITE, payload, attempts=1)

    def _wait_idle(self, start_um: float, target_um: float) -> None:
        watch = Watch(self._stall_s)
        while (status := self._status()) & MOVING and not status & USER_ABORTED:
            position = self._position()
            self._refuse_elsewhere(position, start_um, target_um)
            if watch.stalled(position):
                self.stop()
                raise stall(position, target_um)
            time.sleep(self._poll_s)
        if status & USER_ABORTED:
            raise RailError("rail: the move was aborted on the StackShot's own panel")

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
            "(`python -m hardware here`)."
        )

    def _position(self) -> float:
        data = self._ask(POSITION, READ, bytes([self._units]), size=5)
        units, millimetres = struct.unpack("<Bf", data)
        if units != self._units or not abs(millimetres) < 1000:
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
        reply_s: float | None = None,
    ) -> bytes:
        """Data of the reply to one request; repeated while busy, unanswered or garbled.

        `size`: bytes of data that a sound reply has, None for any. `reply_s`: longest wait for a
        reply, None for that of every other.
        """
        answer = ""
        busy_until = time.monotonic() + 5
        while attempts > 0:
            self._link.drain()
            self._link.write(request(command, self._axis, action, payload))
            reply = self._reply(command, reply_s or self._reply_s)
            if reply is None:
                attempts -= 1
                continue
            code, data = reply
            if code == OK and size in (None, len(data)):
                return data
            answer = CODES.get(code, f"code {code}, {len(data)} bytes")
            if code == BUSY and time.monotonic() < busy_until:
                time.sleep(self._poll_s)
            else:
                attempts -= 1  # A byte lost on the way makes a sound request a refused one.
        if answer:
            raise _UnansweredError(f"rail: StackShot answered command {command:04X}: {answer}")
        raise _UnansweredError(
            f"rail: no StackShot answers on this port (command {command:04X}). "
            "Check port, cable and power."
        )

    def _reply(self, command: int, reply_s: float) -> tuple[int, bytes] | None:
        """Code and data of the reply to `command`, None if none comes whole in time."""
        # Replies about another axis are passed over, and so are bytes that begin none.
        head = re.escape(bytes([0xAA, command >> 8, command & 0xFF]))
        lowest, highest = bytes([self._axis << 4]), bytes([self._axis << 4 | 0x0F])
        begin = re.compile(b"%b([%b-%b])(.)" % (head, lowest, highest), re.DOTALL)
        for received in heard(self._link, reply_s):
            if match := begin.search(received):
                data, size = received[match.end() :], match[2][0]
                if len(data) > size:  # A checksum follows.
                    return match[1][0] & 0x0F, data[:size]
        return None


class _UnansweredError(RailError):
    """A request was not acknowledged: whether it was carried out is not known."""
