"""A small virtual rig, and its commands."""

import pytest
import yaml

from hardware.commands import main
from hardware.virtual.emulator import Carriage, Faults, PtyDevice
from hardware.virtual.emulator_grbl import GrblController
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
    """A function that plugs in an emulated GRBL rail with faults, as rail.port names it."""
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder))
    devices = []

    def make(*planned):
        devices.append(PtyDevice(GrblController(Carriage(), Faults(list(planned)))))
        bench("plan", rail={"port": devices[-1].port})

    yield make
    for device in devices:
        device.close()
