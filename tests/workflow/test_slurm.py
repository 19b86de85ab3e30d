"""The profile for clusters, on a real Slurm of this machine: a stack is one submission."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest

from tests.workflow.conftest import ROOT, Tree
from tests.workflow.slurm import CORES, NoSlurm, cluster


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


def test_each_stack_is_one_submission_and_its_frames_are_gone_afterwards(slurm, tmp_path, frames):
    tree = Tree(tmp_path)
    # Two views of a specimen whose label both are checked against, and another specimen.
    stacks = [("A-1", "top"), ("A-1", "label"), ("A-2", "top")]
    rows = [f"{name},{view},{frames / 'jpeg'},for this test" for name, view in stacks]
    tree.write_sheet(*rows, columns="specimen,view,source,shared_source")
    without_frames = tmp_path / "without_frames.yaml"
    without_frames.write_text("convert: {keep: false}\n")
    run = tree.snakemake(
        *("--profile", str(ROOT / "profiles" / "slurm"), "--configfile", str(without_frames)),
        *("--cores", str(CORES), "--slurm-init-seconds-before-status-checks", "2"),
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert "3 of 3 stacks are archived" in said
    for stack in (tree.stack(*one) for one in stacks):
        assert len(list((stack / "archival").glob("*[!h].tif"))) == 1
        assert not (stack / "tiff").exists()
    done = subprocess.run(
        ["squeue", "--states=all", "--noheader", "--format=%i %j %T"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [line.split()[-1] for line in done if line.split()[1] != "true"] == ["COMPLETED"] * 3
