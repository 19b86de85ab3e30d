"""One source for one stack, however it is written; what became of it since is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.errors import RecordError
from records.ledger.sources import check_sources, what_became_of
from records.record import write_record
from records.sheet.stacks import SheetRow


def check(tmp_path, *sources, **shared):
    stacks = {}
    for k, source in enumerate(sources):
        cells = {"source": str(source)} if source else {}
        if f"row{k + 2}" in shared:
            cells["shared_source"] = shared[f"row{k + 2}"]
        stacks[(f"A-{k + 1}", "top")] = SheetRow(f"A-{k + 1}", "top", k + 2, cells, {})
    return check_sources(Path("sheet.csv"), stacks, Path, tmp_path / "specimens")


@pytest.fixture()
def card(tmp_path):
    (tmp_path / "card" / "labels").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "card")
    return tmp_path / "card"


@pytest.mark.parametrize("same", ["card", "card/", "card/../card", "link", "card/labels/.."])
def test_one_folder_in_two_rows_is_refused_however_it_is_written(tmp_path, card, same):
    with pytest.raises(RecordError) as refused:
        check(tmp_path, card, None, f"{tmp_path}/{same}")
    said = str(refused.value)
    assert said.startswith("sheet.csv, row 4, column source: ")
    assert "is what row 2 (A-1 top) is imported from" in said
    assert "shared_source" in said


def test_of_a_card_that_is_not_there_too(tmp_path):
    with pytest.raises(RecordError, match="row 3, column source"):
        check(tmp_path, tmp_path / "gone", tmp_path / "gone")


def test_a_reason_allows_it(tmp_path, card):
    assert check(tmp_path, card, card, row3="label shots serve both views") == []


def test_every_row_needs_its_reason(tmp_path, card):
    with pytest.raises(RecordError) as refused:
        check(tmp_path, card, card, card, row3="labels")
    assert "row 4" in str(refused.value)
    assert "row 3," not in str(refused.value)


def test_a_source_within_another_is_told(tmp_path, card):
    (warning,) = check(tmp_path, card / "labels", card)
    assert "row 2: its source lies in that of row 3 (A-2 top)" in warning
    assert check(tmp_path, card / "labels", card, row2="labels lie there") == []


def test_raws_of_the_master_folder_are_no_source(tmp_path):
    (tmp_path / "specimens" / "A-9" / "top" / "raw").mkdir(parents=True)
    with pytest.raises(RecordError, match="is in the master folder"):
        check(tmp_path, tmp_path / "specimens" / "A-9" / "top" / "raw")


def test_what_became_of_a_source(tmp_path, card):
    record = tmp_path / "import.json"
    files = [{"file": f"{k}.dng", "sha256": "0" * 64, "bytes": 4} for k in (1, 2)]
    write_record(record, "import", {"source": str(card), "files": files})
    assert what_became_of(tmp_path / "gone", record) == ""
    for k in (1, 2):
        (card / f"{k}.dng").write_bytes(b"four")
    assert what_became_of(card, record) == ""
    (card / "2.dng").write_bytes(b"fives")
    (card / "3.dng").write_bytes(b"four")
    said = what_became_of(card, record)
    assert "1 gone or changed (2.dng), 1 new (3.dng)" in said
    assert "the stack is left as it is" in said


@pytest.mark.parametrize("source", ["/", "/proc", "/dev", "/sys/class", "/proc/self/cwd"])
def test_a_folder_of_the_system_is_no_source(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError, match=r"row 2, column source: .*(of the system|holds)"):
        check(tmp_path, source)


@pytest.mark.parametrize("source", [".", "..", "link"])
def test_a_folder_around_what_is_worked_on_is_no_source(tmp_path, source, monkeypatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(RecordError, match=r"row 2, column source: .* holds .*nothing else"):
        check(tmp_path, source)


def test_a_folder_around_the_master_folder_is_no_source(tmp_path):
    with pytest.raises(RecordError, match=r"holds .*specimens"):
        check(tmp_path, tmp_path)
