"""Strokes of a person become part of the master, and of nothing else."""

from __future__ import annotations

import shutil

import pytest

from imaging.frames import tiff
from records.files import read_record
from records.retouching import strokes
from records.retouching.digests import source_digest
from records.retouching.strokes import Brush, Source, Stroke


def paint(stack, frame):
    """Append a stroke from a frame to a stack, near the middle of its fused image."""
    with tiff.open_rows(stack / "stack/fused.tif") as fused:
        rows, columns = fused.extent
    source = Source("frame", frame=frame)
    source = Source("frame", frame=frame, sha256=source_digest(stack, source))
    path = ((columns / 2, rows / 2), (columns / 2 + 30, rows / 2))
    brush = Brush(24.0, 0.5, 1.0)
    one = Stroke("s1", source, "pixels", False, brush, path, "Ada", "2026-11-27T07:00Z", "a halo")
    strokes.append(stack / "retouch/strokes.json", one, (rows, columns))


def test_where_there_is_no_stroke_nothing_is_planned(tree):
    assert tree.planned() == set()
    empty = strokes.Strokes(10, 10)
    strokes.write(tree.stack("RAW-1") / "retouch/strokes.json", empty)
    assert tree.planned() == set()


@pytest.mark.slow
def test_a_stroke_changes_the_master_where_it_was_painted_and_a_rerun_elsewhere_agrees(
    tree, tmp_path
):
    stack = tree.stack("RAW-1")
    record = stack / "archival/RAW-1_top.json"
    before = tiff.read_image(record.with_suffix(".tif"))
    paint(stack, 2)
    run = tree.snakemake(f"specimens/{record.relative_to(tree.folder / 'specimens')}")
    assert run.returncode == 0, run.stdout + run.stderr
    after, told = tiff.read_image(record.with_suffix(".tif")), read_record(record, "master")
    x, y, width, height = told["crop_px"]
    painted = tiff.read_image(stack / "stack/painted.tif")[y : y + height, x : x + width]
    changed = (before != after).any(axis=2)
    assert changed.any() and not changed[painted == 0].any()
    assert "retouched by hand" in told["technique"]
    assert told["retouched"]["people"][0]["person"] == "Ada"
    # All that steps made goes: what is left are raws, sheet and strokes.
    for name in ("stack", "tiff", "archival", "derivatives"):
        shutil.rmtree(stack / name)
    again = tree.snakemake(f"specimens/{record.relative_to(tree.folder / 'specimens')}")
    assert again.returncode == 0, again.stdout + again.stderr
    assert read_record(record, "master")["sha256"] == told["sha256"]
