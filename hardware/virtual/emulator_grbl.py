"""An emulated GRBL 1.1h with one axis on X, and others where they are added.

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
JOG = re.compile(r"\$J=((?:[GXYZF]-?\d+(?:\.\d*)?|[GXYZF]-?\.\d+)+)")
WORD = re.compile(r"([GXYZF])(-?(?:\d+\.?\d*|\.\d+))")
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
        self._axes = {"X": carriage}
        self.faults = faults or Faults()
        self._steps_per_mm = steps_per_mm
        self._soft_limits_um = soft_limits_um
        self._line = bytearray()
        self._alarm = False
        self._mute = False
        self._stalled = False
        self._hung = False
        self._under_way = False

    def add_axis(self, axis: str, carriage: Carriage) -> None:
        """Drive another axis, Y or Z, too."""
        self._axes[axis] = carriage

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
                self._halt(now)
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
        self._under_way = self._moving(now)
        if self.faults.strike("reset"):
            self.restart(now)
            return WELCOME
        if any(one.at_limit(now) for one in self._axes.values()) or self.faults.strike("limit"):
            return self._raise_alarm(1, now)
        if self.faults.strike("alarm"):
            return self._raise_alarm(2, now)
        return b""

    def restart(self, now: float) -> None:
        """Start anew: the count begins at 0, alarms and the tool number are forgotten."""
        for carriage in self._axes.values():
            carriage.forget(now)
        self._alarm = self._mute = self._stalled = self._hung = self._under_way = False
        self._line.clear()

    def _moving(self, now: float) -> bool:
        return any(carriage.moving(now) for carriage in self._axes.values())

    def _halt(self, now: float) -> None:
        for carriage in self._axes.values():
            carriage.halt(now)

    def _raise_alarm(self, code: int, now: float) -> bytes:
        self._halt(now)
        self._alarm = self._mute = True
        return b"ALARM:%d\r\n[MSG:Reset to continue]\r\n" % code

    def _reset(self, now: float) -> bytes:
        before = b""
        if self._moving(now) or self._stalled:
            self._alarm = True
            before = b"ALARM:3\r\n"
            self._halt(now)
        self._mute = self._stalled = self._hung = False
        self._line.clear()
        self.carriage.keep_token(0)
        return before + WELCOME + (LOCKED if self._alarm else b"")

    def _report(self, now: float) -> bytes:
        state = "Alarm" if self._alarm else "Idle"
        if self._moving(now) or self._stalled:
            state = "Jog"
        step_mm = 1 / self._steps_per_mm
        counts_um = [
            self._axes[axis].counter_um(now) if axis in self._axes else 0.0 for axis in "XYZ"
        ]
        places = ",".join(f"{round(um / 1000 / step_mm) * step_mm + 0.0:.3f}" for um in counts_um)
        return f"<{state}|MPos:{places}|FS:0,0>\r\n".encode()

    def _execute(self, line: str, now: float) -> bytes:
        packed = line.replace(" ", "").upper()
        if packed.startswith("$J="):
            return self._jog(packed, now)
        if packed == "$I" and self._moving(now):
            return b"error:8\r\n"
        if packed == "$I":
            return b"[VER:1.1h.20190825:]\r\n[OPT:V,15,128]\r\nok\r\n"
        if packed == "$$":
            numbers = ["XYZ".index(axis) for axis in sorted(self._axes)]
            steps = "".join(f"${100 + k}={self._steps_per_mm:.3f}\r\n" for k in numbers)
            rates = "".join(f"${110 + k}=60000.000\r\n" for k in numbers)
            return f"$3=0\r\n$10=1\r\n$13=0\r\n{steps}{rates}ok\r\n".encode()
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
        if self._alarm or self._moving(now) or self._stalled:
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
        named = [axis for axis in self._axes if axis in values]
        if len(named) != 1:
            return b"error:26\r\n"
        carriage = self._axes[named[0]]
        if values.get("F", 0) <= 0:
            return b"error:22\r\n"
        target = values[named[0]] * (25400 if 20 in codes else 1000)
        if 91 in codes:
            target += carriage.counter_um(now)
        if self._soft_limits_um is not None and carriage is self.carriage:
            lowest, highest = self._soft_limits_um
            if not lowest <= target <= highest:
                return b"error:15\r\n"
        step_um = 1000 / self._steps_per_mm
        target = round(round(target / step_um) * step_um, 6)
        speed = values["F"] * 1000 / 60
        if self.faults.strike("slipped"):
            carriage.carriage_um = carriage.position_um(now)
            carriage.stuck = True
        self._hung = self.faults.strike("hung")
        if self._hung or self.faults.strike("stall"):
            self._stalled = True
            target = (target + carriage.counter_um(now)) / 2
        carriage.move_to(target, speed, now)
        self._under_way = True
        return b"ok\r\n"
