"""The profile for clusters, on a real Slurm of this machine: a stack is one submission."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.workflow.conftest import ROOT, Tree
from tests.workflow.shortened import as_of_thousands
from tests.workflow.slurm import NoSlurm, cluster
from tests.workflow.slurm_runs import (
    begin,
    executors,
    held_still,
    jobs,
    kill_itself,
    wait_until,
)

# So little that a job is over it as soon as Python runs.
TOO_LITTLE = ("--retries", "1", "--set-resources", "import_raws:mem_mb=60", "ledger:mem_mb=60")
# Of the moments at which parts of a run are killed, and of what is then hit.
SEED = int(os.environ.get("HOLOSTACK_SEED", "17"))
ROUNDS = int(os.environ.get("HOLOSTACK_ROUNDS", "10"))
KILLS_IN_A_ROUND = 3
# A job that was begun by a killed Snakemake may hold its stack for longer than the next one waits:
# then the command after that makes it.
COMMANDS = 3


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
    """Two views of a specimen, one to check labels by, four more specimens, and a capture.

    They are planned as thousands are.
    """
    folder = tmp_path_factory.mktemp("slurm")
    tree = Tree(folder, as_of_thousands(tmp_path_factory.mktemp("of-thousands") / "workflow"))
    stacks = ("A-1,top", "A-1,label", "K-1,top", "E-1,top", "M-1,top")
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


def receipt(stack: str) -> str:
    return f"specimens/{stack}/archive.json"


def digests(tree: Tree, stack: str) -> dict[str, object]:
    """What a stack's records say of its pixels and its archiving, and what lies about."""
    folder, name = tree.folder / "specimens" / stack, stack.replace("/", "_")
    told = {
        step: json.loads((folder / path).read_text())
        for step, path in (
            ("convert", "stack/convert.json"),
            ("fuse", "stack/fuse.json"),
            ("master", f"archival/{name}.json"),
            ("archive", "archive.json"),
        )
    }
    return {
        "frames": told["convert"]["frames"],
        "fused": told["fuse"]["pixel_sha256"],
        "master": told["master"]["pixel_sha256"],
        "version": told["archive"]["version"],
        "files": told["archive"]["files"],
        "there": sorted(path.name.replace(name, "") for path in folder.rglob("*")),
    }


def test_job_executor_and_snakemake_are_killed_at_random_and_the_same_command_ends_as_if_not(
    slurm, tree, over_memory
):
    chance = random.Random(SEED)
    stacks = ("A-1/top", "A-1/label", "K-1/top", "E-1/top")
    wanted = ("--", *map(receipt, stacks), "specimens/B-1/top/frames.csv")
    run, said = begin(tree, *wanted)

    # What starts the steps of a job, on its node.
    wait_until(lambda: len(executors(tree, "E-1/top")) == 2, run)
    time.sleep(chance.uniform(0, 2))
    ((gone, *_),) = jobs("E-1_top")
    chance.choice(executors(tree, "E-1/top")).kill()
    # A job with all that is in it; the step that it was at is told.
    step, job = held_still(tree, "K-1/top", run, chance)
    subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
    told = (
        rf"K-1 top: {step.name}: error: Slurm's job {job} ended as \w+ on \S+, by signal \d+",
        rf"E-1 top: \w+: error: Slurm's job {gone} ended as \w+ on ",
    )
    wait_until(lambda: all(re.search(one, said.read_text()) for one in told), run)
    wait_until(lambda: len(jobs("K-1_top")) == len(jobs("E-1_top")) == 2, run)
    # Snakemake itself, whose jobs go on beside those of the next.
    time.sleep(chance.uniform(0, 3))
    kill_itself(run)
    # While another run is at work there, nobody can tell whose locks are left.
    assert over_memory[0].wait(timeout=300) == 1

    for _ in range(COMMANDS):
        run, said = begin(tree, *wanted)
        assert run.wait(timeout=600) == 1, said.read_text()
        words = said.read_text()
        if "4 of 5 named files are made" in words:
            break
    assert "4 of 5 named files are made" in words, words
    assert re.search(r"B-1 top, ledger: .*pcb_003.jpg.*\n\s+log: logs/B-1/top/ledger.log", words)
    undisturbed = digests(tree, "A-1/label")
    for stack in stacks:
        assert digests(tree, stack) == undisturbed, (SEED, stack)
    # One that found it at work by the killed run's job for longer than it waits, stopped.
    assert "COMPLETED" in {state for _, state, _ in jobs("A-1_label")} <= {"COMPLETED", "FAILED"}
    assert {state for _, state, _ in jobs("B-1_top")} == {"FAILED"}
    (_, _, given), (_, _, given_then), *_ = jobs("K-1_top")
    assert int(given_then[:-1]) > int(given[:-1])


def test_a_job_that_takes_more_memory_than_it_was_given_is_told_so(tree, over_memory):
    run, said = over_memory
    assert run.wait(timeout=300) == 1
    words = said.read_text()
    assert "exceeded memory limit" in words and "it was given 60MB; with `retries`" in words, words
    table = (tree.folder / "results" / "stacks.csv").read_text()
    assert "exceeded memory limit" in table and len(jobs("M-1_top")) == 2


WAYS = ("job", "step", "what keeps its log", "executor", "Snakemake")


def kill_one_way(tree: Tree, run: subprocess.Popen[bytes], way: str, chance: random.Random) -> None:
    """Kill a part of a run on K-1/top at a moment of chance; where it had ended before, nothing."""
    with suppress(AssertionError, IndexError, psutil.Error):
        if way == "executor":
            wait_until(lambda: executors(tree, "K-1/top"), run)
            time.sleep(chance.uniform(0, 10))
            chance.choice(executors(tree, "K-1/top")).kill()
        elif way == "Snakemake":
            wait_until(lambda: jobs("K-1_top"), run)
            time.sleep(chance.uniform(0, 15))
            kill_itself(run)
        else:
            step, job = held_still(tree, "K-1/top", run, chance)
            if way == "job":
                subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
                return
            (step.process if way == "step" else step.relay).kill()
            step.process.resume()


@pytest.mark.torture
def test_killed_at_random_again_and_again_each_round_ends_as_an_undisturbed_run(
    slurm, frames, tmp_path
):
    wanted = ("--", receipt("K-1/top"))
    expected, shortened = None, as_of_thousands(tmp_path / "workflow")
    for seed in range(SEED, SEED + ROUNDS + 1):
        chance, tree = random.Random(seed), Tree(tmp_path / str(seed), shortened)
        tree.folder.mkdir()
        tree.write_sheet(f"K-1,top,{frames / 'jpeg'}")
        ways = chance.choices(WAYS, k=KILLS_IN_A_ROUND) if expected else []
        for way in ways:
            run, _ = begin(tree, *wanted)
            kill_one_way(tree, run, way, chance)
            # What it does of itself is let through, or is cut off too.
            if chance.random() < 0.5:
                run.wait(timeout=600)
            kill_itself(run)
        count, status = 0, 1
        while status and count < COMMANDS:
            run, said = begin(tree, *wanted)
            count, status = count + 1, run.wait(timeout=600)
        assert status == 0, (seed, ways, said.read_text())
        expected = expected or digests(tree, "K-1/top")
        assert digests(tree, "K-1/top") == expected, (seed, ways)
        print(f"seed {seed}: killed {', '.join(ways) or 'nothing'}; {count} commands to the end")
