"""What is said of a job of Slurm's that failed, by Slurm's own words."""

from __future__ import annotations

import pytest

from records.reports import slurm

# As scontrol of Slurm 22.05 and 23.11 have it, shortened.
KNOWN = (
    "JobId=7 JobName=x UserId=root(0) JobState={state} Reason={reason} ExitCode=0:{signal} "
    "RunTime=00:00:09 TimeLimit=00:12:00 NodeList=node-3 NumNodes=1 MinMemoryNode=800M\n"
)


@pytest.fixture()
def answers(monkeypatch):
    """Sets what the programs answer, by their names."""
    said = {}
    monkeypatch.setattr(slurm, "_ask", lambda command: said.get(command[0], ""))
    return said


def test_state_node_signal_remedy_last_words_and_log_are_named(answers, tmp_path):
    answers["scontrol"] = KNOWN.format(state="OUT_OF_MEMORY", reason="OutOfMemory", signal=9)
    log = tmp_path / "7.log"
    log.write_text("Building DAG\nslurmstepd: error: Detected 1 oom_kill event in StepId=7.0\n")
    assert slurm.job_ended("7", log) == (
        "Slurm's job 7 ended as OUT_OF_MEMORY on node-3, by signal 9; it was given 800MB; with "
        "`retries` it is asked for more each time; Detected 1 oom_kill event in StepId=7.0. "
        f"See {log}"
    )


def test_what_the_program_said_itself_goes_before_what_slurm_said(answers, tmp_path):
    log = tmp_path / "7.log"
    log.write_text("error: row 3 is gone\nsrun: error: node-3: task 0: Exited with exit code 1\n")
    assert slurm.job_ended("7", log) == f"Slurm's job 7 failed; row 3 is gone. See {log}"


def test_where_the_scheduler_has_forgotten_the_accounts_are_asked(answers):
    answers["sacct"] = "CANCELLED by 1000|node-4|0:15|00:10:00|2G\n"
    assert slurm.job_ended("7", None).startswith(
        "Slurm's job 7 ended as CANCELLED on node-4, by signal 15; a person or the cluster ended it"
    )


def test_time_that_ran_out_is_named_with_its_length(answers):
    answers["scontrol"] = KNOWN.format(state="TIMEOUT", reason="TimeLimit", signal=0)
    assert "it was given 00:12:00" in slurm.job_ended("7", None)
