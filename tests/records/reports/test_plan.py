"""What a dry run says of each stack, and of what will stop it."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.reports.plan import Job, archived_words, mistakes, planned, stack_line
from records.sheet.stacks import SheetRow

RULES = ["import_raws", "ledger", "align", "derive", "archive"]
EVERY_STEP = set(RULES)


@pytest.mark.parametrize(
    ("rule", "wildcards", "reason", "job"),
    [
        ("import_raws", {}, "Missing output files: a.json", ("import", "not made yet")),
        ("derive", {"name": "web"}, "Forced execution", ("derive web", "forced")),
        ("align", {}, "Input files updated by another job: a", ("align", "follows")),
        ("describe", {}, "Missing output files", ("describe", "the sheet describes it otherwise")),
        ("align", {}, "", ("align", "when asked")),
        ("convert", {}, "Missing output files: a/stack/convert.json", ("convert", "not made yet")),
        ("convert", {}, "Missing output files: a/tiff", ("convert", "its frames were temporary")),
    ],
)
def test_a_step_is_called_what_people_call_it_with_its_most_telling_reason(
    rule, wildcards, reason, job
):
    assert planned(rule, wildcards, reason) == Job(rule, *job)


def test_the_steps_of_a_stack_stand_in_their_order_and_a_reason_stands_once():
    jobs = [
        Job("archive", "archive", "follows"),
        Job("derive", "derive web", "not made yet"),
        Job("derive", "derive print", "not made yet"),
        Job("align", "align", "forced"),
    ]
    assert stack_line("A-1 top", jobs, RULES) == (
        "A-1 top: align (forced), derive print (not made yet), derive web, archive"
    )


@pytest.mark.parametrize(
    ("again", "by_others", "starts"),
    [
        (0, 0, []),
        (1, 0, ["1 of these is archived"]),
        (2, 1, ["2 of these are archived", "1 archived stack was made by another program"]),
        (0, 3, ["3 archived stacks were made by another program"]),
    ],
)
def test_archived_stacks_are_counted(again, by_others, starts):
    lines = archived_words(again, by_others)
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts


def row(reference="middle", **cells: str) -> SheetRow:
    return SheetRow("A-1", "top", 2, cells, {"align": {"reference": reference}})


def test_a_source_that_is_not_there_is_told_by_row_and_column(tmp_path):
    lost = tmp_path / "card"
    stack = row(source="card")
    assert mistakes(Path("sheet.csv"), stack, EVERY_STEP, tmp_path, lost, None) == [
        "sheet.csv, row 2, column source: card: no such folder"
    ]
    assert mistakes(Path("sheet.csv"), stack, {"align"}, tmp_path, lost, None) == []


def test_a_step_beside_positions_is_told(tmp_path):
    listed = tmp_path / "positions.csv"
    listed.write_text("file,position_um\na.dng,1\n")
    assert mistakes(Path("s.csv"), row(step_um="5"), EVERY_STEP, tmp_path, None, listed) == [
        f"s.csv, row 2, column positions: {listed} and step_um both say where the frames "
        "are; leave one out"
    ]


@pytest.mark.parametrize(("reference", "count"), [(4, 1), (3, 0)])
def test_a_reference_beyond_the_last_frame_is_told(tmp_path, reference, count):
    (tmp_path / "raw").mkdir()
    for k in range(3):
        (tmp_path / "raw" / f"{k}.dng").touch()
    told = mistakes(Path("s.csv"), row(reference), EVERY_STEP, tmp_path, None, None)
    assert told == [
        "s.csv, row 2: align.reference is 4, but the stack has 3 frames at most"
        for _ in [1][:count]
    ]
