"""Of a folder on a shared disk, its mount tells whether locks hold on other machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from records import mounts

SEEN = """\
25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 25 0:50 / /data rw,relatime shared:9 - nfs4 server:/data rw,vers=4.2,local_lock=none
41 25 0:51 / /old\\040data rw shared:9 - nfs server:/old rw,vers=3,nolock,local_lock=all
42 25 0:52 / /lustre rw,localflock shared:9 - lustre mds:/x rw
43 40 0:53 / /data/share rw shared:9 - cifs //server/share rw,nobrl
"""


@pytest.mark.parametrize(
    ("folder", "option"),
    [
        ("/home/museum", ""),
        ("/data/specimens", ""),
        ("/old data/specimens", "local_lock=all"),
        ("/lustre/specimens", "localflock"),
        ("/data/share/specimens", "nobrl"),
    ],
)
def test_the_option_that_keeps_locks_to_a_machine_is_named(tmp_path, monkeypatch, folder, option):
    (tmp_path / "mountinfo").write_text(SEEN)
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "mountinfo")
    assert mounts.keeps_locks_to_itself(Path(folder)) == option


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "none")
    assert mounts.keeps_locks_to_itself(tmp_path) == ""
