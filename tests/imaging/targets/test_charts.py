"""Charts that are known, and those whose reference a person gives."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.targets.charts import KNOWN, chart


@pytest.mark.parametrize(
    ("name", "rows", "columns"), [("colorchecker24", 4, 6), ("colorcheckersg", 10, 14)]
)
def test_a_known_chart_has_every_patch_in_its_place(name, rows, columns):
    known = chart(name)
    assert (known.rows, known.columns, len(known.patches)) == (rows, columns, rows * columns)
    assert known.patches[columns] == "A2"
    assert known.centres()[1] - known.centres()[0] == pytest.approx([1, 0])
    assert known.centres()[columns] - known.centres()[0] == pytest.approx([0, 1])


def test_the_greys_of_a_colorchecker_are_its_last_row():
    known = chart("colorchecker24")
    names = [name for name, grey in zip(known.patches, known.neutral, strict=True) if grey]
    assert names == ["A4", "B4", "C4", "D4", "E4", "F4"]


def test_editions_differ_by_what_their_maker_says():
    now, before = chart("colorchecker24"), chart("colorchecker24-2005")
    assert now.lab[now.patches.index("A1")].tolist() == [37.54, 14.37, 14.92]
    assert before.lab[before.patches.index("A1")].tolist() == [37.986, 13.555, 14.059]
    assert np.abs(now.lab - before.lab).max() < 4.0


def test_a_border_of_an_sg_is_white_grey_and_black():
    known = chart("colorcheckersg")
    edge = [lab[0] for name, lab in zip(known.patches, known.lab, strict=True) if name[0] in "AN"]
    assert set(np.round(edge, -1)) == {100.0, 50.0, 10.0}


def test_a_reference_of_its_own_makes_a_chart_of_any_grid(tmp_path):
    own = tmp_path / "golden.csv"
    own.write_text("# measured 2026-03-01\npatch,L,a,b\nA1,97,0,1\nB1,50,0,0\nd1,10,0.5,0\n")
    known = chart("golden-thread", own)
    assert (known.rows, known.columns, known.patches) == (1, 4, ("A1", "B1", "D1"))
    assert known.lab[1].tolist() == [50, 0, 0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("patch,L,a\nA1,1,2\n", "has the columns patch, L, a, b"),
        ("patch,L,a,b\nA1,1,2,x\n", "patch A1 has no L"),
        ("patch,L,a,b\nA1,101,2,0\n", "patch A1 has no L"),
        ("patch,L,a,b\nA1,1,2,3\nA1,1,2,3\n", "each once"),
        ("patch,L,a,b\n7,1,2,3\n", "named by column and row"),
        ("patch,L,a,b\n", "has no patch"),
    ],
)
def test_a_reference_that_says_too_little_is_refused(tmp_path, text, wrong):
    own = tmp_path / "own.csv"
    own.write_text(text)
    with pytest.raises(ImagingError, match=wrong):
        chart("own", own)


def test_a_reference_of_another_chart_is_refused(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("patch,L,a,b\nA1,97,0,1\n")
    with pytest.raises(ImagingError, match="other patches than colorchecker24, A2 first"):
        chart("colorchecker24", own)


def test_a_chart_that_nobody_knows_needs_a_reference():
    with pytest.raises(ImagingError, match=f"no reference values of nano.*{KNOWN[0]}"):
        chart("nano")
