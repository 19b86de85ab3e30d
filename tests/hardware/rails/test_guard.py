"""A rail does not run on when the process that drives it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hardware.virtual.emulator import Carriage, PtyDevice
from hardware.virtual.emulator_grbl import GrblController

DRIVE = """
import sys
from hardware.rails.link import SerialLink
from hardware.rails.grbl import BAUD, JOG_CANCEL, Grbl
rail = Grbl(SerialLink(sys.argv[1], BAUD, JOG_CANCEL), feed_um_s=500, poll_s=0.02)
rail.connect()
print("moving", flush=True)
rail.move_to(10000)
"""


def test_the_guard_stops_the_rail_after_kill_9():
    carriage = Carriage()
    device = PtyDevice(GrblController(carriage))
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVE, device.port],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert process.stdout is not None
    process.stdout.readline()
    until = time.time() + 10
    while not carriage.moving(time.time()) and time.time() < until:
        time.sleep(0.01)
    assert carriage.moving(time.time())
    process.send_signal(signal.SIGKILL)
    process.wait()
    # Left alone, the move would take 20 s.
    until = time.time() + 8
    while carriage.moving(time.time()) and time.time() < until:
        time.sleep(0.01)
    now = time.time()
    assert not carriage.moving(now)
    assert 0 < carriage.position_um(now) < 10_000
    device.close()
