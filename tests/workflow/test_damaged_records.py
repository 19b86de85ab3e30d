"""A damaged record holds its own stack, with the reason; the others are planned."""

from __future__ import annotations

import os

from records.layout import MAPS
from tests.workflow.conftest import Tree

DAMAGED = {
    "A-1": ("archive.json", os.mkfifo),
    "B-2": ("archive.json", lambda path: path.write_text('{"object": 5}')),
    "C-3": ("archive.json", lambda path: path.write_text("{")),
    "D-4": ("frames.csv", os.mkdir),
    "E-5": ("settings.json", lambda path: path.write_text('{"derive": [1]}')),
    "F-6": ("sheet.json", lambda path: path.write_bytes(b"\xff")),
}
# What is only noted to be quick is made anew.
NOTES = {
    "G-7": (".raws.json", os.mkfifo),
    "H-8": (".raws.json", lambda path: path.write_text('{"1.jpg": "x"}')),
    "I-9": (".seen.json", lambda path: path.write_text("[3]")),
}


def test_a_stack_with_a_damaged_record_is_held_and_the_others_are_planned(tmp_path):
    tree = Tree(tmp_path)
    tree.write_sheet(
        *(f"{name},top" for name in (*DAMAGED, *NOTES, "J-0")), columns="specimen,view"
    )
    for name in (*DAMAGED, *NOTES, "J-0"):
        (tree.stack(name) / "raw").mkdir(parents=True)
        (tree.stack(name) / "raw" / "1.jpg").write_text(name)
    for name, (file, damage) in (DAMAGED | NOTES).items():
        damage(tree.stack(name) / file)
    run = tree.snakemake("--dry-run")
    assert run.returncode == 0, run.stderr
    for name, (file, _) in DAMAGED.items():
        (line,) = (line for line in run.stderr.splitlines() if line.startswith(f"{name} top: "))
        assert line.startswith(f"{name} top: stopped: ")
        assert file in line and "run again" in line
        assert f"{name} top: stopped, see above" in run.stdout
    for name in (*NOTES, "J-0"):
        assert f"{name} top: ledger (not made yet), convert" in run.stdout


def test_a_record_of_a_step_that_stopped_is_made_anew_though_there_is_a_master(tree):
    """Snakemake removes what a step that stopped was to make, and asks for it no more by itself."""
    (tree.folder / "config" / "config.yaml").write_text("fuse: {power: 3}\n")
    for name in ("fuse.json", *(f"{one}.tif" for one in MAPS)):
        (tree.stack("RAW-1") / "stack" / name).unlink()
    assert tree.planned() >= {"fuse RAW-1", "master RAW-1", "archive RAW-1"}
