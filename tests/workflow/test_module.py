"""Holostack as a module of another workflow, whose folder has nothing of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.imaging.checks.rulers import ruler
from tests.workflow.conftest import ROOT

OUTER = """
configfile: "config/config.yaml"

module holostack:
    snakefile: {snakefile}
    config: config{prefix}

use rule * from holostack{renamed}
"""


def outer(folder: Path, card: Path, *, snakefile: str = "", prefix: str = "", renamed: str = ""):
    """A workflow in a folder of its own that uses this one."""
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text("theirs: 3\nderive: {print: null, web: null}\n")
    (folder / "config" / "specimens.csv").write_text(f"specimen,view,source\nA-1,top,{card}\n")
    (folder / "Snakefile").write_text(
        OUTER.format(
            snakefile=snakefile or repr(str(ROOT / "Snakefile")), prefix=prefix, renamed=renamed
        )
    )


def with_a_ruler(config: Path) -> None:
    """Have the sheet name the picture of a ruler, of as many px as the frames have."""
    picture = np.clip(np.rint(200 * ruler(16.0, 12.0)), 0, 255).astype(np.uint8)
    whole = Image.new("RGB", (512, 384), (60, 60, 60))
    whole.paste(Image.fromarray(picture))
    whole.save(config / "ruler.jpg", quality=95)
    sheet = config / "specimens.csv"
    header, row = sheet.read_text().split()
    more = "scale_frame,scale_division_mm", "config/ruler.jpg,0.5"
    sheet.write_text(f"{header},{more[0]}\n{row},{more[1]}\n")


def snakemake(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_module_plans_the_stacks_of_the_folder_that_uses_it_with_its_settings(tmp_path, frames):
    outer(tmp_path, frames / "jpeg")
    run = snakemake(tmp_path, "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "A-1 top: taking in frames from" in run.stdout + run.stderr
    assert "A-1_top_thumbnail.jpg" in run.stdout + run.stderr
    assert "A-1_top_print.tif" not in run.stdout + run.stderr


def test_a_module_with_a_prefix_and_other_names_makes_a_stack_where_the_prefix_says(
    tmp_path, frames
):
    outer(tmp_path, frames / "jpeg", prefix='\n    prefix: "museum"', renamed=" as holo_*")
    with_a_ruler(tmp_path / "config")
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stderr
    for name in (
        *("archive.json", "archival/A-1_top.tif", "derivatives/A-1_top_thumbnail.jpg"),
        *("stack/qc.json", "raw/pcb_002.jpg"),
    ):
        assert (tmp_path / "museum" / "specimens" / "A-1" / "top" / name).is_file(), name
    assert (tmp_path / "museum" / "logs" / "A-1" / "top" / "fuse.log").is_file()
    # The stack's page, with what it needs to be looked at.
    for name in ("review/A-1/top/index.html", "static/modules.js", "static/stack/page.css"):
        assert (tmp_path / "museum" / "results" / name).is_file(), name
    assert {path.name for path in tmp_path.iterdir()} == {
        *(".snakemake", "Snakefile", "config", "museum")
    }
    # The size of a px is measured, and the ruler's picture archived with the stack.
    stack = tmp_path / "museum" / "specimens" / "A-1" / "top"
    record = json.loads((stack / "archival" / "A-1_top.json").read_text())
    assert record["pixel_size_um"] == pytest.approx(500 / 16, rel=1e-3)
    archive = tmp_path / "museum" / "archive"
    assert [path.name for path in archive.rglob("scale_*")] == [Path(record["scale"]["file"]).name]
    page = json.loads((tmp_path / "museum/results/review/A-1/top/stack.json").read_text())
    assert page["pixel_size_from"] == record["scale"]["file"]
    again = snakemake(tmp_path, "--dry-run")
    assert "holo_master" not in again.stdout + again.stderr
    assert "holo_ledger" not in again.stdout + again.stderr
    run = snakemake(tmp_path, "holo_verify")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "museum" / "results" / "verify.csv").is_file()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="is no clone")
def test_a_module_on_a_hosting_service_is_unpacked_once(tmp_path, frames):
    """Snakemake's clone of it is there already, as after a first run."""
    clones = tmp_path / "cache" / "snakemake/snakemake/source-cache/snakemake-git-cache"
    clone = clones / "github.com" / "museum" / "holostack"
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, clone], check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True
    ).stdout.strip()
    folder = tmp_path / "outer"
    folder.mkdir()
    hosted = f'github("museum/holostack", path="Snakefile", commit="{head}")'
    outer(folder, frames / "jpeg", snakefile=hosted)
    run = snakemake(folder, "--dry-run", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert run.returncode == 0, run.stderr
    assert "A-1 top: taking in frames" in run.stdout + run.stderr
    assert (clone.with_name(f"holostack-{head}") / "scripts" / "fuse.py").is_file()
