"""Fusion by another program: where its frames lie meanwhile."""

from __future__ import annotations

import pytest

from imaging.fusion import external


@pytest.mark.parametrize("scheduler", ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"])
def test_on_a_node_of_a_cluster_scratch_is_the_jobs_own(tmp_path, monkeypatch, scheduler):
    for name in external.OF_A_JOB:
        monkeypatch.delenv(name, raising=False)
    out, node = tmp_path / "shared" / "fused.tif", tmp_path / "node"
    node.mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(node))
    assert external.scratch(out) == out.parent
    monkeypatch.setenv(scheduler, "81")
    assert external.scratch(out) == node
    monkeypatch.delenv("TMPDIR")
    assert external.scratch(out) == out.parent
