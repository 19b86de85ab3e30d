"""The words that describe specimen and picture, of which the newest hold."""

import argparse

import pytest

from records.metadata.description import add_words, described, digest, newest, sidecar

RECORD = {
    "specimen": "A-1",
    "view": "top",
    "metadata": {"creator": "Camera", "caption": "old"},
    "metadata_of_camera": ["creator"],
}


def test_words_are_pairs_of_a_known_key_and_a_text():
    parser = argparse.ArgumentParser()
    add_words(parser)
    options = parser.parse_args(["--metadata", "caption=a = b", "--metadata", "sex="])
    assert options.metadata == [("caption", "a = b"), ("sex", "")]
    with pytest.raises(SystemExit):
        parser.parse_args(["--metadata", "colour=red"])


def test_the_rows_words_hold_and_the_cameras_where_it_is_silent():
    assert newest(RECORD, {}) == {"creator": "Camera", "caption": "old"}
    assert newest(RECORD, {"sex": "f", "view": "top"}) == {"creator": "Camera", "sex": "f"}
    assert newest(RECORD, {"creator": "Ann"}) == {"creator": "Ann"}


def test_only_describing_cells_that_are_filled_count():
    row = {"view": "top", "caption": "x", "sex": ""}
    assert described(row) == {"caption": "x"}
    assert digest(row) == digest({"caption": "x"}) != digest({"caption": "y"})


def test_a_sidecar_is_written_only_where_the_packet_in_the_file_says_otherwise():
    assert sidecar(RECORD, {"caption": "old"}) is None
    assert b"new" in (sidecar(RECORD, {"caption": "new"}) or b"")
