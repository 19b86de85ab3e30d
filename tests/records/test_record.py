"""Records say what they are; those of older programs stay readable."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.program import VERSION
from records.record import (
    CARRIED,
    FORMAT,
    KINDS,
    parse_record,
    read_record,
    record_text,
    write_record,
)
from records.shapes import SHAPES
from records.text import cleaned
from tests.records.whole import aligned


def test_a_record_says_what_it_is_before_all_else(tmp_path):
    path = tmp_path / "stack" / "convert.json"
    write_record(path, "capture", {"width_px": 7})
    written = json.loads(path.read_text())
    assert len(written.pop("record_sha256")) == 64
    assert list(written.items()) == [
        ("record_format", "holostack-capture/1"),
        ("program", f"Holostack {VERSION}"),
        ("width_px", 7),
    ]
    assert read_record(path, "capture") == {"width_px": 7}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - CARRIED - SHAPES.keys()))
def test_a_record_in_which_one_letter_was_changed_is_refused(tmp_path, kind):
    path = tmp_path / "record.json"
    content = {"file": "a.tif", "width_px": 7, "ratio": 0.1, "rows": [{"é": None}, [1e-7, "ß"]]}
    write_record(path, kind, content)
    assert read_record(path, kind) == content
    whole = path.read_text()
    for was, now in (("a.tif", "b.tif"), (": 7", ": 8"), ("0.1", "0.2"), ("null", "true")):
        path.write_text(whole.replace(was, now))
        with pytest.raises(RecordError, match=r"record\.json: was changed .* remove it and run"):
            read_record(path, kind)


def test_a_record_of_before_has_no_digest_and_is_read():
    assert parse_record(b'{"record_format": "holostack-qc/1", "a": 1}', "qc", "here") == {"a": 1}


def test_what_is_carried_along_has_no_keys_but_its_own(tmp_path):
    path = tmp_path / "sheet.json"
    write_record(path, "sheet", {"program": "a cell"})
    assert json.loads(path.read_text())["program"] == "a cell"
    assert read_record(path, "sheet") == {"program": "a cell"}


def test_a_record_made_before_formats_had_numbers_is_read(tmp_path):
    path = tmp_path / "transforms.json"
    content = aligned(["1.dng"])
    path.write_text(json.dumps({key: one for key, one in content.items() if key != "warnings"}))
    assert read_record(path, "transforms") == content


def test_a_record_of_a_newer_program_is_refused_by_what_to_do(tmp_path):
    path = tmp_path / "fuse.json"
    path.write_text('{"record_format": "holostack-fuse/3"}')
    with pytest.raises(RecordError, match=r"fuse\.json: was written by a newer Holostack .*later"):
        read_record(path, "fuse")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is damaged, no JSON"),
        (b'{"a": 1', "is damaged, no JSON"),
        (b"\xff\xfe", "is damaged, no JSON"),
        (b"[" * 100_000, "is damaged, no JSON"),
        (b"[1]", "is no record of the fusion"),
        (b'{"record_format": "holostack-convert/1"}', "says of itself 'holostack-convert/1'"),
        (b'{"record_format": "other/1"}', "says of itself"),
        (b'{"record_format": "holostack-fuse/one"}', "says of itself"),
        (b'{"record_format": 1}', "says of itself"),
    ],
)
def test_what_is_no_such_record_is_told_by_name(content, reason):
    with pytest.raises(RecordError, match=f"here: .*{reason}"):
        parse_record(content, "fuse", "here")


def test_settings_with_half_a_character_could_not_be_archived_again_and_are_refused():
    with pytest.raises(RecordError, match=r"here: .*half a character"):
        parse_record(rb'{"fuse": {"a": ["\ud800"]}}', "settings", "here")


def test_a_missing_record_names_the_way_out(tmp_path):
    with pytest.raises(RecordError, match=r"qc\.json: missing; run the step that makes it"):
        read_record(tmp_path / "qc.json", "qc")


def is_name(text):
    return cleaned(text) not in ("", ".", "..") and "/" not in text


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT, TEXT, max_size=4))
def test_a_row_of_the_sheet_is_read_as_it_was_written(row):
    row = {name: text for name, text in row.items() if name != FORMAT}
    assert parse_record(record_text("sheet", row).encode(), "sheet", "here") == row


@given(st.lists(TEXT.filter(is_name), max_size=4))
def test_texts_of_other_records_are_clean_when_they_are_read(names):
    read = parse_record(record_text("made", {"files": names}).encode(), "made", "here")
    assert read == {"files": list(map(cleaned, names))}


@given(st.binary(max_size=60))
def test_whatever_the_bytes_are_the_reason_is_a_sentence(raw):
    try:
        assert isinstance(parse_record(raw, "master", "here"), dict)
    except RecordError as error:
        assert str(error).startswith("here: ")
