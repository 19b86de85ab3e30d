"""What a rig and its sessions remember is never half-written under its name."""

import errno
import os

import pytest

from hardware.bench.state import read_state, write_state
from hardware.errors import RigError


def test_a_state_that_finds_no_room_leaves_the_one_before(tmp_path, monkeypatch):
    record = tmp_path / "capture.json"
    write_state(record, {"frames": 1})

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RigError, match=r"cannot write: .*/capture\.json: the disk .* is full"):
        write_state(record, {"frames": 2})
    assert record.read_text() == '{\n "frames": 1\n}\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[]", "no whole record of ours: it is a list"),
        ('{"left_um": "12"}', 'no whole record of ours: left_um is "12", but must be a number'),
    ],
)
def test_a_torn_state_is_named(tmp_path, text, says):
    (tmp_path / "rig.marks.json").write_text(text)
    with pytest.raises(RigError, match=rf"rig\.marks\.json is {says}"):
        read_state(tmp_path / "rig.marks.json", "marks")
