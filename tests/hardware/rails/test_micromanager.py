"""Stages through Micro-Manager, which is played here by a stand-in."""

import sys
import types

import pytest

from hardware.errors import RailError
from hardware.rails.micromanager import MicroManager


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


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymmcore_plus", None)
    with pytest.raises(RailError, match="pip install pymmcore-plus"):
        MicroManager("mm.cfg")
