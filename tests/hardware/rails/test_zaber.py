"""Zaber stages through the maker's library, which is played here by a stand-in."""

import sys
import types

import pytest

from hardware.bench.axis import Axis
from hardware.bench.config import TravelConfig
from hardware.errors import RailError
from hardware.rails.zaber import Zaber


class MotionLibError(Exception):
    pass


class FakeZaber:
    """Connection, device and axis of zaber-motion in one."""

    name, serial_number = "X-LSM", 12345
    firmware_version = types.SimpleNamespace(major=7, minor=38)
    homed, fault, closed = True, "", False

    def __init__(self):
        self.at, self.target, self.busy = 0.0, 0.0, 0

    def get_device(self, number):
        return self

    def identify(self):
        return None

    def get_axis(self, number):
        return self

    def is_homed(self):
        return self.homed

    def home(self, wait_until_idle=True):
        assert not wait_until_idle
        self.homed, self.target, self.busy = True, 0.0, 3

    def get_position(self, unit):
        assert unit == "µm"
        return self.at

    def move_absolute(self, target, unit, wait_until_idle=True):
        assert not wait_until_idle
        self.target, self.busy = target, 3

    def is_busy(self):
        self.busy -= 1
        if self.busy == 0 and not self.fault:
            self.at = self.target
        return self.busy > 0

    def wait_until_idle(self):
        if self.fault:
            raise MotionLibError(self.fault)

    def stop(self):
        return None

    def close(self):
        self.closed = True


@pytest.fixture
def zaber(monkeypatch):
    """The device behind the faked library."""
    device = FakeZaber()
    library = types.ModuleType("zaber_motion")
    library.Units = types.SimpleNamespace(LENGTH_MICROMETRES="µm")
    library.MotionLibException = MotionLibError
    library.ascii = types.ModuleType("zaber_motion.ascii")
    library.ascii.Connection = types.SimpleNamespace(open_serial_port=lambda port: device)
    monkeypatch.setitem(sys.modules, "zaber_motion", library)
    monkeypatch.setitem(sys.modules, "zaber_motion.ascii", library.ascii)
    return device


def test_zaber_moves_and_names_itself(zaber):
    rail = Zaber("/dev/x")
    assert rail.move_to(250.0) == 250.0
    assert rail.identity().serial_number == "12345"
    rail.close()
    assert zaber.closed


def test_zaber_that_stalls_is_told(zaber):
    rail = Zaber("/dev/x")
    zaber.fault = "Movement interrupted: stalled"
    with pytest.raises(RailError, match="stalled"):
        rail.move_to(10)


def test_a_stop_is_heard_while_a_zaber_moves(zaber):
    """In the library's own waiting no signal is heard before the stage has arrived."""

    def interrupted():
        raise KeyboardInterrupt

    rail = Zaber("/dev/x")
    zaber.is_busy = interrupted
    with pytest.raises(KeyboardInterrupt):
        rail.move_to(10)
    assert rail.position_um() == 0


def test_zaber_that_is_not_homed_is_not_moved_until_it_is(zaber):
    zaber.homed = False
    rail = Zaber("/dev/x")
    axis = Axis(rail, TravelConfig(0, 1000))
    with pytest.raises(RailError, match=r"not been homed since power-up.*hardware home"):
        axis.go(10)
    assert zaber.at == 0
    axis.home()
    assert axis.go(10) == 10


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zaber_motion", None)
    with pytest.raises(RailError, match="pip install zaber-motion"):
        Zaber("/dev/x")
