"""How far the work is: the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import status
from records.errors import RecordError
from records.locks import held, myself
from records.reports.run_status import LOCK, RunStatus, read_run, write_run
from records.runs.at_work import MARKS

HOLDS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from records.locks import held, myself
from records.reports.run_status import LOCK, RunStatus, write_run
results = Path("results")
with held(results / LOCK, myself("snakemake"), "in use"):
    status = RunStatus({1: (("K-1", "top"), "fuse"), 2: (("K-2", "top"), "fuse")}, results)
    status.started([1])
    write_run(results, status.told())
    print("told", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path):
    (tmp_path / "results").mkdir()
    return tmp_path


def said(data, capsys, *options):
    status.main(["--directory", str(data), *options])
    return capsys.readouterr().out


def test_while_a_run_holds_the_folder_and_after_it_was_killed(data, capsys):
    scripts = str(Path(status.__file__).parent)
    run = subprocess.Popen(
        [sys.executable, "-c", HOLDS, scripts],
        cwd=data,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert run.stdout.readline() == b"told\n"
    on = said(data, capsys)
    assert on.startswith("A run is on since ") and "1  K-1/top  fuse" in on
    assert f"process {run.pid} on {os.uname().nodename}" in on
    run.send_signal(signal.SIGKILL)
    run.communicate()
    gone = said(data, capsys)
    assert gone.startswith("The last run ended without a word: it was killed")
    assert "was at      K-1/top fuse" in gone
    # No machine was started again since.
    assert json.loads(said(data, capsys, "--json"))["run"]["state"] == "lost"


def test_for_programs_it_is_one_line_of_what_the_run_tells_and_counts(data, capsys):
    nothing = {"run": None, "planned": [], "stacks": None}
    assert json.loads(said(data, capsys, "--json")) == nothing
    jobs = {1: (("K-1", "top"), "fuse")}
    write_run(data / "results", RunStatus(jobs, data).told())
    (data / "results" / "stacks.csv").write_text("specimen,state\nK-1,waiting\nK-2,archived\n")
    told = json.loads(said(data, capsys, "--json"))
    assert told["stacks"] == {"archived": 1, "waiting": 1}
    assert told["run"]["waiting"] == 1 and "rows" not in told["run"]


def test_a_run_that_is_planned_yet_says_how_many_stacks_it_plans(data, capsys):
    marks = data / MARKS
    marks.mkdir(parents=True)
    with held(marks / "a.plan", myself("10,000 stacks"), "in use"):
        text = said(data, capsys)
        assert text.startswith("A run is planned, for ")
        assert f": 10,000 stacks (process {os.getpid()} on " in text
        assert "No run has told" not in text
        (told,) = json.loads(said(data, capsys, "--json"))["planned"]
        assert (told["command"], told["process"]) == ("10,000 stacks", os.getpid())
    # What a killed one left says nothing.
    (marks / "b.plan").touch()
    assert said(data, capsys).startswith("No run has told anything here yet.")


def test_a_run_beside_or_for_one_stack_is_named_and_the_one_that_tells_only_once(data, capsys):
    marks = data / MARKS
    marks.mkdir(parents=True)
    with held(marks / "a.run", myself("snakemake"), "in use"):
        assert "At work: snakemake (process" in said(data, capsys)
        with held(data / "results" / LOCK, myself("snakemake"), "in use"):
            write_run(data / "results", RunStatus({1: (("K", "top"), "fuse")}, data).told())
            assert read_run(data / "results")["state"] == "on"
            assert "beside it" not in said(data, capsys)


def test_a_folder_that_is_not_there_is_refused(data):
    with pytest.raises(RecordError, match="no such folder"):
        status.main(["--directory", str(data / "other")])


def test_whoever_follows_it_without_a_terminal_gets_a_line_for_each_change(
    data, capsys, monkeypatch
):
    counts = RunStatus({1: (("K-1", "top"), "fuse"), 2: (("K-2", "top"), "fuse")}, data / "none")
    write_run(data / "results", counts.told())

    looks = []

    def sleep(_):
        looks.append(1)
        if len(looks) == 2:
            counts.started([1, 2])
            counts.failed(1, "frame 3 is black")
            write_run(data / "results", counts.told())
        if len(looks) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(status.time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        status.main(["--directory", str(data), "--follow"])
    assert capsys.readouterr().out.splitlines() == [
        "0 of 2 stacks",
        "0 of 2 stacks · 1 stopped · K-2/top fuse",
    ]
