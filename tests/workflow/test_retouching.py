"""Where nobody painted, nothing is other than without retouching."""

from __future__ import annotations

from records.retouching import strokes


def test_where_there_is_no_stroke_nothing_is_planned(tree):
    assert tree.planned() == set()
    empty = strokes.Strokes(10, 10)
    strokes.write(tree.stack("RAW-1") / "retouch/strokes.json", empty)
    assert tree.planned() == set()
