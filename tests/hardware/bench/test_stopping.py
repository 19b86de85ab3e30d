"""A stop reaches whoever drives the rail."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from hardware.errors import RigError
from records.locks import RUN

ROOT = Path(__file__).parents[3]
# Holds the rig, drives it, and hears no signal: a program that hangs.
HUNG = """
import signal, sys, time
from pathlib import Path
sys.path.append("scripts")
from hardware.bench.rig import opened
from hardware.bench.rigfile import read_rig
with opened(read_rig(Path(sys.argv[1])), "hanging") as rig:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    rig.axis.rail._jog(4000)
    time.sleep(60)
"""


@pytest.fixture
def busy(bench, wired, monkeypatch):
    """A function that has another process do something at a wired rig until its rail moves."""
    processes, locks = [], []
    monkeypatch.setattr("hardware.bench.rig.SHARED", Path("/tmp"))

    def make(*words, kind="grbl", code=""):
        device = wired(kind=kind, declared=False)
        path = bench.folder / "rig.yaml"
        config = yaml.safe_load(path.read_text())
        # Processes of other tests have their locks in the same folder.
        config["name"] = f"rig-of-test-{os.getpid()}-{time.monotonic_ns()}"
        config["rail"]["speed_um_s"] = 500
        path.write_text(yaml.safe_dump(config))
        locks.append(Path("/tmp", f"holostack-rig-{config['name']}.lock"))
        bench("here", "0")
        program = ["-c", code, str(path)] if code else ["-m", "hardware", "--rig", str(path)]
        process = subprocess.Popen(
            [sys.executable, *program, *map(str, words)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        until = time.time() + 60
        while device.controller.carriage.counter_um(time.time()) < 200:
            assert time.time() < until
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        return device, process

    yield make
    for process in processes:
        process.kill()
        process.wait()
    for lock in locks:
        lock.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["grbl", "stackshot"])
def test_a_stop_ends_the_move_of_another_process_and_its_place_is_known(bench, busy, kind):
    device, process = busy("goto", 4000, kind=kind)
    output = bench("status")
    assert "in use    goto, by " in output
    assert f"process {process.pid}, since" in output
    assert "position  going from 0.0 to 4000.0 µm" in output
    said = bench("stop").splitlines()
    assert said[0].startswith("stopping  goto, by ")
    now = time.time()
    assert not device.controller.carriage.moving(now)
    count_um = device.controller.carriage.counter_um(now)
    assert 200 <= count_um < 3000
    assert float(said[1].split()[0]) == pytest.approx(count_um, abs=0.6)
    assert process.wait(timeout=60) == 130
    log = process.stderr.read()
    assert log.rstrip().endswith("stopped (`python -m hardware stop`)")
    assert "same command" not in log
    assert "warning" not in bench("status")


@pytest.mark.slow
def test_a_capture_that_is_stopped_says_so_in_its_record_and_goes_on(bench, busy, monkeypatch):
    monkeypatch.setenv(RUN, "of the morning")
    folder = bench.folder
    words = (
        *("capture", "--specimen", "S-1", "--view", "top", "--raw", folder / "raw"),
        *("--out", folder / "capture.json", "--start-um=0", "--end-um=1500", "--step-um=500"),
    )
    device, process = busy(*words)
    assert "in use    capture of S-1/top, by " in bench("status")
    bench("stop")
    assert not device.controller.carriage.moving(time.time())
    assert process.wait(timeout=60) == 130
    assert "what is captured is kept, the same command goes on" in process.stderr.read()
    journal = json.loads((folder / "capture.journal.json").read_text())
    assert journal["events"][-1]["what"] == "interrupted (`python -m hardware stop`)"
    # Snakemake goes on with the next row; a stop must hold all the same.
    moves = device.controller.faults.moves
    with pytest.raises(RigError, match="nothing more is captured in this run"):
        bench(*words, rail={"speed_um_s": 20_000})
    assert device.controller.faults.moves == moves
    monkeypatch.setenv(RUN, "of the afternoon")
    bench(*words)
    record = json.loads((folder / "capture.json").read_text())
    assert [entry["reported_um"] for entry in record["frames"]] == [0, 500, 1000, 1500]


@pytest.mark.slow
def test_a_stop_stops_the_rail_though_the_program_that_drives_it_hangs(bench, busy, monkeypatch):
    monkeypatch.setattr("hardware.bench.stopping.END_S", 0.5)
    device, process = busy(code=HUNG)
    says = rf"in use: hanging, by .*kill -9 {process.pid}`\); the rail was told to stop"
    with pytest.raises(RigError, match=says):
        bench("stop")
    assert not device.controller.carriage.moving(time.time())
    assert device.controller.carriage.counter_um(time.time()) < 3000


def test_a_stop_where_nobody_drives_it_tells_where_the_rail_stands(bench):
    bench("goto", "300")
    assert bench("stop") == "300.0 µm\n"
