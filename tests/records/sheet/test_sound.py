"""Of a large sheet that was found sound, one row is read alone; whatever else, it is read whole."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from records.errors import RecordError
from records.sheet.sound import (
    FROM_ROWS,
    MOST_ALONE,
    NOTE,
    known_sheet,
    note_sound,
    state_of_file,
)
from records.sheet.stacks import read_sheet
from tests.records.sheet.shipped import CONFIG as SHIPPED

CONFIG = yaml.safe_load((SHIPPED / "config.yaml").read_text())

HEADER = "specimen,view,caption,creator,align.reference"
# Cells of several lines, with separators and of letters that take several bytes; an empty row.
ODD = [
    'A-1,top,"one, of\r\nthree ""lines""\nhere",,first',
    ",,,,",
    "A-1,label-1,Käfer,,",
    "A-2,top,,Ida,2",
]
PLAIN = [f"B-{k},top,,," for k in range(FROM_ROWS)]


@pytest.fixture
def sheet(tmp_path) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_text("\r\n".join([HEADER, *PLAIN[:500], *ODD, *PLAIN[500:]]) + "\r\n", newline="")
    return path


def noted(sheet: Path, config=CONFIG, doubts=()) -> None:
    state = state_of_file(sheet)
    note_sound(sheet, config, sheet.parent, read_sheet(sheet, config), doubts, state)


def known(sheet: Path, config=CONFIG, check=lambda stacks: None):
    return known_sheet(sheet, config, sheet.parent, check)


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "sep=,"])
def test_a_row_that_is_read_alone_is_as_when_all_are_read(sheet, form):
    text = sheet.read_bytes().decode()
    lead, encoding = ("sep=,\r\n", "utf-8") if form == "sep=," else ("", form)
    sheet.write_bytes((lead + text).encode(encoding))
    whole = read_sheet(sheet, CONFIG)
    noted(sheet, doubts=["row 7 is odd"])
    found = known(sheet)
    for stack in [("A-1", "top"), ("A-1", "label-1"), ("A-2", "top"), ("B-999", "top")]:
        assert stack in found and found[stack] == whole[stack]
    assert found.looked_at().keys() < whole.keys() and not found.is_whole
    assert len(found) == len(whole) and ("A-9", "top") not in found
    assert found.labels == [("A-1", "label-1")]
    assert found.doubts == ["row 7 is odd"]
    assert list(found) == list(whole) and dict(found) == whole and found.is_whole


def test_all_rows_are_checked_together_when_all_are_read_or_many(sheet):
    noted(sheet)

    def refuse(stacks):
        raise RecordError(f"{len(stacks)} rows")

    found = known(sheet, check=refuse)
    assert found["A-1", "top"].row == 502
    with pytest.raises(RecordError, match=f"{FROM_ROWS + 3} rows"):
        list(found)
    found = known(sheet, check=refuse)
    with pytest.raises(RecordError, match="rows"):
        for k in range(MOST_ALONE + 1):
            assert found[f"B-{k}", "top"]


def test_rows_are_those_that_were_there_when_the_sheet_was_read_first(sheet):
    noted(sheet)
    found = known(sheet)
    sheet.write_text("specimen,view\nC-1,top\n")
    assert found["A-2", "top"].cells["creator"] == "Ida"
    assert len(list(found)) == FROM_ROWS + 3


def test_a_note_of_another_text_configuration_or_program_says_nothing(sheet, monkeypatch):
    noted(sheet)
    config = deepcopy(CONFIG)
    config["fuse"]["radius_px"] += 1
    assert known(sheet, config) is None
    text = sheet.read_bytes()
    sheet.write_bytes(text.replace(b"B-7,", b"B-8,", 1))
    # Two rows of one stack, of the same length as before: seen, since the sheet is read whole.
    assert known(sheet) is None
    sheet.write_bytes(text)
    assert known(sheet) is not None
    monkeypatch.setattr("records.sheet.sound.code_hash", lambda script, room: "another")
    assert known(sheet) is None


@pytest.mark.parametrize(
    "damaged",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: text.replace('"rows": [[', '"rows": [7, ['),
        lambda text: json.dumps({**json.loads(text), "format": 99}),
    ],
)
def test_a_damaged_note_is_as_none(sheet, damaged):
    noted(sheet)
    note = sheet.parent / NOTE
    note.write_text(damaged(note.read_text()))
    assert known(sheet) is None


def test_a_small_sheet_one_with_rigs_and_one_that_is_changed_meanwhile_are_not_noted(sheet):
    before = read_sheet(sheet, CONFIG)
    state = state_of_file(sheet)
    with sheet.open("a") as file:
        file.write("D-1,top,,,\r\n")
    note_sound(sheet, CONFIG, sheet.parent, before, [], state)
    assert not (sheet.parent / NOTE).exists()
    sheet.write_text(sheet.read_text().replace("creator", "rig"))
    noted(sheet)
    assert not (sheet.parent / NOTE).exists()
    sheet.write_text("specimen,view\nA,top\n")
    noted(sheet)
    assert not (sheet.parent / NOTE).exists()
