"""A file without a record of its own is known by a note beside it."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.files import sha256_file
from records.provenance.noted import note, note_of, noted_by, refuse_unlike_note


@pytest.fixture()
def picture(tmp_path):
    path = tmp_path / "derivatives" / "A-1_top_web.jpg"
    path.parent.mkdir()
    path.write_bytes(b"picture")
    note(path, path, {"A-1_top.tif": "0" * 64})
    return path


def test_a_file_as_noted_passes_and_one_without_a_note_as_well(picture, tmp_path):
    refuse_unlike_note(picture, "derive", {"A-1_top.tif": "0" * 64})
    (tmp_path / "other").write_text("x")
    refuse_unlike_note(tmp_path / "other", "derive")


def test_other_bytes_and_another_source_are_refused_with_what_to_do(picture):
    with pytest.raises(RecordError, match=r"another A-1_top\.tif .* remove .* run again"):
        refuse_unlike_note(picture, "derive", {"A-1_top.tif": "1" * 64})
    picture.write_bytes(b"pictura")
    with pytest.raises(RecordError, match=r"web\.jpg: is not what step derive made"):
        refuse_unlike_note(picture, "derive")


def test_a_note_is_known_by_its_name(picture, tmp_path):
    name = note_of(picture).relative_to(tmp_path).as_posix()
    assert noted_by(name) == "derivatives/A-1_top_web.jpg"
    assert noted_by(note_of(tmp_path / "frames.csv").name) == "frames.csv"
    assert noted_by("derivatives/.other.json") is None
    assert sha256_file(picture) in note_of(picture).read_text()
