"""A serial port, and lines read from it."""

import fcntl
import os
import termios
import threading
import time

import pytest

from hardware.errors import RailError
from hardware.rails.grbl import BAUD
from hardware.rails.link import SerialLink, read_line
from hardware.virtual.emulator import Carriage, PtyDevice
from hardware.virtual.emulator_grbl import GrblController


class Dribble:
    """A link on which bytes come one by one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, timeout_s: float) -> bytes:
        got, self._data = self._data[:1], self._data[1:]
        return got

    def drain(self) -> bytes:
        return b""


def test_a_line_is_read_however_it_comes_and_what_follows_is_kept():
    link, pending = Dribble(b"ok\r\n<Id"), bytearray()
    assert read_line(link, pending, 0.5) == "ok"
    assert read_line(link, pending, 0.02) is None
    assert pending == b"<Id"
    assert read_line(Dribble(b"le>\n"), pending, 0.5) == "<Idle>"
    assert pending == b""


def test_a_garbled_byte_is_never_taken_for_a_letter():
    assert read_line(Dribble(b"o\xeb\n"), bytearray(), 0.5) == "o\ufffd"


def test_dtr_stays_high_when_a_port_is_closed():
    """Else the next to open it would reset an Uno."""
    device = PtyDevice(GrblController(Carriage()))
    link = SerialLink(device.port, BAUD)
    port = os.open(device.port, os.O_RDWR | os.O_NOCTTY)
    assert not termios.tcgetattr(port)[2] & termios.HUPCL
    os.close(port)
    link.close()
    device.close()


@pytest.mark.parametrize("keeps", [True, False])
def test_the_emulated_uno_is_reset_by_a_rise_of_dtr_alone(monkeypatch, keeps):
    if not keeps:
        monkeypatch.setattr("hardware.rails.link._keep_dtr", lambda port: None)
    controller = GrblController(Carriage(start_um=300, end_um=300))
    device = PtyDevice(controller, dtr_resets=True)
    counts = []
    for _ in range(3):
        link = SerialLink(device.port, BAUD)
        time.sleep(0.05)
        counts.append(controller.carriage.counter_um(time.time()))
        controller.carriage.recount(700, time.time())
        link.close()
        time.sleep(0.05)
    assert counts == ([0, 700, 700] if keeps else [0, 0, 0])
    device.close()


@pytest.mark.slow
def test_a_port_serves_one_owner():
    device = PtyDevice(GrblController(Carriage()))
    first = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match="no other program"):
        SerialLink(device.port, BAUD)
    first.close()
    SerialLink(device.port, BAUD).close()
    device.close()


def test_a_port_is_waited_for_that_the_guard_of_a_killed_process_still_holds():
    master, port = os.openpty()
    holder = os.open(os.ttyname(port), os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    threading.Timer(0.3, os.close, [holder]).start()
    link = SerialLink(os.ttyname(port), 115200)
    link.close()
    os.close(master)
    os.close(port)


@pytest.mark.slow
def test_a_port_that_another_program_holds_is_refused():
    master, port = os.openpty()
    fcntl.flock(port, fcntl.LOCK_EX)
    with pytest.raises(RailError, match="does no other program hold it"):
        SerialLink(os.ttyname(port), 115200)
    os.close(master)
    os.close(port)
