"""Records say what they are and in which format; those of older programs stay readable."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.files import KINDS, parse_record, read_record, record_text, write_record


def test_a_record_says_what_it_is_before_all_else(tmp_path):
    path = tmp_path / "stack" / "convert.json"
    write_record(path, "convert", {"width_px": 7})
    assert path.read_text() == '{\n  "record_format": "holostack-convert/1",\n  "width_px": 7\n}\n'
    assert read_record(path, "convert") == {"width_px": 7}


def test_a_record_made_before_formats_had_numbers_is_read(tmp_path):
    path = tmp_path / "transforms.json"
    path.write_text(json.dumps({"reference": 4, "frames": []}))
    assert read_record(path, "transforms") == {"warnings": [], "reference": 4, "frames": []}


def test_a_record_of_a_newer_program_is_refused_by_what_to_do(tmp_path):
    path = tmp_path / "fuse.json"
    path.write_text('{"record_format": "holostack-fuse/2"}')
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


def test_a_missing_record_names_the_way_out(tmp_path):
    with pytest.raises(RecordError, match=r"qc\.json: missing; run the step that makes it"):
        read_record(tmp_path / "qc.json", "qc")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.text(), JSON, max_size=4))
def test_what_is_written_is_what_is_read(kind, content):
    content.pop("record_format", None)
    assert parse_record(record_text(kind, content).encode(), kind, "here") == content


@given(st.binary(max_size=60))
def test_whatever_the_bytes_are_the_reason_is_a_sentence(raw):
    try:
        assert isinstance(parse_record(raw, "master", "here"), dict)
    except RecordError as error:
        assert str(error).startswith("here: ")
