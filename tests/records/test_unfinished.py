"""What is being made lies where nobody else can write, and a dead process's goes with the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from records.files import replacing, write_bytes, write_note
from records.record import write_record
from records.unfinished import LOCK, beside, is_unfinished, sweep


def killed_in(work) -> None:
    """Run `work`, which is given a function that kills its process, in a process of its own."""
    child = os.fork()
    if child == 0:
        work(lambda: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def left_by_a_kill(target: Path) -> Path:
    def work(kill):
        with replacing(target) as partial:
            partial.write_text("half")
            (partial.parent / "folder").mkdir()
            kill()

    killed_in(work)
    (left,) = (one for one in target.parent.iterdir() if is_unfinished(one.name))
    return left


def test_the_place_is_of_one_process_alone_and_gone_at_the_end(tmp_path):
    with beside(tmp_path / "a.tif") as one, beside(tmp_path / "a.tif") as other:
        assert one != other
        assert one.stat().st_mode & 0o777 == 0o700
        assert one.parent == tmp_path
        assert is_unfinished(one.name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Ä" * 127, "a" * 255, "x.tif"])
def test_the_longest_name_that_a_disk_takes_can_be_written(tmp_path, name):
    write_bytes(tmp_path / name, b"whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_a_kill_left_goes_with_the_next_that_is_written_there(tmp_path):
    target = tmp_path / "a.tif"
    target.write_text("before")
    left_by_a_kill(target)
    assert target.read_text() == "before"
    write_bytes(tmp_path / "b.tif", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_what_is_another_living_process_s_stays(tmp_path):
    begun, ended = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with replacing(tmp_path / "a.tif") as partial:
            partial.write_text("slow")
            os.write(begun[1], b".")
            os.read(ended[0], 1)
        os._exit(0)
    os.read(begun[0], 1)
    write_bytes(tmp_path / "a.tif", b"fast")
    sweep(tmp_path)
    os.write(ended[1], b".")
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "a.tif").read_text() == "slow"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_process_had_started_there_keeps_it_until_it_ends_too(tmp_path):
    reading, writing = os.pipe()

    def work(kill):
        with beside(tmp_path / "a.json") as folder:
            waiting = [sys.executable, "-c", "input()"]
            started = subprocess.Popen(waiting, stdin=reading, close_fds=False)
            (folder / "now").mkdir()
            (tmp_path / "pid").write_text(str(started.pid))
            kill()

    killed_in(work)
    (left,) = (one for one in tmp_path.iterdir() if is_unfinished(one.name))
    with beside(tmp_path / "b.json"):
        assert left.is_dir()
        os.write(writing, b"\n")
        pid = int((tmp_path / "pid").read_text())
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
            time.sleep(0.01)
    assert not left.exists()
    os.close(reading)
    os.close(writing)


def test_a_kill_before_the_lock_or_while_all_is_removed_leaves_what_is_swept(tmp_path):
    empty = tmp_path / ".a.tif.0123456789abcdef.partial"
    empty.mkdir()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_surely_such_a_folder_is_swept(tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "raw.dng").write_text("sacred")
    token = "0123456789abcdef.partial"
    (tmp_path / f".file.{token}").write_text("a person's")
    (tmp_path / f".link.{token}").symlink_to(victim)
    unlocked = tmp_path / f".folder.{token}"
    unlocked.mkdir()
    (unlocked / "theirs").write_text("a person's")
    linked = tmp_path / f".lock.{token}"
    linked.mkdir()
    (linked / LOCK).symlink_to(victim / "raw.dng")
    (linked / "theirs").write_text("a person's")
    locked = tmp_path / f".gone.{token}"
    locked.mkdir()
    (locked / LOCK).touch()
    (locked / "to").symlink_to(victim)
    before = {path for path in tmp_path.rglob("*") if path.parent != locked} - {locked}
    sweep(tmp_path)
    assert set(tmp_path.rglob("*")) == before
    assert (victim / "raw.dng").read_text() == "sacred"


def test_leftovers_are_found_in_folders_below_but_not_behind_links(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    for folder in (tmp_path / "stack" / "tiff", elsewhere):
        folder.mkdir(parents=True)
        left_by_a_kill(folder / "a.tif")
    (tmp_path / "stack" / "link").symlink_to(elsewhere)
    sweep(tmp_path / "stack", below=True)
    assert list((tmp_path / "stack" / "tiff").iterdir()) == []
    assert len(list(elsewhere.iterdir())) == 1


# Names that were written to, or that a program could guess from the target.
GUESSED = [
    *(".{stem}.partial{suffix}", ".{name}.partial", "{name}.partial", "{name}.tmp"),
    "{name}",
]


@pytest.mark.parametrize("guess", GUESSED)
@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_bytes(path, b"new"),
        lambda path: write_note(path, b"new"),
        lambda path: write_record(path, "convert", {}),
    ],
)
def test_nothing_is_written_through_a_link_that_lies_in_wait(tmp_path, guess, write):
    victim, target = tmp_path / "victim", tmp_path / "stack" / "record.json"
    victim.write_text("sacred")
    victim.chmod(0o640)
    target.parent.mkdir()
    name = guess.format(stem=target.stem, suffix=target.suffix, name=target.name)
    (target.parent / name).symlink_to(victim)
    write(target)
    assert victim.read_text() == "sacred"
    assert victim.stat().st_mode & 0o777 == 0o640
    assert target.is_file() and not target.is_symlink()


def test_files_have_the_rights_that_the_umask_gives(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("named", [True, False])
def test_an_error_names_the_file_as_it_was_to_be_called(tmp_path, named):
    target = tmp_path / "a.tif"
    with pytest.raises(OSError, match="No space") as raised, replacing(target) as partial:
        raise OSError(28, "No space left on device", *([str(partial)] if named else []))
    assert raised.value.filename == str(target)
