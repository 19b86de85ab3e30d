"""Who may paint: one page at a time."""

from __future__ import annotations

import pytest

from records.errors import RecordError
from web.retouching.pen import SILENT_S, Pen


def test_the_second_page_only_looks_until_the_first_ends_or_is_silent(tmp_path) -> None:
    clock = [0.0]
    pen = Pen(tmp_path, lambda: clock[0])
    assert pen.is_with("one")
    assert not pen.is_with("two")
    clock[0] = SILENT_S - 1
    assert pen.is_with("one")
    clock[0] += SILENT_S - 1
    assert not pen.is_with("two")
    clock[0] += 2
    assert pen.is_with("two")
    assert not pen.is_with("one")
    pen.put_down("two")
    assert pen.is_with("one")


def test_a_person_takes_the_pen_over(tmp_path) -> None:
    pen = Pen(tmp_path)
    assert pen.is_with("one")
    assert pen.is_with("two", take=True)
    assert not pen.is_with("one")


def test_another_process_is_kept_out_and_named(tmp_path) -> None:
    one, other = Pen(tmp_path / "retouch"), Pen(tmp_path / "retouch")
    assert one.is_with("page")
    with pytest.raises(RecordError, match="is retouched by python -m web"):
        other.is_with("page")
    one.put_down("page")
    assert other.is_with("page")
    other.put_down("page")
    assert list((tmp_path / "retouch").iterdir()) == []
