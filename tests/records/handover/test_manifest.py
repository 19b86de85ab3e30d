"""A later hand-over tells what is new, changed and gone, by the hashes of the first."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from records.handover.manifest import COLUMNS, changes, kept, read_manifest


def row(name: str, sha256: str = "1", **told: str) -> dict[str, str]:
    stack, _, _ = name.rpartition("/")
    known = {"identifier": name, "related_resource": stack, "hash_value": sha256, **told}
    return {column: known.get(column, "") for column in COLUMNS}


def test_what_is_as_before_is_not_told():
    assert changes([row("A/top/a.tif")], [row("A/top/a.tif")]) == []


def test_new_changed_and_gone_are_told_by_identifier_with_both_hashes():
    before = [row("A/top/a.tif", "1"), row("A/top/b.jpg", "2"), row("B/top/a.tif", "3", rights="x")]
    now = [row("A/top/a.tif", "9"), row("B/top/a.tif", "3", rights="CC0"), row("C/top/a.tif", "4")]
    found = changes(before, now)
    told = ("change", "stack", "what", "hash_value", "hash_value_before")
    assert [tuple(one[name] for name in told) for one in found] == [
        ("changed", "A/top", "hash_value", "9", "1"),
        ("gone", "A/top", "", "", "2"),
        ("changed", "B/top", "rights", "3", "3"),
        ("new", "C/top", "", "4", ""),
    ]


def test_a_column_that_the_manifest_of_then_did_not_have_is_no_change():
    before = {key: text for key, text in row("A/top/a.tif").items() if key != "width_px"}
    assert changes([before], [row("A/top/a.tif", width_px="96")]) == []


def test_objects_that_were_not_asked_for_or_cannot_be_read_are_not_gone():
    before = [row("A/top/a.tif"), row("B/top/a.tif")]
    assert kept(before, {"A/top"}, is_whole=False) == [before[1]]
    assert kept(before, {"A/top"}, is_whole=True) == [before[0]]
    assert kept(before, (), is_whole=True) == []


@pytest.mark.parametrize("text", ["identifier\nA\n", "a,b\n1,2\n"])
def test_a_table_that_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(RecordError, match="line 2: no manifest of a hand-over"):
        read_manifest(tmp_path / "m.csv")


def test_a_manifest_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RecordError, match="cannot be read as a manifest"):
        read_manifest(tmp_path / "gone.csv")
