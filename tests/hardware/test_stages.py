"""Stages through libraries of others, which are played here by stand-ins."""

import sys
import types

import pytest

from hardware.errors import RailError
from hardware.rails.micromanager import MicroManager
from hardware.rails.zaber import Zaber


class MotionLibError(Exception):
    pass


class FakeZaber:
    """Connection, device and axis of zaber-motion in one."""

    name, serial_number = "X-LSM", 12345
    firmware_version = types.SimpleNamespace(major=7, minor=38)
    homed, fault, closed = True, "", False

    def __init__(self):
        self.at = 0.0

    def get_device(self, number):
        return self

    def identify(self):
        return None

    def get_axis(self, number):
        return self

    def is_homed(self):
        return self.homed

    def get_position(self, unit):
        assert unit == "µm"
        return self.at

    def move_absolute(self, target, unit):
        if self.fault:
            raise MotionLibError(self.fault)
        self.at = target

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


def test_zaber_that_is_not_homed_is_refused(zaber):
    zaber.homed = False
    with pytest.raises(RailError, match="home it"):
        Zaber("/dev/x")


@pytest.mark.parametrize(
    ("module", "make", "says"),
    [
        ("zaber_motion", lambda: Zaber("/dev/x"), "pip install zaber-motion"),
        ("pymmcore_plus", lambda: MicroManager("mm.cfg"), "pip install pymmcore-plus"),
    ],
)
def test_a_library_that_is_missing_is_named(monkeypatch, module, make, says):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RailError, match=says):
        make()


class FakeCore:
    """The core of Micro-Manager."""

    def __init__(self):
        self.at, self.waited = 0.0, []

    def setTimeoutMs(self, milliseconds):  # noqa: N802
        assert milliseconds > 0

    def loadSystemConfiguration(self, path):  # noqa: N802
        if "missing" in path:
            raise FileNotFoundError(f"Path does not exist: {path}")

    def getFocusDevice(self):  # noqa: N802
        return "Z"

    def getDeviceLibrary(self, label):  # noqa: N802
        return "DemoCamera"

    def getVersionInfo(self):  # noqa: N802
        return "MMCore 11"

    def setPosition(self, stage, target):  # noqa: N802
        self.at = target

    def waitForDevice(self, stage):  # noqa: N802
        self.waited.append(stage)

    def getPosition(self, stage):  # noqa: N802
        return self.at

    def stop(self, stage):
        raise RuntimeError("not supported")

    def reset(self):
        return None


@pytest.fixture
def core(monkeypatch):
    library = types.ModuleType("pymmcore_plus")
    library.CMMCorePlus = FakeCore
    monkeypatch.setitem(sys.modules, "pymmcore_plus", library)


def test_micromanager_moves_waits_and_names_itself(core):
    rail = MicroManager("demo.cfg")
    assert rail.move_to(12.5) == 12.5
    assert rail._core.waited == ["Z"]
    assert rail.identity().model == "Micro-Manager DemoCamera/Z"
    rail.stop()
    rail.close()


def test_micromanager_with_a_wrong_configuration_is_told(core):
    with pytest.raises(RailError, match=r"does not exist: missing\.cfg"):
        MicroManager("missing.cfg")
