"""An emulated GRBL 1.1h with one axis on X.

Follows gnea/grbl doc/markdown (interface, commands, jogging): jogs, realtime bytes, `$$`, `$G`,
`$I`, `$X`, `$H`, status reports, and the silence after ALARM:1 and 2 until a reset. As in its
gcode.c, a line of G-code without a `T` makes the tool number 0, and a jog leaves it; a reset makes
it 0 and keeps the position, which a restart forgets.
"""

from __future__ import annotations

import re

from hardware.virtual.emulator import Carriage, Faults

WELCOME = b"\r\nGrbl 1.1h ['$' for help]\r\n"
LOCKED = b"[MSG:'$H'|'$X' to unlock]\r\n"
JOG = re.compile(r"\$J=((?:[GXF]-?\d+(?:\.\d*)?|[GXF]-?\.\d+)+)")
WORD = re.compile(r"([GXF])(-?(?:\d+\.?\d*|\.\d+))")
# Of G-code: the coolant, a dwell, and a tool number.
LINE = re.compile(r"(?:M8|M9|G4P\d*\.?\d*)?(?:T(\d+)(?:\.\d*)?)?")
MOST_TOOLS = 255


class GrblController:
    """The firmware: `state` is idle or alarm; a jog under way is the carriage's own."""

    def __init__(
        self,
        carriage: Carriage,
        faults: Faults | None = None,
        steps_per_mm: float = 1000.0,
        soft_limits_um: tuple[float, float] | None = None,
    ) -> None:
        self.carriage = carriage
        self.faults = faults or Faults()
        self._steps_per_mm = steps_per_mm
        self._soft_limits_um = soft_limits_um
        self._line = bytearray()
        self._alarm = False
        self._mute = False
        self._stalled = False
        self._hung = False
        self._under_way = False

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer realtime bytes at once and lines at their end."""
        reply = b""
        for value in data:
            byte = bytes([value])
            if byte == b"\x18":
                reply += self._reset(now)
            elif self._mute:
                continue
            elif byte == b"?":
                reply += self._report(now)
            elif byte in (b"\x85", b"!"):
                self._stalled &= self._hung
                self.carriage.halt(now)
            elif byte in b"\r\n":
                if self._line:
                    reply += self._execute(self._line.decode("latin-1"), now)
                self._line.clear()
            elif value < 0x80:
                self._line += byte
        return reply

    def tick(self, now: float) -> bytes:
        """Alarms and resets that happen by themselves."""
        if not self._under_way or self._mute:
            return b""
        # A busy machine may have slept through all of a move: its end counts as well.
        self._under_way = self.carriage.moving(now)
        if self.faults.strike("reset"):
            self.restart(now)
            return WELCOME
        if self.carriage.at_limit(now) or self.faults.strike("limit"):
            return self._raise_alarm(1, now)
        if self.faults.strike("alarm"):
            return self._raise_alarm(2, now)
        return b""

    def restart(self, now: float) -> None:
        """Start anew: the count begins at 0, alarms and the tool number are forgotten."""
        self.carriage.forget(now)
        self._alarm = self._mute = self._stalled = self._hung = self._under_way = False
        self._line.clear()

    def _raise_alarm(self, code: int, now: float) -> bytes:
        self.carriage.halt(now)
        self._alarm = self._mute = True
        return b"ALARM:%d\r\n[MSG:Reset to continue]\r\n" % code

    def _reset(self, now: float) -> bytes:
        before = b""
        if self.carriage.moving(now) or self._stalled:
            self._alarm = True
            before = b"ALARM:3\r\n"
            self.carriage.halt(now)
        self._mute = self._stalled = self._hung = False
        self._line.clear()
        self.carriage.keep_token(0)
        return before + WELCOME + (LOCKED if self._alarm else b"")

    def _report(self, now: float) -> bytes:
        state = "Alarm" if self._alarm else "Idle"
        if self.carriage.moving(now) or self._stalled:
            state = "Jog"
        step_mm = 1 / self._steps_per_mm
        millimetres = round(self.carriage.counter_um(now) / 1000 / step_mm) * step_mm
        return f"<{state}|MPos:{millimetres + 0.0:.3f},0.000,0.000|FS:0,0>\r\n".encode()

    def _execute(self, line: str, now: float) -> bytes:
        packed = line.replace(" ", "").upper()
        if packed.startswith("$J="):
            return self._jog(packed, now)
        if packed == "$I" and self.carriage.moving(now):
            return b"error:8\r\n"
        if packed == "$I":
            return b"[VER:1.1h.20190825:]\r\n[OPT:V,15,128]\r\nok\r\n"
        if packed == "$$":
            steps = f"$100={self._steps_per_mm:.3f}"
            return f"$3=0\r\n$10=1\r\n$13=0\r\n{steps}\r\n$110=60000.000\r\nok\r\n".encode()
        if packed == "$G":
            modes = f"[GC:G0 G54 G17 G21 G90 G94 M5 M9 T{self.carriage.token} F0 S0]"
            return f"{modes}\r\nok\r\n".encode()
        if packed == "$X":
            unlocked, self._alarm = self._alarm, False
            return (b"[MSG:Caution: Unlocked]\r\n" if unlocked else b"") + b"ok\r\n"
        if packed == "$H":
            return b"error:5\r\n"
        if packed.startswith("$"):
            return b"error:3\r\n"
        if self._alarm or self.carriage.moving(now) or self._stalled:
            return b"error:9\r\n"
        if not (words := LINE.fullmatch(packed)):
            return b"error:20\r\n"
        tool = int(words[1] or 0)
        if tool > MOST_TOOLS:
            return b"error:38\r\n"
        self.carriage.keep_token(tool)
        return b"ok\r\n"

    def _jog(self, packed: str, now: float) -> bytes:
        self.faults.count_move()
        if self._alarm or self.faults.strike("busy"):
            return b"error:8\r\n"
        if not JOG.fullmatch(packed):
            return b"error:2\r\n"
        words = WORD.findall(packed)
        codes = {float(number) for letter, number in words if letter == "G"}
        values = {letter: float(number) for letter, number in words if letter != "G"}
        if not codes <= {20, 21, 53, 90, 91}:
            return b"error:16\r\n"
        if "X" not in values:
            return b"error:26\r\n"
        if values.get("F", 0) <= 0:
            return b"error:22\r\n"
        target = values["X"] * (25400 if 20 in codes else 1000)
        if 91 in codes:
            target += self.carriage.counter_um(now)
        if self._soft_limits_um is not None:
            lowest, highest = self._soft_limits_um
            if not lowest <= target <= highest:
                return b"error:15\r\n"
        step_um = 1000 / self._steps_per_mm
        target = round(round(target / step_um) * step_um, 6)
        speed = values["F"] * 1000 / 60
        if self.faults.strike("slipped"):
            self.carriage.carriage_um = self.carriage.position_um(now)
            self.carriage.stuck = True
        self._hung = self.faults.strike("hung")
        if self._hung or self.faults.strike("stall"):
            self._stalled = True
            target = (target + self.carriage.counter_um(now)) / 2
        self.carriage.move_to(target, speed, now)
        self._under_way = True
        return b"ok\r\n"
