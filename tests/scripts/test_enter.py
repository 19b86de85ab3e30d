"""The command that enters a specimen at the copy stand."""

from __future__ import annotations

import pytest

import enter
from records.errors import RecordError


def test_rows_are_written_and_those_that_are_there_told(tmp_path, capsys):
    rig = tmp_path / "rig.yaml"
    rig.touch()
    command = ["A-1", "label", "--rig", str(rig), "--directory", str(tmp_path)]
    enter.main(command)
    enter.main([*command, "--set", "step_um=20"])
    enter.main(["A-1", "dorsal", *command[2:], "--set", "step_um=20"])
    sheet = tmp_path / "config" / "specimens.csv"
    assert sheet.read_text() == (
        "catalog_number,view,rig,step_um\nA-1,label,rig.yaml,\nA-1,dorsal,rig.yaml,20\n"
    )
    assert capsys.readouterr().err.splitlines() == [
        f"{sheet}, row 2: A-1 label",
        f"{sheet}, row 2: A-1 label was there already",
        f"{sheet}, row 3: A-1 dorsal",
    ]


def test_a_cell_without_a_value_is_told():
    with pytest.raises(RecordError, match="--set caption: must be COLUMN=VALUE"):
        enter.main(["A-1", "top", "--set", "caption"])


def test_the_rig_is_that_of_the_data_else_the_one_that_ships(tmp_path):
    command = ["top", "--directory", str(tmp_path)]
    enter.main(["A-1", *command])
    (tmp_path / "config" / "rig.yaml").touch()
    enter.main(["A-2", *command])
    assert (tmp_path / "config" / "specimens.csv").read_text().splitlines()[1:] == [
        "A-1,top,config/rig.yaml",
        "A-2,top,config/rig.yaml",
    ]
