"""Killed in all ways, a run is gone on with by the same command, and nothing tells of it."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from records import ending, locks
from records.runs.at_work import MARKS, at_work, planned
from tests.workflow.conftest import ROOT, Tree

COLUMNS = "specimen,view,source,shared_source"


@pytest.fixture()
def small(tmp_path, frames) -> Tree:
    """Two stacks of the same frames, one to be killed, one to compare it with."""
    tree = Tree(tmp_path / "tree")
    tree.folder.mkdir()
    rows = [f"{name},top,{frames / 'jpeg'},for this test" for name in ("K-1", "K-2")]
    tree.write_sheet(*rows, columns=COLUMNS)
    return tree


def fused(name: str) -> str:
    return f"specimens/{name}/top/stack/fuse.json"


def begin(tree: Tree, *wanted: str) -> psutil.Popen:
    """Snakemake at work, in a session of its own, with a log beside the tree."""
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
        *("--workflow-profile", str(ROOT / "profiles" / "default"), "--cores", "2"),
        *("--directory", str(tree.folder), *wanted),
    ]
    with (tree.folder.parent / "said.txt").open("a") as said:
        return psutil.Popen(command, stdout=said, stderr=said, start_new_session=True)


def test_a_run_is_known_to_be_planned_until_it_begins(tree):
    marks = tree.folder / MARKS
    marks.mkdir(parents=True, exist_ok=True)
    # So long it waits to begin, its plan made.
    with locks.held(marks / "beginning", locks.myself("a test"), "in use"):
        run = begin(tree)
        until = time.monotonic() + 60
        while not (found := planned(tree.folder)) and time.monotonic() < until:
            assert run.poll() is None
            time.sleep(0.05)
        assert [(one.command, one.process) for one in found] == [("2 stacks", run.pid)]
        assert not at_work(tree.folder)
    assert run.wait(120) == 0
    assert not planned(tree.folder)
    assert not list(marks.glob("*.plan"))


def step_of(process: psutil.Popen, script: str) -> psutil.Process:
    """The process of a step, as soon as it is at work."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None
        for child in process.children(recursive=True):
            try:
                words = child.cmdline()
            except psutil.Error:
                continue
            # Not the shell, whose command has the name within.
            if any(word.endswith(f"/{script}") for word in words[1:2]):
                return child
        time.sleep(0.01)
    raise AssertionError(f"{script} did not begin")


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_job_snakemake_and_all_are_killed_in_turn_and_the_same_command_ends_as_if_not(small):
    # The job alone: Snakemake says so, with what killed it, and ends.
    run = begin(small, fused("K-1"))
    step_of(run, "convert.py").kill()
    assert run.wait(timeout=60) == 1
    closing = small.folder.parent.joinpath("said.txt").read_text().partition("Stopped, with the")[2]
    assert "K-1 top, convert: it was ended from outside (SIGKILL); if nobody did that" in closing
    assert "log: logs/K-1/top/convert.log" in closing

    # What keeps its log too: Snakemake alone is left to say so.
    run = begin(small, fused("K-1"))
    step = step_of(run, "convert.py")
    step.parent().kill()
    step.kill()
    assert run.wait(timeout=60) == 1
    assert (
        "it was ended from outside, with what kept its log"
        in (small.folder / "logs" / "K-1" / "top" / "convert.log").read_text()
    )

    # Snakemake alone: its step ends too, before the next run's writes.
    run = begin(small, fused("K-1"))
    orphan = step_of(run, "align.py")
    time.sleep(0.3)
    run.kill()
    again = begin(small, fused("K-1"))
    orphan.wait(timeout=ending.GRACE_S + 5)
    assert run.wait(timeout=10) == -signal.SIGKILL

    # All at once.
    step_of(again, "fuse.py")
    os.killpg(again.pid, signal.SIGKILL)
    assert again.wait(timeout=10) == -signal.SIGKILL

    last = small.snakemake(fused("K-1"), fused("K-2"))
    assert last.returncode == 0, last.stderr
    assert "a run was ended before it was done, and is gone on with: snakemake (process" in (
        last.stderr
    )
    one, other = (json.loads((small.folder / fused(name)).read_text()) for name in ("K-1", "K-2"))
    assert one["pixel_sha256"] == other["pixel_sha256"]
    assert names_in(small.stack("K-1")) == names_in(small.stack("K-2"))
    assert names_in(small.folder / "specimens" / "K-1") == {
        "top",
        *(f"top/{name}" for name in names_in(small.stack("K-1"))),
    }
    assert list((small.folder / ".snakemake" / "holostack").iterdir()) == []


def mark_of(tree: Tree, output: str) -> Path:
    """Where Snakemake marks that a file is unfinished."""
    name = base64.urlsafe_b64encode(output.encode()).decode()
    return tree.folder / ".snakemake" / "incomplete" / name


def run_all_again(tree: Tree) -> None:
    again = tree.snakemake("all")
    assert again.returncode == 0, again.stderr
    assert list((tree.folder / ".snakemake" / "incomplete").iterdir()) == []


def test_killed_when_the_archive_has_it_but_snakemake_has_not_heard_nothing_is_left_lying(small):
    (row, _) = (small.folder / "config" / "specimens.csv").read_text().splitlines()[1:]
    small.write_sheet(row, columns=COLUMNS)
    run = begin(small, "all")
    mark, content = mark_of(small, "specimens/K-1/top/archive.json"), b""
    while run.poll() is None and not content:
        with suppress(FileNotFoundError):
            content = mark.read_bytes()
        time.sleep(0.002)
    assert run.wait(timeout=120) == 0
    mark.write_bytes(content)
    run_all_again(small)

    small.write_sheet(f"{row},Ida", columns=f"{COLUMNS},creator")
    run_all_again(small)
    (said,) = (small.folder / "logs" / "K-1" / "top").glob("describe_*.log")
    done = f"logs/.described/K-1/top/{said.stem.removeprefix('describe_')}"
    mark_of(small, done).write_bytes(content)
    (small.folder / done).parent.mkdir(parents=True, exist_ok=True)
    (small.folder / done).touch()
    run_all_again(small)
    assert not (small.folder / done).exists()


def has_locked(tree: Tree) -> bool:
    """Whether Snakemake's lock of what it makes is written."""
    locks_of_run = (tree.folder / ".snakemake" / "locks").glob("*.output.lock")
    return any(path.stat().st_size for path in locks_of_run)


@pytest.fixture()
def locked(small) -> Path:
    """Where runs leave their marks, of a tree whose files a killed run has locked."""
    run = begin(small, "specimens/K-1/top/import.json")
    marks = small.folder / ".snakemake" / "holostack"
    until = time.monotonic() + 60
    # Whole: as files are written, one is there and empty before it names what is locked.
    while not has_locked(small) and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    (small.folder / "specimens" / "K-1" / "top" / "import.json").unlink(missing_ok=True)
    return marks


def test_files_that_another_run_makes_are_refused_by_its_name(small, locked):
    (mark,) = locked.glob("*.run")
    # A dry run after a kill says nothing of it.
    run = small.snakemake("--dry-run", "specimens/K-1/top/import.json")
    assert run.returncode == 0 and "lock" not in run.stdout + run.stderr
    with locks.held(mark, locks.myself("snakemake"), "test"):
        run = small.snakemake("specimens/K-1/top/import.json")
    assert run.returncode == 1
    assert f"the same files are being made by snakemake (process {os.getpid()} on " in run.stderr, (
        run.stderr
    )
    assert "Traceback" not in run.stderr


def test_a_run_on_another_machine_is_named_and_a_person_decides(small, locked):
    (mark,) = locked.glob("*.run")
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "host": "bench-2"}))
    run = small.snakemake("specimens/K-1/top/import.json")
    assert run.returncode == 1
    assert "on bench-2, by" in run.stderr
    assert small.snakemake("--unlock").returncode == 0
    run = small.snakemake("specimens/K-1/top/import.json")
    assert run.returncode == 0, run.stderr
    assert list(locked.iterdir()) == []


def test_two_runs_on_other_targets_work_side_by_side(small):
    first = begin(small, "specimens/K-1/top/frames.csv")
    second = small.snakemake("specimens/K-2/top/frames.csv")
    assert first.wait(timeout=60) == 0
    assert second.returncode == 0, second.stderr


def test_what_a_run_left_that_was_killed_at_its_closing_words_is_closed_by_one_without_work(small):
    assert small.snakemake("specimens/K-1/top/import.json").returncode == 0
    results = small.folder / "results"
    (results / "index.html").unlink()
    left = results / ".stacks.csv.0123456789abcdef.partial"
    left.mkdir()
    (left / ".alive").touch()
    marks = small.folder / MARKS
    with locks.held(marks / "killed", locks.myself("snakemake"), "test"):
        (marks / "killed.run").write_bytes((marks / "killed").read_bytes())
    run = small.snakemake("specimens/K-1/top/import.json")
    assert run.returncode == 0 and "Nothing to be done" in run.stdout + run.stderr, run.stderr
    assert (results / "index.html").exists()
    assert not left.exists()
    assert list(marks.iterdir()) == []
