"""Which way a rig's focus moves is known before heights are asked for, or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.errors import RecordError
from records.sheet.rigs import check_rigs, moved_by, rises
from records.sheet.stacks import SheetRow

HEIGHT = {"web": {"format": "jpeg"}, "up": {"format": "height"}}


def check(tmp_path, rail, derive, **cells):
    (tmp_path / "rig.yaml").write_text(f"rail: {rail}\n")
    row = SheetRow("A", "top", 4, {"rig": "rig.yaml", **cells}, {"derive": derive})
    check_rigs(Path("sheet.csv"), {("A", "top"): row}, lambda text: tmp_path / text)


def test_a_row_whose_rig_does_not_say_is_refused_with_what_lacks_and_what_may_be_done(tmp_path):
    with pytest.raises(RecordError) as refused:
        check(tmp_path, "{kind: grbl}", HEIGHT)
    assert str(refused.value) == (
        f"sheet.csv, row 4, column direction: is empty, and {tmp_path}/rig.yaml has no rail.rises, "
        "but derive.up is of format height; fill in one of them, or leave the derivative out of "
        "this row by null in a column derive.up"
    )


@pytest.mark.parametrize(
    ("rail", "derive", "cells"),
    [
        ("{rises: toward}", HEIGHT, {}),
        ("{kind: grbl}", HEIGHT, {"direction": "away"}),
        ("{kind: grbl}", HEIGHT | {"up": None}, {}),
        ("{kind: grbl}", {"up": {"format": "glb", "made": "asked"}}, {}),
    ],
)
def test_what_is_known_or_not_made_is_not_missed(tmp_path, rail, derive, cells):
    check(tmp_path, rail, derive, **cells)


@pytest.mark.parametrize(
    ("kind", "by"), [("focus_motor", "lens"), ("hand", "lens"), ("grbl", "rail")]
)
def test_a_rail_moves_the_camera_where_a_motor_or_a_person_may_move_the_lens(tmp_path, kind, by):
    (tmp_path / "rig.yaml").write_text(f"rail: {{kind: {kind}}}\n")
    assert moved_by(tmp_path / "rig.yaml") == by


def test_a_rig_that_is_not_there_says_nothing(tmp_path):
    assert rises(tmp_path / "none.yaml") is None
    assert moved_by(tmp_path / "none.yaml") is None
