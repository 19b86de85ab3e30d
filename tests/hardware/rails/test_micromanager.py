"""Stages through Micro-Manager, which is played here by a stand-in."""

import sys
import types

import pytest

from hardware.errors import RailError
from hardware.rails.micromanager import MicroManager


class FakeCore:
    """The core of Micro-Manager."""

    def __init__(self):
        self.at, self.target, self.busy = 0.0, 0.0, 0

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
        self.target, self.busy = target, 3

    def deviceBusy(self, stage):  # noqa: N802
        assert stage == "Z"
        self.busy -= 1
        if self.busy == 0:
            self.at = self.target
        return self.busy > 0

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
    assert rail.identity().model == "Micro-Manager DemoCamera/Z"
    rail.stop()
    rail.close()


def test_micromanager_that_stays_busy_is_told(core):
    rail = MicroManager("demo.cfg", timeout_s=0.1)
    rail._core.deviceBusy = lambda stage: True
    with pytest.raises(RailError, match="Z is busy for 0 s"):
        rail.move_to(10)


def test_a_stop_is_heard_while_micromanager_moves(core):
    """In the core's own waiting no signal is heard before the stage has arrived."""

    def interrupted(stage):
        raise KeyboardInterrupt

    rail = MicroManager("demo.cfg")
    rail._core.deviceBusy = interrupted
    with pytest.raises(KeyboardInterrupt):
        rail.move_to(10)
    assert rail.position_um() == 0


def test_micromanager_with_a_wrong_configuration_is_told(core):
    with pytest.raises(RailError, match=r"does not exist: missing\.cfg"):
        MicroManager("missing.cfg")


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymmcore_plus", None)
    with pytest.raises(RailError, match="pip install pymmcore-plus"):
        MicroManager("mm.cfg")
