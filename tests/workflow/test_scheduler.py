"""Snakemake's scheduler is woken once, however many jobs have ended (rules/scheduler.smk)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "rules"
# Each job notes how many threads Snakemake has: a waking that is to come is one.
WORKFLOW = """
include: {scheduler!r}

rule all:
    input: [f"{{k}}.txt" for k in range(40)]

rule one:
    output: "{{k}}.txt"
    shell: "ls /proc/$PPID/task | wc -l > {{output}}"
"""


@pytest.mark.slow
def test_no_waking_of_the_scheduler_is_added_for_a_job_that_ended(tmp_path):
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(scheduler=str(RULES / "scheduler.smk")))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    made = sorted(tmp_path.glob("*.txt"), key=lambda path: path.stat().st_mtime)
    threads = [int(path.read_text()) for path in made]
    assert len(threads) == 40
    assert max(threads[20:]) <= max(threads[:20]) + 2
