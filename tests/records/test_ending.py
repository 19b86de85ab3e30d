"""A step ends with who started it: processes of their own, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from records import ending

SCRIPTS = Path(ending.__file__).parents[1]
STEP = """
import sys, time
sys.argv = ["step.py"]
from pathlib import Path
from step import run
from records.files import replacing
def main(argv):
    with replacing(Path("made")) as partial:
        partial.write_text("half")
        print("begun", flush=True)
        time.sleep(20)
run(main)
"""
# Stands for Snakemake: it starts a shell, and the shell the step.
STARTER = """
import os, subprocess, sys
from records.ending import as_starter
shell = subprocess.Popen(
    ["bash", "-c", '"$0" -c "$1" | cat; true', sys.executable, sys.argv[1]],
    env={**os.environ, **(as_starter() if sys.argv[2] == "rule" else {})},
    start_new_session=True,
)
print(shell.pid, flush=True)
shell.wait()
"""


@pytest.fixture(params=["rule", "person"])
def started(request, tmp_path):
    """Starter, the shell's process, and whether a rule started it; a step is at work."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER, STEP, request.param],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    shell = int(process.stdout.readline())
    assert process.stdout.readline() == "begun\n"
    yield process, shell, request.param == "rule"
    with suppress(ProcessLookupError):
        os.killpg(shell, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=10)


def is_at_work(folder: Path) -> bool:
    return any(folder.iterdir())


@pytest.mark.parametrize("who", ["starter", "shell"])
def test_a_step_ends_with_its_snakemake_or_its_shell_and_leaves_nothing_half_made(
    started, tmp_path, who
):
    process, shell, by_rule = started
    # Nobody waits for the killed one: as long as the test takes, it is there as a zombie.
    os.kill(process.pid if who == "starter" else shell, signal.SIGKILL)
    until = time.monotonic() + (2.0 if by_rule else 1.5)
    while is_at_work(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)
    # What a person started goes on.
    assert is_at_work(tmp_path) is not by_rule
