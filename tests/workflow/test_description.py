"""A name corrected in the sheet reaches the archive, and stores no pixel again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests import judges
from tests.workflow.conftest import ROOT, Tree

COLUMNS = "specimen,view,source,scientific_name"


def named(tree: Tree, frames: Path, name: str) -> None:
    tree.write_sheet(
        *(f"{one}-1,top,{frames / one.lower()},{name}" for one in ("RAW", "JPEG")), columns=COLUMNS
    )


def object_of(tree: Tree, specimen: str) -> tuple[Path, dict]:
    receipt = json.loads((tree.stack(specimen) / "archive.json").read_text())
    folder = tree.folder / "archive" / receipt["path"]
    inventory = json.loads((folder / "inventory.json").read_text())
    assert receipt["version"] == inventory["head"]
    return folder, inventory


def command(tree: Tree, script: str, specimen: str, *words: object) -> None:
    asked = ["--archive", "archive", "--specimen", specimen, "--view", "top", *map(str, words)]
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *asked],
        cwd=tree.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def nothing_to_do(tree: Tree) -> bool:
    run = tree.snakemake()
    said = run.stdout + run.stderr
    assert "Nothing to be done" in said, said
    return True


def test_a_corrected_name_reaches_reduced_and_other_stacks_without_a_pixel(tree, frames):
    command(tree, "reduce.py", "JPEG-1", "--stack", tree.stack("JPEG-1"))
    named(tree, frames, "Apis mellifera")
    assert tree.planned() == {"describe RAW-1", "describe JPEG-1"}
    run = tree.snakemake()
    assert run.returncode == 0, run.stdout + run.stderr
    for specimen in ("RAW-1", "JPEG-1"):
        folder, inventory = object_of(tree, specimen)
        assert inventory["head"] == "v2"
        message = inventory["versions"]["v2"]["message"]
        assert message == ("Description corrected; sheet: scientific_name nothing → Apis mellifera")
        new = {path.suffix for path in (folder / "v2" / "content").rglob("*") if path.is_file()}
        assert new == {".json", ".xmp", ".html"}
    assert judges.ocfl_root(tree.folder / "archive") == ""
    assert nothing_to_do(tree)
    assert not list(tree.stack("JPEG-1").glob("raw"))
    command(tree, "restore.py", "JPEG-1", "--stack", tree.stack("JPEG-1"))
    assert nothing_to_do(tree)
    assert tree.snakemake("verify").returncode == 0
    # Twice, and on what was restored.
    named(tree, frames, "Apis cerana")
    assert tree.planned() == {"describe RAW-1", "describe JPEG-1"}
    assert tree.snakemake().returncode == 0
    assert object_of(tree, "JPEG-1")[1]["head"] == "v3"
    assert nothing_to_do(tree)


def test_after_reprocessing_there_is_nothing_to_be_done_but_the_page(tree):
    reason = ("--reason", "Flatter", "--set", "fuse.power=1", "--report", "results/report.json")
    command(tree, "reprocess.py", "RAW-1", *reason)
    folder, inventory = object_of(tree, "RAW-1")
    assert inventory["head"] == "v2"
    state = inventory["versions"]["v2"]["state"]
    master = (tree.stack("RAW-1") / "archival/RAW-1_top.json").read_bytes()
    (digest,) = (one for one, paths in state.items() if "archival/RAW-1_top.json" in paths)
    assert (folder / inventory["manifest"][digest][0]).read_bytes() == master
    # Its page shows the new version.
    assert tree.planned() == {"review RAW-1"}
    assert tree.snakemake().returncode == 0
    assert nothing_to_do(tree)
    assert tree.snakemake("verify").returncode == 0
