"""A small virtual rig, and its commands."""

import pytest
import yaml

from hardware.commands import main
from hardware.virtual.emulator import Carriage, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
from hardware.virtual.emulator_stackshot import StackShotController
from tests.hardware.test_kill import small_rig


@pytest.fixture
def bench(tmp_path, capsys, monkeypatch):
    """A function that runs a command and gives what it printed."""
    rig = small_rig(tmp_path)
    # Other tests have rigs of the same name at the same time.
    monkeypatch.setattr("hardware.bench.rig.SHARED", tmp_path)

    def run(*words, **changes):
        if changes:
            config = yaml.safe_load(rig.read_text())
            for key, values in changes.items():
                config[key].update(values)
            rig.write_text(yaml.safe_dump(config))
        main(["--rig", str(rig), *map(str, words)])
        return capsys.readouterr().out

    run.folder = tmp_path
    return run


@pytest.fixture
def wired(bench, monkeypatch):
    """A function that plugs in an emulated rail with faults, as rail.port names it; the device.

    Its place is declared as 0 unless `declared` is false.
    """
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder))
    devices = []

    def make(*planned, kind="grbl", dtr_resets=False, declared=True):
        controllers = {"grbl": GrblController, "stackshot": StackShotController}
        controller = controllers[kind](Carriage(), Faults(list(planned)))
        devices.append(PtyDevice(controller, dtr_resets))
        bench("plan", rail={"port": devices[-1].port, "kind": kind})
        if declared:
            bench("here", "0")
        return devices[-1]

    yield make
    for device in devices:
        device.close()
