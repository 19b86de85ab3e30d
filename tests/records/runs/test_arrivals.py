"""Which stacks have come whole and can be worked on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from records.errors import RecordError
from records.files import write_bytes
from records.runs import arrivals as module
from records.runs.arrivals import Arrivals

ROOT = Path(__file__).resolve().parents[3]
A, B = ("A-1", "top"), ("B-1", "top")
QUIET_S = 60


@pytest.fixture
def clock(monkeypatch):
    """The clock that nobody sets, which a test sets, in s."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def sheet(tmp_path):
    """A function that writes the sheet; each is of another time."""
    times = []

    def write(*rows, columns="specimen,view,source"):
        path = tmp_path / "config" / "specimens.csv"
        write_bytes(path, "\n".join([columns, *rows, ""]).encode())
        times.append(1_700_000_000 + len(times))
        os.utime(path, (times[-1], times[-1]))

    return write


@pytest.fixture
def arrivals(tmp_path, clock, sheet):
    sheet("A-1,top,card/a", "B-1,top,card/b")
    return Arrivals(tmp_path, ROOT, QUIET_S)


def arrive(folder, *names, size=10):
    for name in names:
        write_bytes(folder / name, b"x" * size)


def quiet(arrivals, clock):
    """What can be worked on when nothing has come for a minute."""
    arrivals.look()
    clock[0] += QUIET_S
    return arrivals.look()


def test_a_stack_is_ready_when_its_frames_lie_still_for_a_minute(arrivals, clock, tmp_path):
    assert arrivals.look() == []
    arrive(tmp_path / "card" / "a", "1.dng")
    assert arrivals.look() == [] and arrivals.coming() == [A]
    clock[0] += 50
    arrive(tmp_path / "card" / "a", "2.dng")
    assert arrivals.look() == []
    clock[0] += 50
    # One that grows is another.
    arrive(tmp_path / "card" / "a", "2.dng", size=11)
    assert arrivals.look() == []
    clock[0] += 59
    assert arrivals.look() == []
    clock[0] += 1
    assert arrivals.look() == [A] and arrivals.coming() == []
    assert arrivals.count_frames(A) == 2


@pytest.mark.parametrize("name", ["2.dng.part", "2.dng.crdownload", ".2.dng.Xa91bQ", "2.TMP"])
def test_what_is_being_copied_by_another_name_is_waited_for(arrivals, clock, tmp_path, name):
    arrive(tmp_path / "card" / "a", "1.dng", name)
    assert quiet(arrivals, clock) == []
    (tmp_path / "card" / "a" / name).rename(tmp_path / "card" / "a" / "2.dng")
    assert quiet(arrivals, clock) == [A]


def test_what_systems_leave_in_folders_is_not_waited_for(arrivals, clock, tmp_path):
    arrive(tmp_path / "card" / "a", "1.dng", ".DS_Store", "._1.dng", "Thumbs.db")
    assert quiet(arrivals, clock) == [A]


def test_frames_that_were_put_there_and_captures_are_ready_and_what_is_to_be_shot_is_not(
    arrivals, clock, tmp_path, sheet
):
    sheet("P-1,top,", "S-1,top,r.yaml", "U-1,top,r.yaml", columns="specimen,view,rig")
    for name in ("P-1", "S-1", "U-1"):
        arrive(tmp_path / "specimens" / name / "top" / "raw", "1.dng")
    arrive(tmp_path / "specimens" / "S-1" / "top", "capture.json")
    assert quiet(arrivals, clock) == [("P-1", "top"), ("S-1", "top")]


def test_a_row_that_is_new_is_taken_and_a_wrong_sheet_refused_until_it_is_right(
    arrivals, clock, tmp_path, sheet
):
    arrive(tmp_path / "card" / "c", "1.dng")
    assert quiet(arrivals, clock) == []
    sheet("A-1,to/p,card/a")
    with pytest.raises(RecordError, match="row 2, column view"):
        arrivals.look()
    with pytest.raises(RecordError, match="row 2, column view"):
        arrivals.look()
    sheet("A-1,top,card/a", "C-1,top,card/c")
    assert quiet(arrivals, clock) == [("C-1", "top")]


def test_a_sheet_that_is_as_it_was_is_not_read_again(arrivals, monkeypatch):
    arrivals.look()
    monkeypatch.setattr(module, "known_stacks", None)
    assert arrivals.look() == []


def test_a_stack_that_was_tried_is_ready_again_when_its_frames_or_its_row_change(
    arrivals, clock, tmp_path, sheet
):
    arrive(tmp_path / "card" / "a", "1.dng")
    assert quiet(arrivals, clock) == [A]
    arrivals.tried([A])
    clock[0] += 1e6
    assert arrivals.look() == []
    arrive(tmp_path / "card" / "a", "1.dng", size=20)
    assert quiet(arrivals, clock) == [A]
    arrivals.tried([A])
    sheet("A-1,top,card/a,3", columns="specimen,view,source,fuse.power")
    assert arrivals.look() == [A]
    arrivals.tried([A], again_s=600)
    clock[0] += 599
    assert arrivals.look() == []
    clock[0] += 1
    assert arrivals.look() == [A]


def test_a_stack_that_is_archived_is_done(arrivals, clock, tmp_path):
    arrive(tmp_path / "card" / "a", "1.dng")
    arrive(tmp_path / "card" / "b", "1.dng")
    arrive(tmp_path / "specimens" / "A-1" / "top", "archive.json")
    assert quiet(arrivals, clock) == [B]


def test_views_wait_for_the_label_of_their_specimen(arrivals, clock, tmp_path, sheet):
    """The archiving of each compares codes with it, and a run would stop for want of its frames."""
    sheet("A-1,top,card/a", "A-1,label,card/l", "B-1,top,card/b")
    arrive(tmp_path / "card" / "a", "1.dng")
    arrive(tmp_path / "card" / "b", "1.dng")
    assert quiet(arrivals, clock) == [B]
    arrive(tmp_path / "card" / "l", "1.dng")
    assert quiet(arrivals, clock) == [A, ("A-1", "label"), B]
