"""One user at a time."""

import fcntl
import os
import socket

import pytest

from hardware.bench.lock import held
from hardware.errors import RigError


def test_a_rig_in_use_says_by_whom(bench):
    bench("status")
    lock = os.open(bench.folder / "state" / "virtual-rig.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.pwrite(lock, b"capture of S-9/dorsal, by anna on bench-2, process 42, since noon", 0)
    with pytest.raises(RigError, match=r"virtual-rig is in use: capture of S-9/dorsal, by anna"):
        bench("goto", "5")
    assert "in use    capture of S-9/dorsal, by anna" in bench("status")
    os.close(lock)


def spoil(lock, victim, how):
    if how == "link":
        lock.symlink_to(victim)
    elif how == "second name":
        lock.hardlink_to(victim)
    elif how == "link to nothing":
        lock.symlink_to(victim.with_name("nothing"))
    elif how == "pipe":
        os.mkfifo(lock)


@pytest.mark.parametrize("how", ["link", "second name", "link to nothing", "pipe"])
def test_what_lies_in_wait_at_the_name_of_a_lock_is_refused_and_leads_nowhere(tmp_path, how):
    victim, lock = tmp_path / "victim", tmp_path / "holostack-rig-macro.lock"
    victim.write_text("sacred")
    victim.chmod(0o600)
    spoil(lock, victim, how)
    with pytest.raises(RigError, match="is a link or no file"), held(lock, "rig macro", "capture"):
        pass
    assert victim.read_text() == "sacred"
    assert victim.stat().st_mode & 0o777 == 0o600
    assert not victim.with_name("nothing").exists()


def test_another_user_s_file_is_locked_but_never_written(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only the administrator can give a file to another user")
    lock = tmp_path / "rig.lock"
    lock.write_text("theirs")
    lock.chmod(0o604)
    os.chown(lock, 65534, 65534)
    with held(lock, "rig macro", "capture"):
        assert (lock.read_text(), lock.stat().st_mode & 0o777) == ("theirs", 0o604)
        with pytest.raises(RigError, match="rig macro is in use"), held(lock, "rig macro", "look"):
            pass
    assert lock.read_text() == "theirs"


def test_a_lock_can_be_taken_by_every_user_and_written_by_its_owner_alone(tmp_path):
    before = os.umask(0o077)
    try:
        with held(tmp_path / "rig.lock", "rig macro", "capture"):
            assert (tmp_path / "rig.lock").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_the_name_of_a_holder_that_is_dead_is_not_told(tmp_path):
    lock = tmp_path / "rig.lock"
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    with held(lock, "rig macro", "capture"):
        lock.write_text(f"capture, by anna on {socket.gethostname()}, process {gone}, since noon")
        with (
            pytest.raises(RigError, match="by a process that did not leave its name"),
            held(lock, "rig macro", "look"),
        ):
            pass
