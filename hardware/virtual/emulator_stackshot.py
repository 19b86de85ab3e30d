"""An emulated StackShot with one axis on X, and others where they are added.

No limits, no reports, relative moves only.
"""

from __future__ import annotations

import struct

from hardware.rails import stackshot
from hardware.virtual.emulator import Carriage, Faults

# A thousandth of a degree is a µm of a turntable.
LENGTHS_UM = {0: 25.4, 1: 1000.0, 2: 1587.5 / 3200, 3: 1000.0}
STEP_UM = 1587.5 / 3200
UNFINISHED_S = 0.1


class StackShotController:
    """The firmware."""

    def __init__(self, carriage: Carriage, faults: Faults | None = None) -> None:
        self.carriage = carriage
        self._axes = {0: carriage}
        self.faults = faults or Faults()
        self._buffer = b""
        self._heard_at = 0.0
        self._speeds_um_s: dict[int, float] = {}
        self._stalled = False
        self._under_way = False
        self._fire_until = 0.0
        self.shots = 0

    def add_axis(self, axis: str, carriage: Carriage) -> None:
        """Drive another axis, Y or Z, too."""
        self._axes["XYZ".index(axis)] = carriage

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every whole request; bytes that start none are skipped."""
        if now - self._heard_at > UNFINISHED_S:
            self._buffer = b""
        self._heard_at = now
        self._buffer += data
        reply = b""
        while len(self._buffer) >= 5:
            if self._buffer[0] != 0x55:
                self._buffer = self._buffer[1:]
                continue
            size = 6 + self._buffer[4]
            if len(self._buffer) < size:
                break
            whole, self._buffer = self._buffer[:size], self._buffer[size:]
            reply += self._answer(whole, now)
        return reply

    def tick(self, now: float) -> bytes:
        """Nothing is ever sent unasked; a reset forgets the position."""
        # A busy machine may have slept through all of a move: its end counts as well.
        was_under_way, self._under_way = self._under_way, self._moving(now)
        if was_under_way and self.faults.strike("reset"):
            self.restart(now)
        return b""

    def restart(self, now: float) -> None:
        """Start anew: the count begins at 0."""
        for carriage in self._axes.values():
            carriage.forget(now)
        self._stalled = self._under_way = False
        self._buffer = b""

    def _moving(self, now: float) -> bool:
        return any(carriage.moving(now) for carriage in self._axes.values())

    def _answer(self, whole: bytes, now: float) -> bytes:
        command = whole[1] << 8 | whole[2]
        axis, payload = whole[3] >> 4, whole[5:-1]
        code, data = stackshot.OK, b""
        carriage = self._axes.get(axis, self.carriage)
        if command == stackshot.STOP:
            self._stalled = False
            if axis in self._axes:
                carriage.halt(now)
        elif command == stackshot.MOVE:
            self.faults.count_move()
            if carriage.moving(now) or self._stalled or self.faults.strike("busy"):
                code = stackshot.BUSY
            else:
                self._move(carriage, self._speeds_um_s.get(axis, 2000.0), payload, now)
        elif command == stackshot.POSITION and payload[0] not in LENGTHS_UM:
            code = 3
        elif command == stackshot.POSITION:
            count = round(carriage.counter_um(now) / STEP_UM)
            data = struct.pack("<Bf", payload[0], count * STEP_UM / LENGTHS_UM[payload[0]])
        elif command == stackshot.STATUS:
            moving = carriage.moving(now) or self._stalled
            shutter = stackshot.SHUTTER_OPEN if now < self._fire_until else 0
            data = struct.pack("<I", (stackshot.MOVING if moving else 0) | shutter)
        elif command == stackshot.SHUTTER:
            pulses, on_s, off_s = struct.unpack("<Hff", payload)
            self._fire_until = now + pulses * (on_s + off_s)
            self.shots += pulses
        elif command == stackshot.SPEED:
            units, speed = struct.unpack("<Bf", payload)
            self._speeds_um_s[axis] = speed * LENGTHS_UM[units]
        elif command == stackshot.SOFTWARE:
            data = b"3X 1.60\0"
        elif command == stackshot.SERIAL:
            data = b"SS0042\0"
        elif command != stackshot.CLOSE:
            code = 5
        reply = bytes([0xAA, whole[1], whole[2], axis << 4 | code, len(data)]) + data
        return reply + bytes([sum(reply) & 0xFF])

    def _move(self, carriage: Carriage, speed_um_s: float, payload: bytes, now: float) -> None:
        direction, units, _, distance = struct.unpack("<BBBf", payload)
        steps = round(distance * LENGTHS_UM[units] / STEP_UM)
        target = carriage.counter_um(now) + (steps if direction == 0 else -steps) * STEP_UM
        if self.faults.strike("slipped"):
            carriage.carriage_um = carriage.position_um(now)
            carriage.stuck = True
        if self.faults.strike("stall"):
            self._stalled = True
            target = (target + carriage.counter_um(now)) / 2
        carriage.move_to(target, speed_um_s, now)
        self._under_way = True
