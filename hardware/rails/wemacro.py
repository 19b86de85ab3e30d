"""WeMacro rails.

Protocol as measured in indigo-astronomy/indigo, focuser_wemacro: 9600 baud 8N1, frames
`A5 5A cmd a b c v3 v2 v1 v0 crc crc` (CRC-16/Modbus, low byte first), status `5A A5 xx`.

There is no position readback: the position is the count of the moves that reported their end,
given up as unknown when one did not.
A stall cannot be seen. The length of a step is not stated by the maker and is calibrated.
Configuration frames (80 and flags) are not sent: the rail keeps what it is set to. Whoever adds
them must wait 100 ms after each, as a frame within about 30 ms of one is ignored.
"""

from __future__ import annotations

from hardware.errors import DoubtfulReleaseError, RailError
from hardware.rails.count import Count
from hardware.rails.link import Link, heard
from hardware.rails.rail import RailIdentity

BAUD = 9600
FORWARD, BACK, STOP, SHUTTER = 0x40, 0x41, 0x20, 0x04
FORWARD_DONE, BACK_DONE, SHOT_DONE = 0xF5, 0xF6, 0xF7
MOST_STEPS = 0xFFFFFF
# Longest time that a release may take before it is reported.
SHUTTER_S = 5.0


def crc16_modbus(data: bytes) -> int:
    """CRC-16/Modbus: polynomial 0xA001 reflected, start 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def frame(command: int, value: int = 0) -> bytes:
    """Bytes of one command frame."""
    body = bytes([0xA5, 0x5A, command, 0, 0, 0]) + value.to_bytes(4, "big")
    return body + crc16_modbus(body).to_bytes(2, "little")


class WeMacro:
    """A WeMacro rail whose place is known by counting."""

    def __init__(
        self,
        link: Link,
        um_per_step: float,
        count: Count,
        slowest_um_s: float = 200.0,
        reply_s: float = 2.0,
    ) -> None:
        self._link = link
        self._um_per_step = um_per_step
        self._count = count
        self._slowest_um_s = slowest_um_s
        self._reply_s = reply_s

    def connect(self) -> None:
        """Bring controller and driver into step: move 0, stop, drain, move 0 once more."""
        self._link.drain()
        self._link.write(frame(FORWARD, 0))
        self._link.write(frame(STOP))
        self._await(FORWARD_DONE, self._reply_s)
        self._link.drain()
        self._link.write(frame(FORWARD, 0))
        if not self._await(FORWARD_DONE, self._reply_s):
            raise RailError(
                "rail: no WeMacro answers on this port. Is this the rail's port, and is it "
                "switched on?"
            )

    def identity(self) -> RailIdentity:
        """The controller says nothing of itself."""
        return RailIdentity("WeMacro")

    def position_um(self) -> float:
        """Position by count."""
        if self._count.position_um is None:
            raise RailError(
                "rail: where the WeMacro stands is not known: a move did not report its end, "
                "or none was ever declared. Drive to a known mark and declare it: "
                "`python -m hardware here 0`."
            )
        return self._count.position_um

    def declare(self, position_um: float) -> None:
        """Take the present place as `position_um`."""
        self._count.set(position_um)

    def move_to(self, target_um: float) -> float:
        """Move by whole steps and wait for the report of its end."""
        start_um = self.position_um()
        steps = round((target_um - start_um) / self._um_per_step)
        if steps == 0:
            return start_um
        if abs(steps) > MOST_STEPS:
            raise RailError(f"rail: {abs(steps)} steps in one move; at most {MOST_STEPS}")
        command, done = (FORWARD, FORWARD_DONE) if steps > 0 else (BACK, BACK_DONE)
        distance_um = abs(steps) * self._um_per_step
        self._count.set(None)
        self._link.drain()
        self._link.write(frame(command, abs(steps)))
        if not self._await(done, distance_um / self._slowest_um_s + self._reply_s):
            self.stop()
            raise RailError(
                f"rail: the WeMacro did not report the end of its move to {target_um:.1f} µm; "
                "where it stands is not known. Check cable and power, drive to a known mark, "
                "declare it (`python -m hardware here`)."
            )
        self.declare(start_um + steps * self._um_per_step)
        return self.position_um()

    def stop(self) -> None:
        """Stop; at rest the controller ignores it."""
        self._link.write(frame(STOP))

    def fire(self) -> None:
        """Press the remote release and wait for the report of it."""
        self._link.drain()
        self._link.write(frame(SHUTTER))
        if not self._await(SHOT_DONE, self._reply_s + SHUTTER_S):
            raise DoubtfulReleaseError(
                "rail: whether the WeMacro released the camera is not known: it did not report the "
                "release. It was not told again. Check cable and power."
            )

    def close(self) -> None:
        """Let go of the port."""
        self._link.close()

    def _await(self, status: int, timeout_s: float) -> bool:
        report = bytes([0x5A, 0xA5, status])
        return any(report in received for received in heard(self._link, timeout_s))
