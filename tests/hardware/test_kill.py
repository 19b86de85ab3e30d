"""A session killed at random moments, again and again, ends with the frames of an unkilled one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.crashes import KILLED, Command, survive
from tests.hardware import rigs

ROOT = Path(__file__).parents[2]


def small_rig(folder: Path, rail: str = "grbl") -> Path:
    """A rig.yaml for a stack of 8 small frames whose rail takes its time."""
    config = yaml.safe_load((ROOT / "config" / "rig.yaml").read_text())
    config["state_dir"] = str(folder / "state")
    config["rail"].update(kind=rail, speed_um_s=1000)
    # Pixels so small that each step changes what so few of them show.
    config["virtual"].update(width_px=96, height_px=72, relief_um=600)
    config["optics"].update(sensor_width_px=96, sensor_width_mm=0.192)
    config["stack"] = {"start_um": 0, "end_um": 700, "step_um": 100}
    config["travel"]["tolerance_um"] = 3
    path = folder / "rig.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def start(rig: Path, folder: Path) -> subprocess.Popen:
    command = [
        *(sys.executable, "-m", "hardware", "--rig", str(rig)),
        *("capture", "--specimen", "S-1", "--view", "dorsal"),
        *("--raw", str(folder / "raw"), "--out", str(folder / "capture.json")),
    ]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        env={**os.environ, "NUMBA_NUM_THREADS": "1"},
        start_new_session=True,
    )


def raws(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "raw").iterdir())}


def frames(folder: Path) -> list[dict]:
    return json.loads((folder / "capture.json").read_text())["frames"]


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unkilled")
    process = start(small_rig(folder), folder)
    assert process.wait(timeout=60) == 0, process.stderr.read().decode()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_at_random_moments(tmp_path, unkilled, number):
    rig = small_rig(tmp_path)
    moments = random.Random(int(number))
    kills = 0
    while True:
        process = start(rig, tmp_path)
        process.stderr.readline()  # the command
        process.stderr.readline()  # when, with what
        process.stderr.readline()  # what is to be shot
        seen = process.stderr.readline()  # the first frame, or what else is said first
        deadline = time.monotonic() + moments.uniform(0.0, 0.5)
        while process.poll() is None and time.monotonic() < deadline and kills < 3:
            time.sleep(0.01)
        if process.poll() is None and kills < 3:
            process.send_signal(number)
            kills += 1
        log = seen + process.stderr.read()
        code = process.wait(timeout=60)
        if code == 0:
            break
        assert code in (-signal.SIGKILL, 130), log.decode()
        assert b"Traceback" not in log
    assert kills >= 2
    assert raws(tmp_path) == raws(unkilled)
    assert frames(tmp_path) == frames(unkilled)


@pytest.mark.slow
def test_the_same_on_a_stackshot_ends_complete(tmp_path):
    rig = small_rig(tmp_path, "stackshot")
    # Killed on a way that begins at 0, it could have begun to count anew.
    rig.write_text(rig.read_text().replace("start_um: 0", "start_um: 100"))
    process = start(rig, tmp_path)
    assert process.stderr.readline().startswith(b"$ python -m hardware")
    assert process.stderr.readline().startswith(b"# started ")
    assert process.stderr.readline().startswith(b"note: from 100.0 ")
    assert process.stderr.readline().startswith(b"frame 1 of 7")
    process.kill()
    process.wait()
    process = start(rig, tmp_path)
    assert process.wait(timeout=60) == 0, process.stderr.read().decode()
    assert len(raws(tmp_path)) == 7


@pytest.mark.slow
def test_killed_or_out_of_disk_at_any_change_of_a_file(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    raws_before: dict[str, bytes] = {}

    def see(folder: Path) -> object:
        return raws(folder), frames(folder)

    def check(folder: Path) -> None:
        # What is in raw/ is whole, whatever happened, and has its frame's name.
        if (folder / "raw").is_dir():
            assert raws(folder).items() <= raws_before.items()

    with rigs.rig() as (axis, camera, _):
        rigs.run(tmp_path / "whole", axis, camera)
    raws_before.update(raws(tmp_path / "whole"))
    command = Command("tests.hardware.rigs", [str(folder)], "capture_into")
    # A full disk is met frame by frame in test_session.py.
    survive([command], folder, faults=[KILLED], sample=2, last=1, see=see, check=check)
