"""A job that was killed with all its programs stands in the log of its step; nothing else does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import relay
from records.log import read_log
from records.machine import out_of_memory
from records.reports.summary import last_error
from records.reports.untold import ALONE, Job, by_stack, may_pass, tell_in_log

BEGAN = time.time() - 60


@pytest.fixture()
def jobs(tmp_path):
    """Import and ledger of a stack, neither begun."""
    logs = tmp_path / "logs" / "A-1" / "top"
    return [Job("A-1 top", logs / f"{one}.log", (tmp_path / one,)) for one in ("import", "ledger")]


def write(job, text, later_s=30.0):
    job.log.parent.mkdir(parents=True, exist_ok=True)
    job.log.write_text(text)
    os.utime(job.log, (BEGAN + later_s, BEGAN + later_s))


def test_a_job_that_never_began_is_told_in_the_log_of_its_first_step(jobs):
    log, words = tell_in_log(jobs, BEGAN, "Slurm's job 7 ended as NODE_FAIL")
    assert log == jobs[0].log and words == "Slurm's job 7 ended as NODE_FAIL"
    assert last_error(log.parent) == "import: Slurm's job 7 ended as NODE_FAIL"


def test_what_was_under_way_has_the_reason_and_keeps_what_it_said(jobs):
    write(jobs[0], "# started 1 with Python 3\n# ended 2\n")
    jobs[0].outputs[0].touch()
    write(jobs[1], "$ ledger.py\n# started 1 with Python 3\nframe 3\n")
    tell_in_log(jobs, BEGAN, "two\nlines")
    assert read_log(jobs[1].log).command == "ledger.py"
    assert read_log(jobs[1].log).error == "two\n  lines"
    assert read_log(jobs[0].log).error == ""


def test_between_two_steps_it_is_the_next_though_what_was_made_is_taken_away(jobs):
    convert = Job("A-1 top", jobs[0].log.with_name("convert.log"), (jobs[0].outputs[0] / "tiff",))
    for job in jobs:
        write(job, "# started 1 with Python 3\n# ended 2\n")
    log, _ = tell_in_log([*jobs, convert], BEGAN, "Slurm's job 7 ended as CANCELLED")
    assert log == convert.log and read_log(jobs[0].log).error == ""


def test_without_a_scheduler_it_is_said_that_something_from_outside_ended_it(jobs):
    _, words = tell_in_log(jobs, BEGAN)
    assert words.startswith(ALONE)


@pytest.mark.parametrize("said", ["error: two frames\n", "Traceback (most recent call last):\n"])
def test_a_step_that_said_why_is_left_alone(jobs, said):
    write(jobs[0], said)
    log, words = tell_in_log(jobs, BEGAN, "Slurm's job 7 failed")
    assert log == jobs[0].log and jobs[0].log.read_text() == said
    assert "two frames" in words or "a fault of the program; send us" in words
    assert not jobs[1].log.exists()


def test_what_an_earlier_run_said_is_not_taken_for_the_reason(jobs):
    write(jobs[1], "error: two frames\n", later_s=-3600)
    jobs[0].outputs[0].touch()
    _, words = tell_in_log(jobs, BEGAN, "Slurm's job 7 ended as TIMEOUT")
    assert read_log(jobs[1].log).error == words == "Slurm's job 7 ended as TIMEOUT"


def test_a_stack_of_the_same_submission_that_was_made_has_not_failed(jobs):
    for job in jobs:
        job.outputs[0].touch()
    assert tell_in_log(jobs, BEGAN, "Slurm's job 7 failed") is None
    assert [[job.stack for job in stack] for stack in by_stack([*jobs, jobs[0]])] == [
        ["A-1 top"] * 3
    ]


def test_more_memory_or_another_machine_may_help_a_refusal_stays_one():
    killed = [relay.how_it_ended(-9, "", Path("a.log"), out) for out in (True, False)]
    for words in (*killed, out_of_memory(MemoryError()), ALONE, "Slurm's job 7 ended as TIMEOUT"):
        assert may_pass(words), words
    assert not may_pass("pcb_003.dng: truncated; copy it again from the camera")
    assert not may_pass(relay.how_it_ended(-11, "", Path("a.log"), False))
