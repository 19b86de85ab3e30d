"""Two sessions at once, each a process of its own: the second says who has rig and stack."""

import getpass
import re
import signal

import pytest
import yaml

from tests.hardware.test_kill import raws, small_rig, start


@pytest.fixture
def holder(tmp_path):
    """A session that takes its time, its rig and its folder."""
    rig = small_rig(tmp_path)
    config = yaml.safe_load(rig.read_text())
    config["travel"]["settle_s"] = 5
    rig.write_text(yaml.safe_dump(config))
    process = start(rig, tmp_path / "first")
    process.stderr.readline()  # the command
    assert process.stderr.readline().startswith(b"# started ")
    assert process.stderr.readline().startswith(b"note: from 0.0 ")
    assert process.stderr.readline().startswith(b"frame 1 of 8")
    yield process, rig, tmp_path / "first"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130


def late(rig, folder) -> str:
    """What a second session says that is refused."""
    process = start(rig, folder)
    log = process.stderr.read().decode()
    assert process.wait(timeout=60) == 1
    return log


@pytest.mark.slow
def test_the_second_session_is_told_by_whom_the_rig_is_held(tmp_path, holder):
    process, rig, _ = holder
    log = late(rig, tmp_path / "second")
    assert re.search(
        rf"error: rig virtual-rig is in use: capture of S-1/dorsal, by {getpass.getuser()} on "
        rf"\S+, process {process.pid}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\S*\. Wait",
        log,
    ), log
    assert not (tmp_path / "second").exists()


@pytest.mark.slow
def test_two_rigs_may_not_shoot_one_stack(tmp_path, holder):
    """Another rig is free, but the stack is not."""
    process, rig, folder = holder
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump({**yaml.safe_load(rig.read_text()), "name": "other-rig"}))
    log = late(other, folder)
    assert f"{folder}: is in use by hardware (process {process.pid} on " in log
    assert f", by {getpass.getuser()}, since " in log
    assert len(raws(folder)) < 8
