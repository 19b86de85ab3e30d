"""GRBL 1.1 controllers (home-made and CNC rails).

Moves are jogs to absolute machine positions: jogging leaves the parser's state alone, can be
cancelled by one byte, and a repeated absolute jog never moves twice as far. Arrival is `Idle` at
the target in two equal reports; a jog whose target lost a byte is cancelled when it leaves the
way that it was sent.

Whether the controller was reset a tool number tells, which moves nothing: `T77` shows in `$G` until
a reset makes it `T0`. Every line of G-code without a `T` makes it 0 as well (`gc_state.tool` in
gnea/grbl, gcode.c), jogs and `$` commands do not: what is sent here has the number in it, and
another program's G-code takes it away, as it may have moved the rail where it liked.
"""

from __future__ import annotations

import re
import time

from hardware.errors import PositionLostError, RailError
from hardware.rails.grbl_protocol import RESET, UNLOCK, GrblProtocol, Report
from hardware.rails.link import Link
from hardware.rails.motion import Watch, missed, stall
from hardware.rails.rail import RailIdentity

BAUD = 115200
JOG_CANCEL = b"\x85"
SETTING = re.compile(r"\$(\d+)=(-?\d+(?:\.\d+)?)")
MODES = re.compile(r"\[GC:(?:[^\[\]]* )?T(\d+)(?: [^\[\]]*)?\]")


class Grbl:
    """One axis of a GRBL controller.

    An Uno starts anew when its port is opened, and then counts from 0.
    """

    def __init__(
        self,
        link: Link,
        axis: str = "X",
        feed_um_s: float = 2000.0,
        poll_s: float = 0.2,
        reply_s: float = 2.0,
        stall_s: float = 3.0,
        halt_s: float = 10.0,
    ) -> None:
        if axis not in ("X", "Y", "Z"):
            raise RailError(f"rail: axis is {axis!r}; allowed are X, Y, Z")
        self._link = link
        self._protocol = GrblProtocol(link, axis, poll_s, reply_s)
        self._axis = axis
        self._feed_um_s = feed_um_s
        self._poll_s = poll_s
        self._reply_s = reply_s
        self._stall_s = stall_s
        self._halt_s = halt_s
        self._resolution_um = 1.0
        self._version = ""
        self._build_options = ""
        self._settings = ""
        self._token = 0

    @property
    def started_anew(self) -> bool:
        """Whether the controller was seen to start when it was connected."""
        return self._protocol.started_anew

    def connect(self) -> None:
        """Wake the controller, end what moves, read its version, steps per mm and top speed."""
        self._protocol.wake()
        self._halt()
        for line in self._protocol.answer("$I"):
            if line.startswith("[VER:"):
                self._version = line[5:-1]
            elif line.startswith("[OPT:"):
                self._build_options = line[5:-1]
        if not self._version.startswith("1.1"):
            raise RailError(f"rail: this is GRBL {self._version}, but 1.1 is needed")
        self._protocol.awake = True
        matches = [SETTING.fullmatch(line) for line in self._protocol.answer("$$")]
        settings = {int(match[1]): float(match[2]) for match in matches if match}
        # Directions, units, steps per mm: what a position means.
        telling = (3, 13, 100 + "XYZ".index(self._axis))
        self._settings = " ".join(f"${k}={settings[k]:.10g}" for k in telling if k in settings)
        if settings.get(13):
            raise RailError("rail: GRBL reports inches; send it $13=0 once, so that it reports mm")
        steps_per_mm = settings.get(100 + "XYZ".index(self._axis), 0.0)
        if steps_per_mm > 0:
            self._resolution_um = 1000 / steps_per_mm
        highest_um_s = settings.get(110 + "XYZ".index(self._axis), 0.0) * 1000 / 60
        if highest_um_s > 0:
            self._feed_um_s = min(self._feed_um_s, highest_um_s)

    def other_axis(self, axis: str, speed_um_s: float) -> Grbl:
        """Another axis of the same controller; of one that turns, GRBL's mm are degrees."""
        times = (self._poll_s, self._reply_s, self._stall_s, self._halt_s)
        other = Grbl(self._link, axis, speed_um_s, *times)
        other.connect()
        return other

    def identity(self) -> RailIdentity:
        """Version and options as `$I` gives them, settings of `$$`; GRBL has no serial number."""
        firmware = f"{self._version} {self._build_options}".strip()
        return RailIdentity("GRBL", firmware, settings=self._settings)

    def position_um(self) -> float:
        """Machine position of the axis."""
        return self._protocol.confirmed_report().position_um

    def move_to(self, target_um: float) -> float:
        """Jog to `target_um`; corrected once or twice if a byte of the command was lost."""
        tolerance_um = 0.6 * self._resolution_um + 1.0
        report = self._protocol.confirmed_report()
        for _ in range(3):
            report.refuse_unready()
            self._jog(target_um)
            report = self._wait_idle(report.position_um, target_um)
            if abs(report.position_um - target_um) <= tolerance_um:
                return report.position_um
        raise missed(target_um, report.position_um)

    def refuse_unless_ready(self) -> None:
        """RailError where an alarm or a hold keeps the rail from moving."""
        self._protocol.report().refuse_unready()

    def stop(self) -> None:
        """Cancel the jog under way."""
        self._link.write(JOG_CANCEL)

    def fire(self) -> None:
        """Close the contact on the coolant pin for 0.3 s: the release of home-made rails."""
        keep = f" T{self._token}" if self._token else ""
        for line in ("M8", "G4 P0.3", "M9"):
            self._protocol.command(line + keep)

    def give_token(self, token: int) -> bool:
        """Make it the tool number; a firmware that changes tools may not take it."""
        self._protocol.report().refuse_unready()
        self._protocol.command(f"T{token}")
        return self.has_token(token)

    def has_token(self, token: int) -> bool:
        """Whether it is still the tool number."""
        # What lost a byte does not become the right number by that.
        kept = self._tool(self._protocol.command("$G")) == token or (
            self._tool(self._protocol.answer("$G")) == token
        )
        self._token = token if kept else 0
        return kept

    def unlock(self) -> None:
        """Reset and unlock after an alarm. The position is to be checked by a person then."""
        self._protocol.reset()
        self._protocol.command("$X")

    def home(self) -> None:
        """Run the controller's homing cycle."""
        self._protocol.command("$H", timeout_s=120)

    def close(self) -> None:
        """Let go of the port."""
        self._link.close()

    def _tool(self, modes: list[str]) -> int | None:
        """The tool number in an answer to `$G`."""
        found = [match for line in modes if (match := MODES.fullmatch(line))]
        return int(found[0][1]) if len(found) == 1 else None

    def _halt(self) -> None:
        """Cancel whatever moves; a controller that does not come to rest for it is reset.

        A jog of many metres, such as a lost decimal point asks for, cannot be cancelled: the
        firmware's numbers are too coarse for its last steps and it hangs.
        """
        until = time.monotonic() + self._halt_s
        while self._protocol.report().state in ("Jog", "Run"):
            if time.monotonic() > until:
                self._link.write(RESET)
                raise PositionLostError(
                    "rail: GRBL did not stop when told to and was reset; its position is lost. "
                    + UNLOCK
                )
            self.stop()
            time.sleep(self._poll_s)

    def _jog(self, target_um: float) -> None:
        feed = self._feed_um_s * 60 / 1000
        line = f"$J=G53 G90 G21 {self._axis}{target_um / 1000:.4f} F{max(1.0, feed):.0f}"
        self._protocol.command(line)

    def _wait_idle(self, start_um: float, target_um: float) -> Report:
        """Poll until at rest; cancel when it stands still or runs where it was not sent."""
        margin_um = 5 * self._resolution_um + 2
        low_um, high_um = min(start_um, target_um) - margin_um, max(start_um, target_um) + margin_um
        watch = Watch(self._stall_s)
        while True:
            report = self._protocol.report()
            if report.state == "Idle":
                return self._protocol.confirmed_report()
            if report.state not in ("Jog", "Run", "Hold:0", "Hold:1"):
                report.refuse_unready()
            if not low_um <= report.position_um <= high_um:
                report = self._protocol.confirmed_report()
                if not low_um <= report.position_um <= high_um:
                    self._halt()
            if watch.stalled(report.position_um):
                self._halt()
                raise stall(report.position_um, target_um)
            time.sleep(self._poll_s)
