"""The profile for clusters, on a real Slurm of this machine: a stack is one submission."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.conftest import ROOT, Tree
from tests.workflow.slurm import CORES, NoSlurm, cluster

PROFILE = (
    *("--profile", str(ROOT / "profiles" / "slurm"), "--cores", str(CORES)),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
)
# So little that a job is over it as soon as Python runs.
TOO_LITTLE = ("--retries", "0", "--set-resources", "import_raws:mem_mb=60", "ledger:mem_mb=60")


@pytest.fixture(scope="module")
def slurm():
    """A running cluster; the tests are skipped, and pytest's summary warns, where there is none."""
    # Not pytest's folder: the path of a socket is at most 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        running = cluster(Path(folder))
        try:
            running.__enter__()
        except (NoSlurm, OSError, subprocess.TimeoutExpired) as reason:
            warnings.warn(f"the profile for Slurm was not tested: {reason}", stacklevel=1)
            pytest.skip(str(reason))
        yield
        running.__exit__(None, None, None)


@pytest.fixture(scope="module")
def tree(tmp_path_factory, frames) -> Tree:
    """Two views of a specimen, one to check labels by, two more specimens, and a capture."""
    tree = Tree(tmp_path_factory.mktemp("slurm"))
    stacks = ("A-1,top", "A-1,label", "K-1,top", "M-1,top")
    rows = [f"{stack},{frames / 'jpeg'},for this test,," for stack in stacks]
    rows.append(f"V-1,top,,,{ROOT / 'config' / 'rig.yaml'},-200")
    tree.write_sheet(*rows, columns="specimen,view,source,shared_source,rig,start_um")
    (tree.folder / "config" / "config.yaml").write_text("convert: {keep: false}\n")
    return tree


@pytest.fixture(scope="module")
def over_memory(slurm, tree):
    """A run whose job takes more memory than it was given, beside the others; and its terminal."""
    return begin(tree, *TOO_LITTLE, "--", "specimens/M-1/top/frames.csv")


def begin(tree: Tree, *options: str) -> tuple[subprocess.Popen[bytes], Path]:
    """Snakemake at work on the cluster, and where its terminal is written."""
    said = tree.folder / f"said-{time.time_ns()}.txt"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", str(ROOT / "profiles" / "default"), *PROFILE]
    command += ["--directory", str(tree.folder), *options]
    with said.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True), said


def jobs(stack: str) -> list[tuple[str, str]]:
    """Number and state of each job of a stack, which the comment names, the oldest first."""
    told = subprocess.run(
        ["squeue", "--states=all", "--noheader", "--sort=i", "--format=%i %T %k"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [tuple(line.split()[:2]) for line in told if f"rule_stack_{stack}_" in line]


def wait_until(condition: Callable[[], object], run: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.05)


def test_each_stack_is_one_submission_and_one_that_is_killed_is_named_and_stops_no_other(
    slurm, tree, over_memory
):
    stacks = [("A-1", "top"), ("A-1", "label"), ("K-1", "top")]
    wanted = [f"specimens/{specimen}/{view}/archive.json" for specimen, view in stacks]
    run, said = begin(tree, "--retries", "0", "--", *wanted)
    begun = tree.folder / "logs" / "K-1" / "top" / "ledger.log"
    wait_until(lambda: begun.is_file() and "# started" in begun.read_text(), run)
    ((job, _),) = jobs("K-1_top")
    subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
    assert run.wait(timeout=600) == 1, said.read_text()

    words = said.read_text()
    assert "2 of 3 named files are made" in words, words
    told = rf"K-1 top, ledger: Slurm's job {job} ended as (FAILED|CANCELLED) on \S+, by signal \d+"
    assert re.search(told, words), words
    assert f"log: {begun.relative_to(tree.folder)}" in words
    assert f"Slurm's job {job} ended as" in (tree.folder / "results" / "stacks.csv").read_text()
    for specimen, view in stacks[:2]:
        stack = tree.stack(specimen, view)
        assert len(list((stack / "archival").glob("*[!h].tif"))) == 1
        assert not (stack / "tiff").exists()
        assert [state for _, state in jobs(f"{specimen}_{view}")] == ["COMPLETED"]


def test_a_job_that_takes_more_memory_than_it_was_given_is_told_so(over_memory):
    run, said = over_memory
    assert run.wait(timeout=300) == 1
    words = said.read_text()
    assert "exceeded memory limit" in words and "it was given 60MB; with `retries`" in words, words


def test_a_job_that_outlives_its_snakemake_and_that_of_the_next_make_one_stack(slurm, tree):
    wanted = "specimens/K-1/top/stack/convert.json"
    begun, began = tree.folder / "logs" / "K-1" / "top" / "ledger.log", time.time()
    orphaned, _ = begin(tree, "--", wanted)
    wait_until(lambda: begun.is_file() and begun.stat().st_mtime > began, orphaned)
    os.killpg(orphaned.pid, signal.SIGKILL)
    orphaned.wait()
    run, said = begin(tree, "--", wanted)
    assert run.wait(timeout=600) == 0, said.read_text()
    assert "a run was ended before it was done, and is gone on with" in said.read_text()
    made = [
        json.loads((tree.stack(name) / "stack/convert.json").read_text()) for name in ("A-1", "K-1")
    ]
    assert made[0]["frames"] == made[1]["frames"]
    _, outlived, last = (state for _, state in jobs("K-1_top"))
    assert outlived == last == "COMPLETED"
