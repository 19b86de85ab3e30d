"""GRBL 1.1 controllers (home-made and CNC rails).

Protocol: gnea/grbl, doc/markdown/interface.md, jogging.md and doc/csv. 115200 baud, lines.

- Moves are jogs to absolute machine positions: jogging leaves the parser's state alone, can
  be cancelled by one byte, and a repeated absolute jog never moves twice as far.
- `ok` means understood, not arrived: arrival is `Idle` at the target in two equal reports.
  `G4 P0.01` does not help to wait for it: the firmware refuses it (error:9) while it jogs.
- There is no checksum. A report must have the exact shape, and is believed when read twice;
  a jog whose target lost a byte is cancelled when it leaves the way that it was sent.
- After ALARM:1 and 2 the firmware is silent until it is reset; the position may be lost.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.errors import PositionLostError, RailError
from hardware.rails.link import Link, read_line
from hardware.rails.rail import RailIdentity

BAUD = 115200
RESET = b"\x18"
JOG_CANCEL = b"\x85"

REPORT = re.compile(
    r"<(Idle|Run|Hold:[01]|Jog|Alarm|Door:[0-3]|Check|Home|Sleep)"
    r"\|MPos:(-?\d+\.\d{3}),(-?\d+\.\d{3}),(-?\d+\.\d{3})(?:\|[A-Za-z]+:[^|<>]*)*>"
)
SETTING = re.compile(r"\$(\d+)=(-?\d+(?:\.\d+)?)")

SOFT_LIMIT = 2  # The one alarm after which the position still holds.
ALARMS = {
    1: "a limit switch was hit; the position is lost",
    SOFT_LIMIT: "the target was beyond the travel set in the controller",
    3: "it was reset while moving; the position is lost",
    6: "homing was interrupted",
    7: "the door was opened while homing",
    8: "homing did not clear the limit switch",
    9: "homing did not find the limit switch",
}
UNLOCK = (
    "Clear the cause, run `python -m hardware unlock`, declare where the rail stands "
    "(`python -m hardware here`), then run the same command again."
)
REFUSALS = {
    5: "homing is switched off in the controller ($22=0); without switches, declare its place "
    "instead (`python -m hardware here`)",
    15: "the target is beyond the travel set in the controller ($130 to $132, from where it was "
    "homed); nothing was moved",
}
# Errors that a command without fault earns when a byte of it was lost on the way.
GARBLED = {1, 2, 3, 4, 11, 16, *range(20, 38)}


@dataclass(frozen=True)
class _Report:
    state: str
    position_um: float


class Grbl:
    """One axis of a GRBL controller.

    `started_anew` tells, after `connect`, that the controller was seen to start: an Uno does
    when its port is opened, and then counts from 0.
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
        self._axis = axis
        self._feed_um_s = feed_um_s
        self._poll_s = poll_s
        self._reply_s = reply_s
        self._stall_s = stall_s
        self._halt_s = halt_s
        self.started_anew = False
        self._pending = bytearray()
        self._resolution_um = 1.0
        self._firmware = ""
        self._options = ""

    def connect(self) -> None:
        """Wake the controller and read its version and steps per mm.

        A silent controller is reset once: after an alarm it says nothing until then, and just
        after power-up it is still in its boot loader.
        """
        self._forget_input()
        if not self._wakes():
            self._link.write(RESET)
            lines = self._lines_until(lambda line: line.startswith("Grbl "), 2 * self._reply_s)
            if not self._wakes():
                heard = ", ".join(repr(line) for line in lines[-2:]) or "nothing"
                raise RailError(
                    f"rail: no GRBL 1.1 answers on this port (heard {heard}). "
                    "Is this the rail's port, and is it switched on?"
                )
        self._halt()
        for line in self._told_twice("$I"):
            if line.startswith("[VER:"):
                self._firmware = line[5:-1]
            elif line.startswith("[OPT:"):
                self._options = line[5:-1]
        if not self._firmware.startswith("1.1"):
            raise RailError(f"rail: this is GRBL {self._firmware}, but 1.1 is needed")
        settings = {}
        for line in self._told_twice("$$"):
            if found := SETTING.fullmatch(line):
                settings[int(found[1])] = float(found[2])
        if settings.get(13):
            raise RailError("rail: GRBL reports inches; send it $13=0 once, so that it reports mm")
        steps_per_mm = settings.get(100 + "XYZ".index(self._axis), 0.0)
        if steps_per_mm > 0:
            self._resolution_um = 1000 / steps_per_mm
        highest_um_s = settings.get(110 + "XYZ".index(self._axis), 0.0) * 1000 / 60
        if highest_um_s > 0:
            self._feed_um_s = min(self._feed_um_s, highest_um_s)

    def identity(self) -> RailIdentity:
        """Version and options as `$I` gives them; GRBL has no serial number."""
        return RailIdentity("GRBL", firmware=f"{self._firmware} {self._options}".strip())

    def position_um(self) -> float:
        """Machine position of the axis."""
        return self._report_twice().position_um

    def move_to(self, target_um: float) -> float:
        """Jog to `target_um`; corrected once or twice if a byte of the command was lost."""
        tolerance_um = 0.6 * self._resolution_um + 1.0
        report = self._report_twice()
        for _ in range(3):
            self._refuse_unready(report)
            self._jog(target_um)
            report = self._wait_idle(report.position_um, target_um)
            if abs(report.position_um - target_um) <= tolerance_um:
                return report.position_um
        raise RailError(
            f"rail: asked for {target_um:.1f} µm, it stands at {report.position_um:.1f} µm "
            "after three attempts. Check the cable; then run the same command again."
        )

    def refuse_unless_ready(self) -> None:
        """RailError where an alarm or a hold keeps the rail from moving."""
        self._refuse_unready(self._report())

    def stop(self) -> None:
        """Cancel the jog under way."""
        self._link.write(JOG_CANCEL)

    def fire(self) -> None:
        """Close the contact on the coolant pin for 0.3 s: the release of home-made rails."""
        self._command("M8")
        self._command("G4 P0.3")
        self._command("M9")

    def unlock(self) -> None:
        """Reset and unlock after an alarm. The position is to be checked by a person then."""
        self._link.write(RESET)
        # Whatever it tells now, old alarms and this reset's welcome, is no news any more.
        while read_line(self._link, self._pending, min(0.5, self._reply_s)) is not None:
            pass
        self._command("$X")

    def home(self) -> None:
        """Run the controller's homing cycle."""
        self._command("$H", timeout_s=120)

    def close(self) -> None:
        """Let go of the port."""
        self._link.close()

    def _wakes(self) -> bool:
        """Whether reports come; a welcome line among them tells that it has just started."""
        for _ in range(3):
            self._link.write(b"?")
            lines = self._lines_until(lambda line: line.startswith("<"), self._reply_s)
            self.started_anew |= any(line.startswith("Grbl ") for line in lines)
            if lines and REPORT.fullmatch(lines[-1]):
                return True
            if lines and "|WPos:" in lines[-1]:
                raise RailError(
                    "rail: GRBL reports work positions; send it $10=1 once, so that it "
                    "reports machine positions"
                )
        return False

    def _halt(self) -> None:
        """Cancel whatever moves; a controller that does not come to rest for it is reset.

        A jog of many metres, such as a lost decimal point asks for, cannot be cancelled: the
        firmware's numbers are too coarse for its last steps and it hangs.
        """
        until = time.monotonic() + self._halt_s
        while self._report().state in ("Jog", "Run"):
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
        self._command(line)

    def _command(self, line: str, timeout_s: float | None = None) -> list[str]:
        """Send one line, give the lines before its `ok`; resent if it or the reply was garbled."""
        told = ""
        for _ in range(3):
            self._forget_input()
            self._link.write(line.encode("ascii") + b"\n")
            lines = self._lines_until(
                lambda text: text == "ok" or text.startswith("error:"), timeout_s or self._reply_s
            )
            last = lines[-1] if lines else ""
            if last == "ok":
                return lines[:-1]
            told = last or "nothing"
            code = int(last[6:]) if re.fullmatch(r"error:\d+", last) else None
            if code in REFUSALS:
                raise RailError(f"rail: {REFUSALS[code]}")
            if code in (8, 9):
                report = self._report()
                if report.state == "Alarm":
                    self._refuse_unready(report)
                time.sleep(self._poll_s)  # Busy: still finishing what went before.
            elif code is not None and code not in GARBLED:
                break
        raise RailError(
            f"rail: GRBL answered {told!r} to {line!r}. Check cable and power; "
            "then run the same command again."
        )

    def _told_twice(self, line: str) -> list[str]:
        """Answer to a line that the next answer confirms, as a byte may be lost of either."""
        before = self._command(line)
        for _ in range(5):
            told = self._command(line)
            if told == before:
                return told
            before = told
        raise RailError(f"rail: answers to {line} contradict each other. Check the cable.")

    def _wait_idle(self, start_um: float, target_um: float) -> _Report:
        """Poll until at rest; cancel when it stands still or runs where it was not sent."""
        low = min(start_um, target_um) - 5 * self._resolution_um - 2
        high = max(start_um, target_um) + 5 * self._resolution_um + 2
        moved_at, last_um = time.monotonic(), start_um
        while True:
            report = self._report()
            if report.state == "Idle":
                return self._report_twice()
            if report.state not in ("Jog", "Run", "Hold:0", "Hold:1"):
                self._refuse_unready(report)
            if not low <= report.position_um <= high:
                report = self._report_twice()
                if not low <= report.position_um <= high:
                    self._halt()
            if report.position_um != last_um:
                moved_at, last_um = time.monotonic(), report.position_um
            elif time.monotonic() - moved_at > self._stall_s:
                self._halt()
                raise RailError(
                    f"rail: stalled at {report.position_um:.1f} µm on the way to "
                    f"{target_um:.1f} µm. Free it and check load and motor; the position may "
                    "be lost. Then run the same command again."
                )
            time.sleep(self._poll_s)

    def _report_twice(self) -> _Report:
        """A report that the next one confirms; a moving axis gives the second."""
        report = self._report()
        for _ in range(5):
            again = self._report()
            if again == report or again.state in ("Jog", "Run"):
                return again
            report = again
        raise RailError("rail: position reports contradict each other. Check the cable.")

    def _report(self) -> _Report:
        for _ in range(3):
            self._link.write(b"?")
            lines = self._lines_until(lambda line: line.startswith("<"), self._reply_s)
            if lines and (found := REPORT.fullmatch(lines[-1])):
                position = float(found[2 + "XYZ".index(self._axis)])
                return _Report(found[1], round(position * 1000, 3))
        raise RailError(
            "rail: GRBL does not answer. Check cable and power; after an alarm, "
            "`python -m hardware unlock` wakes it. Then run the same command again."
        )

    def _refuse_unready(self, report: _Report) -> None:
        if report.state == "Alarm":
            raise RailError(f"rail: GRBL is locked by an alarm. {UNLOCK}")
        if report.state not in ("Idle", "Jog", "Run"):
            raise RailError(f"rail: GRBL is in state {report.state}; end that first")

    def _lines_until(self, ends: Callable[[str], object], timeout_s: float) -> list[str]:
        """Lines up to the first that `ends`, or those that came within `timeout_s`.

        An alarm or an unasked welcome is raised wherever it shows up.
        """
        lines: list[str] = []
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            line = read_line(self._link, self._pending, left)
            if line is None:
                break
            if not line:
                continue
            lines.append(line)
            if ends(line):
                break
            self._raise_on_event(line)
        return lines

    def _forget_input(self) -> None:
        """Throw away late replies, but not the news of an alarm or a reset among them."""
        self._pending += self._link.drain()
        lines = bytes(self._pending).decode("ascii", "replace").splitlines()
        self._pending.clear()
        if self._firmware:
            for line in lines:
                self._raise_on_event(line.strip())

    def _raise_on_event(self, line: str) -> None:
        if found := re.fullmatch(r"ALARM:(\d+)", line):
            why = ALARMS.get(int(found[1]), "see the GRBL documentation")
            kind = RailError if int(found[1]) == SOFT_LIMIT else PositionLostError
            raise kind(f"rail: GRBL alarm {found[1]}: {why}. {UNLOCK}")
        if self._firmware and line.startswith("Grbl "):
            raise PositionLostError(
                "rail: the controller was reset; its position is lost. Find out where it stands "
                "(a ruler will do) and declare it (`python -m hardware here`), then run the same "
                "command again."
            )
