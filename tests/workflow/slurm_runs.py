"""Runs of Snakemake on the tests' Slurm, and how their parts are killed: job, executor, itself."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from records.log import read_log
from tests.workflow.conftest import ROOT, Tree
from tests.workflow.slurm import CORES

PROFILE = (
    *("--profile", str(ROOT / "profiles" / "slurm"), "--cores", str(CORES)),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
)
# Those of a stack's steps that no other is at work beside.
IN_A_ROW = ("ledger", "convert", "align", "fuse", "archive")
COMES_WITHIN_S = 120


def begin(tree: Tree, *options: str) -> tuple[subprocess.Popen[bytes], Path]:
    """Snakemake at work on the cluster, and where its terminal is written."""
    said = tree.folder / f"said-{time.time_ns()}.txt"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(tree.workflow / "Snakefile")]
    command += ["--workflow-profile", str(ROOT / "profiles" / "default"), *PROFILE]
    command += ["--directory", str(tree.folder), *options]
    with said.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True), said


def kill_itself(run: subprocess.Popen[bytes]) -> None:
    """Snakemake, and what it runs on this machine; its jobs on the cluster go on."""
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


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
    """Wait for what a run brings about in the end."""
    until = time.monotonic() + COMES_WITHIN_S
    while not condition():
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.05)


@dataclass(frozen=True)
class Step:
    """A step at work: its name, its process, and the one that keeps its log."""

    name: str
    process: psutil.Process
    relay: psutil.Process


def steps(tree: Tree, stack: str) -> Iterator[Step]:
    """The steps of a stack that are at work, on whichever node, which is this machine."""
    for relay, words in _processes():
        if len(words) < 3 or not words[1].endswith("/relay.py"):
            continue
        log = Path(words[2])
        with suppress(psutil.Error):
            if f"{log.parent}" == f"logs/{stack}" and relay.cwd() == str(tree.folder.resolve()):
                for process in relay.children()[:1]:
                    yield Step(log.stem, process, relay)


def executors(tree: Tree, stack: str) -> list[psutil.Process]:
    """The Snakemakes of a stack's job, on the node: the one that starts the other, and that."""
    specimen, view = stack.split("/")
    found = []
    for process, words in _processes():
        if words[1:3] == ["-m", "snakemake"] and any(
            f":specimen={specimen},view={view}" in word for word in words
        ):
            with suppress(psutil.Error):
                if process.cwd() == str(tree.folder.resolve()):
                    found.append(process)
    return found


def _processes() -> Iterator[tuple[psutil.Process, list[str]]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield process, process.cmdline()


def held_still(
    tree: Tree, stack: str, run: subprocess.Popen[bytes], chance: random.Random
) -> tuple[Step, str]:
    """Stop a step of a stack at a moment of chance; the step, and the number of its job.

    A step that was through before is followed by the next.
    """
    names = IN_A_ROW[chance.randrange(len(IN_A_ROW) - 1) :]
    moments = chance.randrange(5)
    until = time.monotonic() + COMES_WITHIN_S
    while time.monotonic() < until and run.poll() is None:
        for step in steps(tree, stack) if any(map(_at_work(tree, stack), names)) else ():
            if step.name in names and _is_stopped(step, tree, stack, moments):
                return step, jobs(stack.replace("/", "_"))[-1][0]
        time.sleep(0.01)
    raise AssertionError(f"no step of {stack} was stopped among {names}")


def _at_work(tree: Tree, stack: str) -> Callable[[str], bool]:
    logs = tree.folder / "logs" / stack
    return lambda name: (logs / f"{name}.log").exists() and not read_log(logs / f"{name}.log").ended


def _is_stopped(step: Step, tree: Tree, stack: str, moments: int) -> bool:
    """Stop a step some moments after it began; False where it was through before."""
    log = tree.folder / "logs" / stack / f"{step.name}.log"
    with suppress(psutil.Error):
        while step.process.is_running():
            step.process.suspend()
            # What it has said is on its way to its log.
            time.sleep(0.05)
            said = read_log(log)
            if said.started and not said.ended and moments <= 0:
                return True
            step.process.resume()
            if said.ended:
                return False
            moments -= bool(said.started)
            time.sleep(0.01)
    return False
