"""The driver against the real firmware: a check by hand, as its code (GPL) is not ours to bring.

GRBL 1.1h compiles for Linux with its simulator in the place of the processor:

    git clone https://github.com/gnea/grbl && cd grbl/grbl
    git clone https://github.com/grbl/grbl-sim && cd grbl-sim
    make CC="gcc -fcommon" main

Then, from this repository:

    PYTHONPATH=scripts python3 envs/run.py python -m tests.hardware.real_grbl …/grbl_sim.exe

Each line that is printed holds for the emulator too (`hardware/virtual/emulator_grbl.py`).
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tty
from pathlib import Path

from hardware.bench.axis import Axis
from hardware.bench.config import TravelConfig
from hardware.errors import PositionLostError
from hardware.rails.grbl import BAUD, JOG_CANCEL, Grbl
from hardware.rails.link import SerialLink


class Firmware:
    """The firmware on a pty; `power` cuts its power and gives it back."""

    def __init__(self, program: Path) -> None:
        self._program = program.resolve()
        self._process: subprocess.Popen | None = None
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self.power()

    def power(self) -> None:
        """Start it, or start it anew."""
        self.end()
        silent = ["-n", "-s", os.devnull, "-b", os.devnull]
        self._process = subprocess.Popen(
            [self._program, *silent],
            stdin=self._master,
            stdout=self._master,
            stderr=subprocess.DEVNULL,
            # It keeps its settings in a file there.
            cwd=self._program.parent,
        )

    def end(self) -> None:
        """Switch it off."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def holds(what: str, is_so: object) -> None:
    """Tell what holds; end where it does not."""
    if not is_so:
        sys.exit(f"does not hold: {what}")
    print(f"holds: {what}")


def check(program: Path) -> None:
    """What the driver takes for granted, one by one."""
    firmware = Firmware(program)
    try:
        rail = Grbl(SerialLink(firmware.port, BAUD, JOG_CANCEL), feed_um_s=8000, reply_s=5)
        rail.connect()
        print(f"{rail.identity()}")
        axis = Axis(rail, TravelConfig(-10_000, 10_000))
        axis.declare(0)
        first = axis.token or 0
        holds("a token is kept", first and rail.has_token(first))
        holds("a jog goes where it is sent", axis.go(500) == 500 and rail.has_token(first))
        rail.fire()
        holds("the token outlives the release of the shutter", rail.has_token(first))
        rail._protocol.command("M9")
        holds("a line without a T takes it away", not rail.has_token(first))
        axis.declare(500)
        rail.unlock()
        holds("a reset takes it away", not rail.has_token(axis.token or 0))
        holds("a reset at rest keeps the count", rail.position_um() == 500)
        axis.declare(500)
        rail._protocol.awake = False
        firmware.power()
        rail.connect()
        holds("a power cut takes it away", not rail.has_token(axis.token or 0))
        holds("a power cut makes the count 0", rail.position_um() == 0)
        try:
            axis.go(600)
        except PositionLostError as error:
            holds(f"nothing moves then ({str(error).partition('.')[0]})", rail.position_um() == 0)
        else:
            holds("nothing moves then", False)
        rail.close()
    finally:
        firmware.end()


if __name__ == "__main__":
    check(Path(sys.argv[1]))
