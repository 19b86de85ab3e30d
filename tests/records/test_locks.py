"""One writer of a stack at a time, each a process of its own."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from records import locks
from records.errors import RecordError

SCRIPTS = Path(locks.__file__).parents[1]
HOLD = """
import sys
from pathlib import Path
from records.locks import writing
with writing(Path(sys.argv[1]), alone=sys.argv[2] == "alone", wait_s=float(sys.argv[3])):
    print("held", flush=True)
    sys.stdin.read()
"""


class Writer(subprocess.Popen):
    """A process that writes into a stack until its input ends."""

    def __init__(self, stack: Path, run: str = "", how: str = "beside", wait_s: float = 0.0):
        environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), locks.RUN: run}
        super().__init__(
            [sys.executable, "-c", HOLD, stack, how, str(wait_s)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def has_it(self) -> bool:
        return self.stdout.readline() == "held\n"

    def end(self) -> str:
        return self.communicate(timeout=20)[1]


@pytest.fixture()
def stack(tmp_path) -> Path:
    return tmp_path / "specimens" / "A-1" / "top"


def test_the_second_writer_is_told_by_whom_and_since_when_and_changes_nothing(stack):
    first = Writer(stack)
    assert first.has_it()
    with (
        pytest.raises(
            RecordError,
            match=rf"A-1/top: is in use by -c \(process {first.pid} on \S+, by \S+, since \d{{4}}-",
        ),
        locks.writing(stack, wait_s=0),
    ):
        pass
    first.end()
    with locks.writing(stack, wait_s=0):
        pass
    # Neither the lock nor folders made for it are left.
    assert not stack.parents[1].exists()


def test_who_is_just_ending_is_waited_for(stack):
    first = Writer(stack)
    assert first.has_it()
    second = Writer(stack, wait_s=20)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=0.5)
    first.end()
    assert second.has_it()
    assert second.end() == ""


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (("one", "beside"), ("one", "beside"), True),
        (("one", "beside"), ("other", "beside"), False),
        (("one", "beside"), ("", "beside"), False),
        (("", "beside"), ("", "beside"), False),
        (("one", "beside"), ("one", "alone"), False),
        (("one", "alone"), ("one", "beside"), False),
    ],
)
def test_steps_of_one_run_write_side_by_side_and_all_others_alone(stack, first, second, both):
    stack.mkdir(parents=True)
    one = Writer(stack, *first)
    assert one.has_it()
    other = Writer(stack, *second)
    assert other.has_it() is both
    one.end()
    # The last to let go of it removes it.
    assert (stack.parent / ".top.lock").exists() is both
    other.end()
    assert list(stack.parent.iterdir()) == [stack]


def test_a_killed_writer_keeps_nobody_out(stack):
    first = Writer(stack)
    assert first.has_it()
    first.send_signal(signal.SIGKILL)
    first.wait()
    lock = stack.parent / ".top.lock"
    assert lock.exists()
    with locks.writing(stack, wait_s=0):
        assert locks.holder_of(lock).process == os.getpid()
    assert not lock.exists()


def test_who_locked_a_file_that_is_gone_holds_nothing(stack, monkeypatch):
    """The first lets go between the second's opening of the file and its locking it."""
    held = locks.writing(stack)
    held.__enter__()
    lock = fcntl.flock

    def late(descriptor, kind):
        monkeypatch.setattr(fcntl, "flock", lock)
        held.__exit__(None, None, None)
        return lock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with locks.writing(stack, wait_s=0):
        assert not Writer(stack).has_it()


@pytest.mark.parametrize("planted", ["link", "pipe"])
def test_what_is_planted_in_place_of_a_lock_is_neither_followed_nor_waited_on(
    stack, tmp_path, planted
):
    stack.mkdir(parents=True)
    lock, victim = stack.parent / ".top.lock", tmp_path / "victim"
    victim.write_text("whole")
    if planted == "link":
        lock.symlink_to(victim)
    else:
        os.mkfifo(lock)
    with (
        pytest.raises(RecordError, match=r"\.top\.lock: is .* remove it"),
        locks.writing(stack, wait_s=0),
    ):
        pass
    assert victim.read_text() == "whole"


def test_a_file_system_without_locks_is_told(stack, monkeypatch, capsys):
    def flock(descriptor, kind):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with locks.writing(stack):
        pass
    assert "knows no locks" in capsys.readouterr().err
    assert not stack.parent.exists()


def test_on_a_full_disk_the_lock_is_held_without_a_name(stack, monkeypatch):
    def write(descriptor, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write)
    held = locks.writing(stack, wait_s=0)
    held.__enter__()
    monkeypatch.undo()
    with (
        pytest.raises(RecordError, match="in use by a program that left no name"),
        locks.writing(stack, wait_s=0),
    ):
        pass
    held.__exit__(None, None, None)


def test_a_stack_is_found_from_what_lies_in_it(tmp_path):
    stack = tmp_path / "A-1" / "top"
    (stack / "raw").mkdir(parents=True)
    assert locks.stack_of(stack / "frames.csv") == stack
    assert locks.stack_of(stack / "stack" / "fuse.json") is None
    (stack / "frames.csv").touch()
    assert locks.stack_of(stack / "stack" / "fuse.json") == stack
    assert locks.stack_of(stack / "derivatives" / "web.jpg") == stack
    assert locks.stack_of(tmp_path / "elsewhere.jpg") is None
