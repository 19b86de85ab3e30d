"""How far a run is, told while it is on and read by whoever asks."""

from __future__ import annotations

import json
import os

import pytest

from records.locks import held, myself
from records.reports import run_status
from records.reports.run_status import (
    ENDED,
    LOCK,
    QUEUED,
    STATUS,
    RunStatus,
    read_run,
    write_run,
)

A, B, C = ("A", "top"), ("B", "top"), ("C", "top")
JOBS = {1: (A, "fuse"), 2: (A, "archive"), 3: (B, "fuse"), 4: (C, "fuse")}


@pytest.fixture
def clock(monkeypatch):
    """The time, which a test sets, s since 1970."""
    now = [1_000_000.0]
    monkeypatch.setattr(run_status.time, "time", lambda: now[0])
    return now


@pytest.fixture
def status(tmp_path, clock):
    return RunStatus(JOBS, tmp_path)


def test_a_stack_is_done_with_the_last_of_its_jobs(status, clock):
    status.started([1, 3])
    assert status.finished(1) is None
    status.started([2])
    assert status.finished(2) == A
    clock[0] += 600
    told = status.told()
    counts = {key: told[key] for key in ("of", "done", "failed", "waiting", "seconds")}
    assert counts == {"of": 3, "done": 1, "failed": 0, "waiting": 1, "seconds": 600}
    assert told["now"] == [{"stack": "B/top", "step": "fuse", "since": "1970-01-12T13:46:40+00:00"}]
    assert (told["steps"], told["steps_done"]) == (4, 2)
    # One in ten minutes, and two to go.
    assert (told["stacks_per_hour"], told["seconds_left"]) == (6.0, 1200)


def test_stacks_keep_their_places_whichever_step_began_last(status, clock):
    status.started([1])
    clock[0] += 1
    status.started([3])
    clock[0] += 1
    status.finished(1)
    status.started([2])
    assert [one["stack"] for one in status.told()["now"]] == ["A/top", "B/top"]
    clock[0] += 1
    status.finished(2)
    # Noted once, whoever else asks.
    assert status.finished(2) is None
    assert (status.took(A), status.stacks()) == (3.0, {A: True, B: False, C: False})


def test_what_failed_is_told_with_step_and_reason_until_it_is_tried_again(status):
    assert status.told()["stacks_per_hour"] is None
    status.started([3])
    status.failed(3, "memory ran out")
    told = status.told()
    assert told["failures"] == [
        {"stack": "B/top", "step": "fuse", "reason": "memory ran out", "log": ""}
    ]
    assert (told["failed"], told["waiting"], told["now"]) == (1, 2, [])
    status.started([3])
    assert status.told()["failures"] == []


def test_a_stack_that_was_submitted_is_queued_until_its_step_is_known(status, clock):
    status.started([1, 2], is_group=True)
    assert [one["step"] for one in status.told()["now"]] == [QUEUED]
    assert status.submitted() == [A]
    clock[0] += 40
    status.at(A, "fuse")
    clock[0] += 10
    status.at(A, "fuse")
    (now,) = status.told()["now"]
    assert (now["step"], now["since"]) == ("fuse", "1970-01-12T13:47:20+00:00")
    # Snakemake tells of each job of a group that failed; the step that did is another's to say.
    for number in (2, 1):
        status.failed(number, "frame 3 is black", "fuse", "logs/A/top/fuse.log")
    told = status.told()
    assert told["failures"] == [
        {"stack": "A/top", "step": "fuse", "reason": "frame 3 is black"}
        | {"log": "logs/A/top/fuse.log"}
    ]
    assert (told["failed"], told["waiting"], told["now"]) == (1, 2, [])
    status.started([1, 2], is_group=True)
    for number in (1, 2):
        status.finished(number)
    assert (status.submitted(), status.told()["done"]) == ([], 1)


def test_jobs_of_no_stack_do_not_count(status):
    status.started([99])
    assert status.running() == []
    status.failed(99, "whatever")
    assert status.told()["failed"] == 0


def test_the_file_is_a_script_that_a_page_from_disk_may_load(status, tmp_path):
    write_run(tmp_path, status.told(ENDED))
    text = (tmp_path / STATUS).read_text()
    assert text.startswith("holostackRun({") and text.endswith("});\n")
    assert json.loads(text[len("holostackRun(") : -3]) == read_run(tmp_path)


def test_a_run_that_is_silent_and_holds_no_lock_is_lost(status, tmp_path, clock):
    status.started([1])
    with held(tmp_path / LOCK, myself("snakemake"), "in use"):
        write_run(tmp_path, status.told())
        # Held by a process that lives: a long step keeps nobody from writing.
        clock[0] += 3600
        assert read_run(tmp_path)["state"] == "on"
    # Let go of, but told just now: by a file system that knows no locks it would look the same.
    write_run(tmp_path, status.told())
    assert read_run(tmp_path)["state"] == "on"
    clock[0] += 61
    lost = read_run(tmp_path)
    assert (lost["state"], lost["now"], lost["seconds_left"]) == ("lost", [], None)


def test_a_run_of_this_machine_that_was_killed_is_lost_at_once(status, tmp_path):
    write_run(tmp_path, status.told())
    left = myself("snakemake")._asdict()
    (tmp_path / LOCK).write_text(json.dumps(left | {"host": "another"}))
    assert read_run(tmp_path)["state"] == "on"
    (tmp_path / LOCK).write_text(json.dumps(left))
    lost = read_run(tmp_path)
    assert (lost["state"], lost["by"]["process"]) == ("lost", os.getpid())


@pytest.mark.parametrize("text", ["", "holostackRun(null);", "holostackRun({", "[]", "{}"])
def test_what_is_no_status_says_nothing(tmp_path, text):
    (tmp_path / STATUS).write_text(text)
    assert read_run(tmp_path) is None
