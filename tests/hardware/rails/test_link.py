"""A serial port, and lines read from it."""

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


def test_a_port_serves_one_owner():
    device = PtyDevice(GrblController(Carriage()))
    first = SerialLink(device.port, BAUD)
    with pytest.raises(RailError, match="no other program"):
        SerialLink(device.port, BAUD)
    first.close()
    SerialLink(device.port, BAUD).close()
    device.close()
