"""Entering specimens: rows for their views, checked, each once, whoever else writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from records.errors import RecordError
from records.sheet.entering import enter
from records.sheet.stacks import read_sheet


@pytest.fixture()
def tree(tmp_path, config):
    """A data folder and a workflow with a rig, and how one enters there."""
    data, workflow = tmp_path / "data", tmp_path / "workflow"
    (data / "config").mkdir(parents=True)
    (workflow / "config").mkdir(parents=True)
    (workflow / "config" / "rig.yaml").touch()

    def at(number, *views, pattern=None, rig=None, **cells):
        known = {**config, "catalog_number": {"pattern": pattern}}
        rig = rig or workflow / "config" / "rig.yaml"
        return enter(number, views or ["top"], rig, cells, known, data, workflow)

    at.sheet, at.data, at.workflow, at.config = (
        data / "config/specimens.csv",
        data,
        workflow,
        config,
    )
    return at


def test_a_specimen_gets_a_row_for_each_view_in_their_order(tree):
    entered = tree("USNM 1", "label", "dorsal", start_um="-200")
    assert tree.sheet.read_text() == (
        "catalog_number,view,rig,start_um\n"
        "USNM 1,label,config/rig.yaml,-200\n"
        "USNM 1,dorsal,config/rig.yaml,-200\n"
    )
    assert (entered.specimen, entered.catalog_number) == ("USNM=201", "USNM 1")
    assert [(row.row, row.view) for row in entered.rows] == [(2, "label"), (3, "dorsal")]


def test_a_row_that_is_there_counts(tree):
    tree.sheet.write_text("specimen,view,rig,caption\nA-1,top,mine.yaml,x\n")
    entered = tree("A-1", "top", "side")
    assert entered.added == ("side",)
    assert entered.rows[0].cells["rig"] == "mine.yaml"
    assert tree.sheet.read_text() == (
        "specimen,view,rig,caption\nA-1,top,mine.yaml,x\nA-1,side,config/rig.yaml,\n"
    )
    assert tree("A-1", "top", "side").added == ()


def test_a_row_without_rig_gets_it_unless_it_has_frames(tree):
    tree.sheet.write_text("specimen,view,rig\nA-1,top,\nA-2,top,\n")
    assert tree("A-1").added == ("top",)
    assert tree.sheet.read_text().splitlines()[1] == "A-1,top,config/rig.yaml"
    raw = tree.data / "specimens" / "A-2" / "top" / "raw"
    raw.mkdir(parents=True)
    (raw / "1.dng").touch()
    with pytest.raises(RecordError, match=r"names no rig, and .* holds frames already"):
        tree("A-2")


def test_a_specimen_is_known_by_number_or_folder_and_keeps_both(tree):
    tree.sheet.write_text("specimen,catalog_number,view,rig\nbee-1,B 1,top,r\n")
    assert tree("B 1", "side").specimen == tree("bee-1", "front").specimen == "bee-1"
    assert tree.sheet.read_text().splitlines()[2:] == [
        "bee-1,B 1,side,config/rig.yaml",
        "bee-1,B 1,front,config/rig.yaml",
    ]


def test_a_number_that_is_no_folder_gets_a_column(tree):
    tree.sheet.write_text("specimen,view,rig\nA-1,top,r\n")
    tree("UAM:1")
    tree("A-2")
    assert tree.sheet.read_text() == (
        "specimen,view,rig,catalog_number\nA-1,top,r,\n"
        ",top,config/rig.yaml,UAM:1\n,top,config/rig.yaml,A-2\n"
    )


@pytest.mark.parametrize(
    ("number", "views", "options", "words"),
    [
        (" ", ["top"], {}, "the catalogue number is empty"),
        ("A-3x", ["top"], {"pattern": "A-[0-9]"}, "'A-3x' is not of the form A-[0-9]"),
        ("A-3", ["top"], {"pattern": "A-("}, "which is no regular expression"),
        ("1.2E+10", ["top"], {}, "is a number that a spreadsheet shortened"),
        ("a-1", ["top"], {}, "differs from 'A-1' in row 2 by case alone"),
        ("A-3", ["a/b"], {}, "view is 'a/b', but must be letters"),
        ("A-3", ["top"], {"capton": "x"}, "column 'capton' is unknown; is 'caption' meant?"),
        ("A-3", ["top"], {"start_um": "x"}, "start_um"),
        ("A-3", ["top"], {"source": "x"}, "source: follows from"),
        ("A-1", ["side", "top"], {}, "row 2: A-1 top has the source /card, and is not to be"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(tree, number, views, options, words):
    text = "specimen,view,source\nA-1,top,/card\n"
    tree.sheet.write_text(text)
    with pytest.raises(RecordError) as error:
        tree(number, *views, **options)
    assert words in str(error.value)
    assert "partial" not in str(error.value)
    assert tree.sheet.read_text() == text


def test_a_rig_is_named_as_the_workflow_finds_it(tree, tmp_path):
    def named(number: str, rig) -> str:
        return tree(number, rig=rig).rows[0].cells["rig"]

    shipped, own = tree.workflow / "config" / "rig.yaml", tree.data / "stand-2.yaml"
    elsewhere = tmp_path / "stand-3.yaml"
    own.touch()
    elsewhere.touch()
    assert named("A", shipped) == "config/rig.yaml"
    assert named("B", own) == "stand-2.yaml"
    assert named("C", elsewhere) == str(elsewhere)
    (tree.data / "config" / "rig.yaml").touch()
    assert named("D", shipped) == str(shipped)


def test_the_sheet_of_the_workflow_is_taken_where_the_data_has_stacks_by_it(tree):
    shipped = tree.workflow / "config" / "specimens.csv"
    shipped.write_text("specimen,view\nA-1,top\n")
    (tree.data / "specimens" / "A-9" / "top").mkdir(parents=True)
    tree("A-9")
    assert tree.sheet.exists()
    assert shipped.read_text() == "specimen,view\nA-1,top\n"
    tree.sheet.unlink()
    (tree.data / "specimens" / "A-1" / "top").mkdir(parents=True)
    tree("A-2")
    assert len(shipped.read_text().splitlines()) == 3
    assert not tree.sheet.exists()


def test_benches_side_by_side_lose_no_specimen(tree):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda k: tree(f"A-{k}", "top", "side"), range(24)))
    assert len(read_sheet(tree.sheet, tree.config)) == 48
