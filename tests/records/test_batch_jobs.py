"""Jobs on PBS and LSF, by programs that answer as theirs: submitted, asked for, and told of."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from records import batch_jobs
from records.batch_jobs import BY_NUMBER, FAILED, RUNNING, SUCCESS, status, submit
from records.errors import RecordError
from records.reports.batch import job_ended
from records.reports.untold import may_pass
from tests.records.stand_in_cluster import programs

ASK = {
    "pbs": ("qsub", "-l", "select=1:ncpus=2:mem=900mb", "-l", "walltime=600"),
    "lsf": ("bsub", "-n", "2", "-R", "span[hosts=1]", "-M", "900MB", "-W", "10"),
}
END = {"pbs": "qdel", "lsf": "bkill"}
kinds = pytest.mark.parametrize("kind", ["pbs", "lsf"])


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> Path:
    """A data folder, and a cluster on the PATH."""
    monkeypatch.setenv("PATH", f"{programs(tmp_path / 'cluster')}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    return tmp_path / "data"


def script(folder: Path, text: str) -> Path:
    path = folder / "snakejob.stack_1-A top_align.1e08.sh"
    path.write_text(text)
    return path


def status_then(kind: str, number: str) -> str:
    """What becomes of a job in the end."""
    until = time.monotonic() + 60
    while (told := status(kind, number)) == RUNNING and time.monotonic() < until:
        time.sleep(0.05)
    return told


@kinds
def test_what_a_job_ends_with_is_told(kind, data):
    number = submit(kind, ASK[kind], script(data, "echo here; exit 0\n"))
    assert status_then(kind, number) == SUCCESS
    assert batch_jobs.log_of(number).read_text() == "here\n"
    number = submit(kind, ASK[kind], script(data, "echo 'error: two frames'; exit 1\n"))
    assert status_then(kind, number) == FAILED
    assert job_ended(number) == (
        f"the cluster's job {number} failed; two frames. See {batch_jobs.log_of(number)}"
    )


@kinds
def test_a_collection_may_lie_in_a_folder_with_blanks_in_its_name(kind, data, monkeypatch):
    # To LSF, what is submitted is a line that a shell reads.
    (data / "my specimens").mkdir()
    monkeypatch.chdir(data / "my specimens")
    number = submit(kind, ASK[kind], script(data, "echo here\n"))
    assert status_then(kind, number) == SUCCESS
    assert batch_jobs.log_of(number).read_text() == "here\n"


@kinds
def test_one_that_was_ended_from_outside_failed_when_its_node_had_time_to_say_otherwise(
    kind, data, monkeypatch
):
    number = submit(kind, ASK[kind], script(data, "sleep 60\n"))
    assert status(kind, number) == RUNNING
    subprocess.run([END[kind], number], check=True)
    assert status(kind, number) == RUNNING
    monkeypatch.setattr(batch_jobs, "SEEN_WITHIN_S", 0)
    assert status_then(kind, number) == FAILED
    assert may_pass(job_ended(number)) and "more memory or time" in job_ended(number)
    # A cluster that asks before it kills leaves time to write it.
    number = submit(kind, ASK[kind], script(data, "kill -TERM $$\n"))
    assert status_then(kind, number) == FAILED
    assert may_pass(job_ended(number)) and "more memory or time" in job_ended(number)


@kinds
def test_a_cluster_that_does_not_answer_has_ended_no_job(kind, data, monkeypatch):
    number = submit(kind, ASK[kind], script(data, "sleep 60\n"))
    try:
        with monkeypatch.context() as silent:
            silent.setenv("PATH", "/nowhere")
            silent.setattr(batch_jobs, "SEEN_WITHIN_S", 0)
            assert status(kind, number) == RUNNING
    finally:
        subprocess.run([END[kind], number], check=True)


@kinds
def test_what_takes_no_job_is_told_with_its_words(kind, data, monkeypatch):
    with pytest.raises(RecordError, match=r"took no job: .*AssertionError"):
        submit(kind, ASK[kind][:1], script(data, "exit 0\n"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RecordError, match="is it on the PATH here"):
        submit(kind, ASK[kind], script(data, "exit 0\n"))


def test_a_number_that_is_given_again_is_the_new_job_s(data):
    BY_NUMBER.mkdir(parents=True)
    (BY_NUMBER / "1.server").symlink_to(data)
    (data / "ended").write_text("1\n")
    assert submit("pbs", ASK["pbs"], script(data, "exit 0\n")) == "1.server"
    assert status_then("pbs", "1.server") == SUCCESS
