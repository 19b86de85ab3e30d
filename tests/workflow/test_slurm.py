"""The profile for clusters, on a real Slurm of this machine: a stack is one submission."""

from __future__ import annotations

import json
import os
import re
import shutil
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
TOO_LITTLE = ("--retries", "1", "--set-resources", "import_raws:mem_mb=60", "ledger:mem_mb=60")


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
    """Two views of a specimen, one to check labels by, four more specimens, and a capture."""
    tree = Tree(tmp_path_factory.mktemp("slurm"))
    stacks = ("A-1,top", "A-1,label", "K-1,top", "M-1,top", "O-1,top")
    rows = [f"{stack},{frames / 'jpeg'},for this test,," for stack in stacks]
    broken = tree.folder / "broken"
    shutil.copytree(frames / "jpeg", broken)
    whole = (broken / "pcb_003.jpg").read_bytes()
    (broken / "pcb_003.jpg").write_bytes(whole[: len(whole) // 2])
    rows.append(f"B-1,top,{broken},for this test,,")
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


def jobs(stack: str) -> list[tuple[str, str, str]]:
    """Number, state and memory of each job of a stack, which the comment names, in their order."""
    told = subprocess.run(
        ["squeue", "--states=all", "--noheader", "--sort=i", "--format=%i %T %m %k"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [tuple(line.split()[:3]) for line in told if f"rule_stack_{stack}_" in line]


def wait_until(condition: Callable[[], object], run: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.05)


def test_each_stack_is_one_submission_what_is_killed_is_told_and_tried_again_and_no_refusal_is(
    slurm, tree, over_memory
):
    stacks = [("A-1", "top"), ("A-1", "label"), ("K-1", "top")]
    wanted = [f"specimens/{specimen}/{view}/archive.json" for specimen, view in stacks]
    run, said = begin(tree, "--", *wanted, "specimens/B-1/top/frames.csv")
    begun = tree.folder / "logs" / "K-1" / "top" / "ledger.log"
    wait_until(lambda: begun.is_file() and "# started" in begun.read_text(), run)
    ((job, *_),) = jobs("K-1_top")
    subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
    assert run.wait(timeout=600) == 1, said.read_text()

    words = said.read_text()
    assert "3 of 4 named files are made" in words, words
    # Which of the job's steps it came to, the last log that was written when it was killed tells.
    step = "(import_raws|ledger)"
    told = rf"K-1 top: {step}: error: Slurm's job {job} ended as \w+ on \S+, by signal \d+"
    assert re.search(told, words), words
    assert re.search(r"B-1 top, ledger: .*pcb_003.jpg.*\n\s+log: logs/B-1/top/ledger.log", words)
    for specimen, view in stacks:
        stack = tree.stack(specimen, view)
        assert len(list((stack / "archival").glob("*[!h].tif"))) == 1
        assert not (stack / "tiff").exists()
    for name in ("A-1_top", "A-1_label"):
        assert [state for _, state, _ in jobs(name)] == ["COMPLETED"]
    assert [state for _, state, _ in jobs("B-1_top")] == ["FAILED"]
    (_, _, given), (_, state, given_then) = jobs("K-1_top")
    assert state == "COMPLETED" and int(given_then[:-1]) > int(given[:-1])


def test_a_job_that_takes_more_memory_than_it_was_given_is_told_so(tree, over_memory):
    run, said = over_memory
    assert run.wait(timeout=300) == 1
    words = said.read_text()
    assert "exceeded memory limit" in words and "it was given 60MB; with `retries`" in words, words
    table = (tree.folder / "results" / "stacks.csv").read_text()
    assert "exceeded memory limit" in table and len(jobs("M-1_top")) == 2


def test_a_job_that_outlives_its_snakemake_and_that_of_the_next_make_one_stack(slurm, tree):
    wanted = "specimens/O-1/top/stack/convert.json"
    begun = tree.folder / "logs" / "O-1" / "top" / "ledger.log"
    orphaned, _ = begin(tree, "--", wanted)
    wait_until(lambda: begun.is_file() and begun.stat().st_size, orphaned)
    os.killpg(orphaned.pid, signal.SIGKILL)
    orphaned.wait()
    run, said = begin(tree, "--", wanted)
    assert run.wait(timeout=600) == 0, said.read_text()
    assert "a run was ended before it was done, and is gone on with" in said.read_text()
    made = [
        json.loads((tree.stack(name) / "stack/convert.json").read_text()) for name in ("A-1", "O-1")
    ]
    assert made[0]["frames"] == made[1]["frames"]
    assert [state for _, state, _ in jobs("O-1_top")] == ["COMPLETED"] * 2
