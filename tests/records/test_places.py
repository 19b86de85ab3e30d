"""Where a step may write: never among raws, never into the archive, never over what it reads."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from records.errors import RecordError
from records.files import refuse_outputs, refuse_protected, replacing


@pytest.fixture()
def stack(tmp_path: Path) -> Path:
    folder = tmp_path / "specimens" / "A-1" / "top"
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "1.dng").write_bytes(b"exposure")
    (folder / "frames.csv").write_text("")
    return folder


@pytest.mark.parametrize("name", ["raw", "raw/1.dng", "raw/new.tif", "raw/deeper/new.tif"])
def test_nothing_is_written_into_the_raw_folder_of_any_stack(stack, name):
    with pytest.raises(RecordError, match="raws lie in"), replacing(stack / name):
        pass
    assert (stack / "raw" / "1.dng").read_bytes() == b"exposure"


def test_nor_by_way_of_a_link(stack, tmp_path):
    (tmp_path / "results").symlink_to(stack / "raw")
    with pytest.raises(RecordError, match="raws lie in"):
        refuse_protected(tmp_path / "results" / "1.dng")


def test_a_folder_named_raw_that_is_no_stacks_is_free(tmp_path):
    with replacing(tmp_path / "raw" / "collection" / "table.csv") as partial:
        partial.write_text("a,b\n")
    assert (tmp_path / "raw" / "collection" / "table.csv").read_text() == "a,b\n"


@pytest.mark.parametrize("declaration", ["0=ocfl_1.1", "0=ocfl_object_1.1"])
def test_nothing_is_written_into_the_archive(tmp_path, declaration):
    (tmp_path / "archive" / "a" / "b").mkdir(parents=True)
    (tmp_path / "archive" / "a" / declaration).write_text("")
    with pytest.raises(RecordError, match="is in the archive"):
        refuse_protected(tmp_path / "archive" / "a" / "b" / "inventory.json")


def options(**values: object) -> argparse.Namespace:
    return argparse.Namespace(**values)


def test_an_output_that_is_an_input_is_refused_however_it_is_written(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    one, same = tmp_path / "a.json", tmp_path / "link" / "a.json"
    with pytest.raises(RecordError, match=r"--out .*: is what --made-from reads"):
        refuse_outputs(options(made_from=[one], out=same), "out")


def test_two_outputs_are_two_places(tmp_path):
    with pytest.raises(RecordError, match=r"is --fused too; name two places"):
        refuse_outputs(options(fused=tmp_path / "a", depth=tmp_path / "a"), "fused", "depth")


def test_nothing_is_written_into_a_folder_that_frames_are_read_from(tmp_path):
    for name in ("raw", "source"):
        with pytest.raises(RecordError, match="in a folder that frames are read from"):
            refuse_outputs(options(**{name: tmp_path}, out=tmp_path / "x" / "out.json"), "out")


def test_outputs_of_their_own_are_accepted(tmp_path):
    refuse_outputs(options(raw=tmp_path / "raw", out=tmp_path / "out.json", log=None), "out", "log")
