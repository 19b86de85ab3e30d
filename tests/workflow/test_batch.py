"""The profile for PBS, with programs that answer as PBS does; LSF's differs in words alone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import warnings
from pathlib import Path

import pytest

from tests.records.stand_in_cluster import programs
from tests.workflow.conftest import ROOT, Tree

PROFILE = ("--profile", str(ROOT / "profiles" / "pbs"), "--seconds-between-status-checks", "2")


def test_stacks_are_few_jobs_where_that_is_asked_and_what_one_refuses_is_told_and_not_tried_again(
    tmp_path, frames, monkeypatch
):
    if importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None:
        reason = "python3 envs/run.py snakemake --profile profiles/pbs --version installs it"
        warnings.warn(f"the profiles for PBS and LSF were not tested: {reason}", stacklevel=1)
        pytest.skip(reason)
    monkeypatch.setenv("PATH", f"{programs(tmp_path / 'pbs')}{os.pathsep}{os.environ['PATH']}")
    tree, broken = Tree(tmp_path / "data"), tmp_path / "broken"
    tree.folder.mkdir()
    shutil.copytree(frames / "jpeg", broken)
    whole = (broken / "pcb_003.jpg").read_bytes()
    (broken / "pcb_003.jpg").write_bytes(whole[: len(whole) // 2])
    rows = [f"{name},top,{frames / 'jpeg'},for this test" for name in ("1-A", "2-A")]
    rows.append(f"B-1,top,{broken},for this test")
    tree.write_sheet(*rows, columns="specimen,view,source,shared_source")
    run = tree.snakemake(*PROFILE, "--group-components", "stacks=2", "--", "ledgers")
    assert run.returncode == 1
    assert "B-1 top: ledger: error: " in run.stderr, run.stderr
    assert "pcb_003.jpg: truncated or damaged JPEG" in run.stderr
    for name in ("1-A", "2-A"):
        assert (tree.stack(name) / "frames.csv").is_file(), run.stderr
    jobs = sorted(tree.folder.glob(".snakemake/batch/by-number/*"))
    assert [job.name for job in jobs] == ["1.server", "2.server"]
    assert sorted(Path(job, "ended").read_text() for job in jobs) == ["0\n", "1\n"]
