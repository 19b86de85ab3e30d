"""The table of sessions is read whole, or refused with every fault and its row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from records.errors import RecordError
from records.targets.sessions import Session, read_sessions


def test_a_row_needs_no_more_than_three_cells(tmp_path):
    table = tmp_path / "targets.csv"
    table.write_text("session,shot,target\n2026-03,shots/a.nef,ColorChecker24\n")
    assert read_sessions(table) == [Session("2026-03", Path("shots/a.nef"), "colorchecker24")]


def test_all_that_a_row_may_say(tmp_path):
    table = tmp_path / "targets.csv"
    table.write_text(
        "session;shot;target;reference;corners;edge;width_mm;target_date\n"
        "s-1;a.tif;own;own.csv;1,2 30.5,2 30,20 1,20;5,6,70,80;215.9;2025-03\n"
    )
    assert read_sessions(table) == [
        Session(
            "s-1",
            Path("a.tif"),
            "own",
            Path("own.csv"),
            ((1, 2), (30.5, 2), (30, 20), (1, 20)),
            (5, 6, 70, 80),
            215.9,
            date(2025, 3, 1),
        )
    ]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("a,,cc,,,,,", "row 2: shot is empty"),
        ("a/b,x,cc,,,,,", "must be letters"),
        ('a,x,cc,,"1,2 3",,,', "corners is .* must be x,y x,y x,y x,y in px"),
        ('a,x,cc,,,"1,2,3",,', "edge is .* must be x,y,width,height"),
        ("a,x,cc,,,,wide,", "width_mm is 'wide'"),
        ("a,x,cc,,,,0,", "width_mm is '0'"),
        ("a,x,cc,,,,,2025-13", "target_date is '2025-13'.*2025-03"),
    ],
)
def test_a_cell_that_is_none_is_named_with_its_row(tmp_path, row, wrong):
    table = tmp_path / "targets.csv"
    columns = "session,shot,target,reference,corners,edge,width_mm,target_date"
    table.write_text(f"{columns}\n{row}\nb,,cc,,,,,\n")
    with pytest.raises(RecordError, match=wrong) as refused:
        read_sessions(table)
    assert "row 3: shot is empty" in str(refused.value)


def test_a_session_stands_once_and_a_column_is_known(tmp_path):
    table = tmp_path / "targets.csv"
    table.write_text("session,shot,target,colour\na,x,cc,red\na,y,cc,red\n")
    with pytest.raises(RecordError, match="column 'colour'") as refused:
        read_sessions(table)
    assert "session a is there twice" in str(refused.value)
