"""What is planned is what Snakemake plans by itself, without the short ways of lean_plan.smk."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.workflow.conftest import ROOT
from tests.workflow.shortened import as_of_thousands, changed, workflow

INCLUDED = 'include: "rules/lean_files.smk"\ninclude: "rules/lean_plan.smk"\n'


def test_the_snakemake_that_is_installed_is_the_one_whose_ways_are_shortened():
    (shortened,) = re.findall(
        r'^SHORTENED = "(.+)"', (ROOT / "rules/lean_files.smk").read_text(), re.M
    )
    (pinned,) = re.findall(
        r"^snakemake==(\d+\.\d+)\.", (ROOT / "envs/requirements.txt").read_text(), re.M
    )
    assert shortened == pinned


def test_new_and_changed_stacks_are_planned_as_snakemake_does_by_itself(tree, frames, tmp_path):
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},,3,",
        f"JPEG-1,top,{frames / 'jpeg'},,,2.5",
        f"NEW-1,top,{frames / 'raw'},for this test,,",
        columns="specimen,view,source,shared_source,fuse.power,pixel_size_um",
    )
    (tree.stack("RAW-1") / "stack" / "qc.json").unlink()
    plain = replace(tree, workflow=workflow(tmp_path / "plain"))
    short = replace(tree, workflow=as_of_thousands(tmp_path / "short"))
    changed(plain.workflow / "Snakefile", INCLUDED, "")
    for wanted in ((), ("specimens/RAW-1/top/stack/fused.tif",), ("logs/RAW-1/top/fuse.log",)):
        said = [one.snakemake("--dry-run", "--", *wanted) for one in (short, plain)]
        assert [run.returncode for run in said] == [0, 0], said[0].stderr
        lines = [sorted(run.stdout.splitlines()) for run in said]
        assert lines[0] == lines[1]
        assert any("RAW-1 top: fuse" in line for line in lines[0])
