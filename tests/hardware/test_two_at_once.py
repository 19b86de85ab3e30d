"""Two sessions at once, each a process of its own: the second says who has the rig."""

import getpass
import re

import yaml

from tests.hardware.test_kill import raws, small_rig, start


def test_the_second_session_is_told_by_whom_the_rig_is_held(tmp_path):
    rig = small_rig(tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"
    holder = start(rig, first)
    holder.stderr.readline()  # the command
    assert holder.stderr.readline().startswith(b"frame 1 of 8")
    late = start(rig, second)
    said = late.stderr.read().decode()
    assert late.wait(timeout=60) == 1
    assert re.search(
        rf"error: rig virtual-rig is in use: capture of S-1/dorsal, by {getpass.getuser()} on "
        rf"\S+, process {holder.pid}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\S*\. Wait",
        said,
    ), said
    assert not second.exists()
    assert holder.wait(timeout=60) == 0, holder.stderr.read()
    assert len(raws(first)) == 8


def test_two_rigs_may_not_shoot_one_stack(tmp_path):
    """Another rig is free, but the stack is not."""
    rig = small_rig(tmp_path)
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump({**yaml.safe_load(rig.read_text()), "name": "other-rig"}))
    folder = tmp_path / "stack"
    holder = start(rig, folder)
    holder.stderr.readline()
    assert holder.stderr.readline().startswith(b"frame 1 of 8")
    late = start(other, folder)
    said = late.stderr.read().decode()
    assert late.wait(timeout=60) == 1
    assert f"stack S-1/dorsal is in use: capture, by {getpass.getuser()}" in said
    assert f"process {holder.pid}" in said
    assert holder.wait(timeout=60) == 0
    assert len(raws(folder)) == 8
