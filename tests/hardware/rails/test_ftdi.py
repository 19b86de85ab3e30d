"""A StackShot through pyftdi, which is played here by a stand-in on a pty."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardware.errors import RailError
from hardware.rails.ftdi import FtdiLink
from hardware.rails.stackshot import BAUD, STOP_ALL, StackShot
from hardware.virtual.emulator import Carriage, PtyDevice
from hardware.virtual.emulator_stackshot import StackShotController

FAKE = Path(__file__).parents[1] / "fake"
ROOT = Path(__file__).parents[3]
DRIVE = """
import sys
sys.path.append("scripts")
from hardware.rails.ftdi import FtdiLink
from hardware.rails.stackshot import BAUD, STOP_ALL, StackShot
rail = StackShot(FtdiLink(sys.argv[1], BAUD, STOP_ALL), speed_um_s=500)
rail.connect()
rail.move_to(10000)
"""


@pytest.fixture
def chip(tmp_path, monkeypatch):
    """A StackShot behind an FTDI chip: the device, its address, what was done to the chip."""
    device = PtyDevice(StackShotController(Carriage()))
    log = tmp_path / "chip.log"
    log.write_text("")
    monkeypatch.setenv("FAKE_FTDI_PORT", device.port)
    monkeypatch.setenv("FAKE_FTDI_LOG", str(log))
    monkeypatch.syspath_prepend(str(FAKE))
    yield device, "ftdi://ftdi:0x6015:S42/1", log
    device.close()
    for name in [name for name in sys.modules if name.startswith("pyftdi")]:
        del sys.modules[name]


def test_the_pins_are_high_before_a_byte_is_sent_and_low_at_the_end(chip):
    device, address, log = chip
    rail = StackShot(FtdiLink(address, BAUD, STOP_ALL), speed_um_s=20_000, poll_s=0.01)
    rail.connect()
    assert rail.move_to(1000) == pytest.approx(1000, abs=0.5)
    assert device.controller.carriage.counter_um(time.time()) == pytest.approx(1000, abs=0.5)
    rail.close()
    said = log.read_text().splitlines()
    assert said[:4] == [
        f"open {address}",
        f"baud {BAUD}",
        "line 8 1 N",
        "bitmode 0xff 0x20",
    ]
    assert said[4].startswith("write 55")
    # The farewell of the StackShot, then the pins.
    assert said[-3:] == ["write 55110e010069", "bitmode 0xf0 0x20", "close"]


def test_a_read_waits_no_longer_than_it_is_told(chip):
    link = FtdiLink(chip[1], BAUD)
    began = time.monotonic()
    assert link.read(1, 0.1) == b""
    assert 0.1 <= time.monotonic() - began < 5
    link.close()


def test_a_chip_that_is_not_there_is_told(chip):
    with pytest.raises(RailError, match=r"cannot open ftdi://nowhere/1: no such device"):
        FtdiLink("ftdi://nowhere/1", BAUD)


def test_without_the_library_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyftdi.ftdi", None)
    with pytest.raises(RailError, match="pip install pyftdi"):
        FtdiLink("ftdi://ftdi:232/1", BAUD)


@pytest.mark.slow
def test_the_guard_stops_the_rail_after_kill_9(chip):
    device, address, _ = chip
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{FAKE}"}
    process = subprocess.Popen([sys.executable, "-c", DRIVE, address], cwd=ROOT, env=environment)
    carriage, until = device.controller.carriage, time.time() + 60
    while carriage.counter_um(time.time()) < 100 and time.time() < until:
        time.sleep(0.01)
    assert carriage.moving(time.time())
    process.kill()
    process.wait()
    # Left alone, the move would take 20 s.
    until = time.time() + 10
    while carriage.moving(time.time()) and time.time() < until:
        time.sleep(0.01)
    assert not carriage.moving(time.time())
    assert carriage.counter_um(time.time()) < 9000
