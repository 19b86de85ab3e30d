"""What the machine refuses, as a person reads it."""

from __future__ import annotations

import errno
import os

import pytest

from records import machine
from records.machine import in_bytes, in_words, out_of_memory


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, ("is full", "are free", "make room")),
        (errno.EDQUOT, ("your share of the disk", "make room")),
        (errno.EROFS, ("can only be read",)),
        (errno.EACCES, ("may not do that", "give the right")),
        (errno.EIO, ("cannot read or write", "check cable and disk")),
        (errno.ENAMETOOLONG, ("longer than the disk", "shorten")),
        (errno.EMFILE, ("more files are open", "ulimit -n")),
        (errno.ESTALE, ("was away", "connect it again")),
    ],
)
def test_a_refusal_names_the_file_the_disk_and_what_to_do(tmp_path, number, words):
    file = tmp_path / "not" / "yet" / "there.tif"
    told = in_words(OSError(number, os.strerror(number), str(file)))
    assert told.startswith(f"{file}: ")
    assert all(word in told for word in words), told
    if "disk" in words[0]:
        assert f"the disk {machine.disk_of(tmp_path)}" in told


def test_what_is_written_to_an_open_file_is_named_by_who_knows_it(tmp_path):
    error = OSError(errno.ENOSPC, "No space left on device")
    assert in_words(error, tmp_path / "a.tif").startswith(f"{tmp_path / 'a.tif'}: the disk ")
    assert in_words(error).startswith("a file that is not named: ")


def test_another_refusal_says_what_the_system_says(tmp_path):
    with pytest.raises(OSError) as raised:
        (tmp_path / "none").read_bytes()
    assert in_words(raised.value) == f"{tmp_path / 'none'}: No such file or directory"
    assert in_words(OSError("the library's own words")) == "the library's own words"


def test_of_memory_it_is_said_what_was_asked_and_what_to_do():
    told = out_of_memory(MemoryError("Unable to allocate 12.0 GiB"))
    assert told.startswith("memory ran out: Unable to allocate 12.0 GiB; ")
    assert "in use at most" in told and "run fewer jobs at once" in told


def test_kills_for_want_of_memory_are_read_from_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_COUNTERS", tmp_path / "vmstat")
    assert machine.kills() == 0
    (tmp_path / "vmstat").write_text("pgfault 12\noom_kill 3\n")
    assert machine.kills() == 3


def test_of_a_container_with_a_limit_the_memory_is_its_limit(tmp_path):
    unlimited = machine.memory_bytes(tmp_path / "none")
    assert unlimited > 10**8
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.memory_bytes(tmp_path / "memory.max") == unlimited
    (tmp_path / "memory.max").write_text("100000000\n")
    assert machine.memory_bytes(tmp_path / "memory.max") == 10**8


@pytest.mark.parametrize(
    ("count", "words"), [(12, "12 bytes"), (1300, "1.3 kB"), (2.5e6, "2.5 MB"), (7e12, "7000.0 GB")]
)
def test_bytes_are_counted_as_people_do(count, words):
    assert in_bytes(count) == words
