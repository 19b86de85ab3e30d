"""A step's own folder: only what a run recorded having made is replaced or removed."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.provenance.made import MADE, made_in, own_folder, remove_made


def make(folder, *names):
    strangers = own_folder(folder, names)
    for name in names:
        (folder / name).write_text("made")
    return strangers


def test_what_an_earlier_run_made_and_this_one_does_not_is_removed(tmp_path):
    folder = tmp_path / "tiff"
    make(folder, "1.tif", "2.tif")
    make(folder, "1.tif")
    assert sorted(path.name for path in folder.iterdir()) == [MADE, "1.tif"]
    assert made_in(folder) == ["1.tif"]


def test_a_folder_with_files_that_nobody_recorded_is_refused_untouched(tmp_path):
    for name in ("1.dng", "2.dng"):
        (tmp_path / name).write_text("a person's")
    with pytest.raises(RecordError, match=r"holds 1.dng and 1 more, which no run of this step"):
        own_folder(tmp_path, ["3.tif"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.dng", "2.dng"]


def test_a_persons_file_in_the_folder_stays_and_is_named(tmp_path):
    make(tmp_path, "1.tif")
    (tmp_path / "notes.txt").write_text("a person's")
    assert make(tmp_path, "2.tif") == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "a person's"


def test_a_persons_file_under_a_name_that_is_to_be_made_is_not_replaced(tmp_path):
    make(tmp_path, "1.tif")
    (tmp_path / "2.tif").write_text("a person's")
    with pytest.raises(RecordError, match=r"holds 2.tif, which no run of this step recorded"):
        own_folder(tmp_path, ["1.tif", "2.tif"])
    assert (tmp_path / "2.tif").read_text() == "a person's"


def test_after_a_kill_what_was_about_to_be_made_is_known(tmp_path):
    own_folder(tmp_path, ["1.tif", "2.tif"])
    (tmp_path / "1.tif").write_text("made before the kill")
    assert own_folder(tmp_path, ["2.tif"]) == []
    assert [path.name for path in tmp_path.iterdir()] == [MADE]


def test_a_list_that_names_other_folders_removes_nothing_there(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "1.dng").write_text("exposure")
    (tmp_path / "tiff").mkdir()
    (tmp_path / "tiff" / MADE).write_text('{"files": ["../raw/1.dng"]}')
    with pytest.raises(RecordError, match="is no whole list of what a step made"):
        own_folder(tmp_path / "tiff", ["1.tif"])
    assert (tmp_path / "raw" / "1.dng").exists()


def test_what_a_step_made_is_removed_and_what_it_did_not_stays(tmp_path):
    for folder, more in ((tmp_path / "own", []), (tmp_path / "shared", ["notes.txt"])):
        make(folder, "1.tif", "2.tif")
        for name in more:
            (folder / name).write_text("a person's")
        remove_made(folder)
    assert not (tmp_path / "own").exists()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["notes.txt"]
