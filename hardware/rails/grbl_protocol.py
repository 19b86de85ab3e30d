"""How one talks with a GRBL 1.1 controller: lines, commands, reports, and what it says unasked.

Protocol: gnea/grbl, doc/markdown/interface.md, jogging.md and doc/csv. 115200 baud, lines.

- `ok` means understood, not arrived. `G4 P0.01` does not help to wait for arrival: the firmware
  refuses it (error:9) while it jogs.
- There is no checksum. A report must have the exact shape, and is believed when read twice.
- After ALARM:1 and 2 the firmware is silent until it is reset; the position may be lost.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.errors import PositionLostError, RailError
from hardware.rails.link import Link, read_line
from hardware.rails.motion import confirmed

RESET = b"\x18"

REPORT = re.compile(
    r"<(Idle|Run|Hold:[01]|Jog|Alarm|Door:[0-3]|Check|Home|Sleep)"
    r"\|MPos:(-?\d+\.\d{3}),(-?\d+\.\d{3}),(-?\d+\.\d{3})(?:\|[A-Za-z]+:[^|<>]*)*>"
)

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
    "Clear the cause, run `python -m hardware unlock`, then declare where the rail stands "
    "(`python -m hardware here`)."
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
class Report:
    """State of the controller, and machine position of the axis."""

    state: str
    position_um: float

    def refuse_unready(self) -> None:
        """RailError where an alarm or a hold keeps the rail from moving."""
        if self.state == "Alarm":
            raise RailError(f"rail: GRBL is locked by an alarm. {UNLOCK}")
        if self.state not in ("Idle", "Jog", "Run"):
            raise RailError(f"rail: GRBL is in state {self.state}; end that first")


class GrblProtocol:
    """The talk with one controller about one of its axes.

    Attributes
    ----------
    started_anew : whether it was seen to start while it was woken
    awake : whether it is known; from then on a start of it is a reset, and the position lost
    """

    def __init__(self, link: Link, axis: str, poll_s: float, reply_s: float) -> None:
        self._link = link
        self._column = 2 + "XYZ".index(axis)
        self._poll_s = poll_s
        self._reply_s = reply_s
        self._pending = bytearray()
        self.started_anew = False
        self.awake = False

    def wake(self) -> None:
        """Make sure that a GRBL 1.1 reports.

        A silent controller is reset once: after an alarm it says nothing until then, and just
        after power-up it is still in its boot loader.
        """
        self._forget_input()
        if self._reports():
            return
        self._link.write(RESET)
        lines = self._lines_until(lambda line: line.startswith("Grbl "), 2 * self._reply_s)
        if not self._reports():
            heard = ", ".join(repr(line) for line in lines[-2:]) or "nothing"
            raise RailError(
                f"rail: no GRBL 1.1 answers on this port (heard {heard}). "
                "Is this the rail's port, and is it switched on?"
            )

    def reset(self) -> None:
        """Reset it, and pass over what it tells: old alarms and its welcome are no news."""
        self._link.write(RESET)
        while read_line(self._link, self._pending, min(0.5, self._reply_s)) is not None:
            pass

    def command(self, line: str, timeout_s: float | None = None) -> list[str]:
        """Send one line, give the lines before its `ok`; resent if it or the reply was garbled."""
        answer = ""
        for _ in range(3):
            self._forget_input()
            self._link.write(line.encode("ascii") + b"\n")
            lines = self._lines_until(
                lambda text: text == "ok" or text.startswith("error:"), timeout_s or self._reply_s
            )
            last = lines[-1] if lines else ""
            if last == "ok":
                return lines[:-1]
            answer = last or "nothing"
            code = int(last[6:]) if re.fullmatch(r"error:\d+", last) else None
            if code in REFUSALS:
                raise RailError(f"rail: {REFUSALS[code]}")
            if code in (8, 9):
                report = self.report()
                if report.state == "Alarm":
                    report.refuse_unready()
                time.sleep(self._poll_s)  # Busy: still finishing what went before.
            elif code is not None and code not in GARBLED:
                break
        raise RailError(f"rail: GRBL answered {answer!r} to {line!r}. Check cable and power.")

    def answer(self, line: str) -> list[str]:
        """Lines that a query gives, confirmed."""
        return confirmed(lambda: self.command(line), f"answers to {line}")

    def confirmed_report(self) -> Report:
        """A report that the next one confirms; a moving axis gives the second."""
        return confirmed(
            self.report, "position reports", lambda report: report.state in ("Jog", "Run")
        )

    def report(self) -> Report:
        """The next report that is whole."""
        for _ in range(3):
            self._link.write(b"?")
            lines = self._lines_until(lambda line: line.startswith("<"), self._reply_s)
            if lines and (match := REPORT.fullmatch(lines[-1])):
                return Report(match[1], round(float(match[self._column]) * 1000, 3))
        raise RailError(
            "rail: GRBL does not answer. Check cable and power; after an alarm, "
            "`python -m hardware unlock` wakes it."
        )

    def _reports(self) -> bool:
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
        if self.awake:
            for line in lines:
                self._raise_on_event(line.strip())

    def _raise_on_event(self, line: str) -> None:
        if match := re.fullmatch(r"ALARM:(\d+)", line):
            why = ALARMS.get(int(match[1]), "see the GRBL documentation")
            kind = RailError if int(match[1]) == SOFT_LIMIT else PositionLostError
            raise kind(f"rail: GRBL alarm {match[1]}: {why}. {UNLOCK}")
        if self.awake and line.startswith("Grbl "):
            raise PositionLostError(
                "rail: the controller was reset; its position is lost. Find out where it stands "
                "(a ruler will do) and declare it (`python -m hardware here`)."
            )
