"""An emulated WeMacro rail: counts nothing, reports the end of each move and shot."""

from __future__ import annotations

from hardware.rails import wemacro
from hardware.virtual.emulator import Carriage, Faults


class WeMacroController:
    """The firmware; frames with a wrong CRC are ignored, as on the real one."""

    def __init__(
        self,
        carriage: Carriage,
        faults: Faults | None = None,
        um_per_step: float = 1.0,
        speed_um_s: float = 1000.0,
    ) -> None:
        self.carriage = carriage
        self.faults = faults or Faults()
        self._um_per_step = um_per_step
        self._speed_um_s = speed_um_s
        self._buffer = b""
        self._due: list[tuple[float, int]] = []
        self._stalled = False
        self.shots = 0

    def receive(self, data: bytes, now: float) -> bytes:
        """Carry out every whole frame; replies come later, by tick."""
        self._buffer += data
        while len(self._buffer) >= 12:
            if not self._buffer.startswith(b"\xa5\x5a"):
                self._buffer = self._buffer[1:]
                continue
            whole, self._buffer = self._buffer[:12], self._buffer[12:]
            body, crc = whole[:10], whole[10:]
            if wemacro.crc16_modbus(body).to_bytes(2, "little") == crc:
                self._carry_out(body[2], int.from_bytes(body[6:10], "big"), now)
        return b""

    def tick(self, now: float) -> bytes:
        """Reports of what has ended by now."""
        if self.carriage.moving(now) and self.faults.strike("reset"):
            self.restart(now)
        ended = [status for at, status in self._due if at <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        return b"".join(bytes([0x5A, 0xA5, status]) for status in ended)

    def restart(self, now: float) -> None:
        """Start anew: a move under way ends without a report."""
        self.carriage.forget(now)
        self._due.clear()
        self._buffer = b""

    def _carry_out(self, command: int, value: int, now: float) -> None:
        if command in (wemacro.FORWARD, wemacro.BACK):
            forward = command == wemacro.FORWARD
            if value:
                self.faults.count_move()
            if self.faults.strike("stall"):
                return
            distance = value * self._um_per_step * (1 if forward else -1)
            target = self.carriage.counter_um(now) + distance
            self.carriage.move_to(target, self._speed_um_s, now)
            done = wemacro.FORWARD_DONE if forward else wemacro.BACK_DONE
            self._due.append((now + abs(distance) / self._speed_um_s, done))
        elif command == wemacro.STOP:
            if self.carriage.moving(now):
                self.carriage.halt(now)
                self._due = [(now, status) for _, status in self._due]
        elif command == wemacro.SHUTTER:
            self.shots += 1
            self._due.append((now + 0.05, wemacro.SHOT_DONE))
