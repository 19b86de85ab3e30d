"""One user at a time."""

import fcntl
import os

import pytest

from hardware.errors import RigError


def test_a_rig_in_use_says_by_whom(bench):
    bench("status")
    lock = os.open(bench.folder / "state" / "virtual-rig.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.pwrite(lock, b"capture of S-9/dorsal, by anna on bench-2, process 42, since noon", 0)
    with pytest.raises(RigError, match=r"virtual-rig is in use: capture of S-9/dorsal, by anna"):
        bench("status")
    os.close(lock)
