"""The stack fused by other methods than its own: made where it is asked for, and only there."""

from __future__ import annotations

import pytest

from imaging.frames.tiff import pixel_digest
from records.record import read_record


def test_a_method_to_compare_is_made_of_archived_stacks_by_its_target_alone(tree):
    own = tree.folder / "config" / "config.yaml"
    # Whether frames stay is no reason to make anything.
    own.write_text("compare: {methods: [holostack, depthmap]}\nconvert: {keep: true}\n")
    assert tree.planned() == set()
    assert tree.planned("methods") == {"method RAW-1", "method JPEG-1"}
    (tree.stack("JPEG-1") / "archive.json").unlink()
    assert tree.planned() == {"method JPEG-1", "archive JPEG-1", "review JPEG-1"}


@pytest.mark.slow
def test_a_column_asks_for_the_methods_of_one_stack(tree, frames):
    tree.write_sheet(
        f"RAW-1,top,{frames / 'raw'},",
        f"JPEG-1,top,{frames / 'jpeg'},[weighted]",
        columns="specimen,view,source,compare.methods",
    )
    assert tree.planned("methods") == {"method JPEG-1"}
    run = tree.snakemake("methods")
    assert run.returncode == 0, run.stdout + run.stderr
    image = tree.stack("JPEG-1") / "stack" / "methods" / "weighted.tif"
    record = read_record(image.with_suffix(".json"), "fuse")
    assert record["method"] == "weighted"
    assert record["pixel_sha256"] == {"fused": pixel_digest(image)}
    assert tree.planned() == tree.planned("methods") == set()
    # Its frames were gone, and were developed for it alone.
    assert not (tree.stack("JPEG-1") / "tiff").exists()
