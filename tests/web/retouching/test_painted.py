"""Strokes on disk: whole, in order, and found again whatever died."""

from __future__ import annotations

import json

import pytest

from records.errors import RecordError
from records.retouching import strokes as files
from records.retouching.strokes import Edit
from web.retouching.painted import Painted

SHAPE = (400, 600)


def head(name: str, **changed) -> dict:
    return {
        "id": name,
        "source": {"kind": "frame", "frame": 2, "sha256": "0" * 64},
        "mode": "pixels",
        "match": True,
        "brush": {"diameter_px": 20, "hardness": 0.5, "opacity": 1},
        "person": "Ada",
        "time": "2026-11-27T10:00:00+01:00",
        "reason": "halo",
        **changed,
    }


def ids(painted: Painted) -> list[str]:
    return [one.id for one in painted.strokes]


def draw(painted: Painted, *names: str) -> None:
    for name in names:
        assert painted.draw(head(name), 0, [(1, 2), (3, 4)], 2)[0] == 2


def test_a_stroke_that_is_ended_is_in_the_file_exactly(tmp_path) -> None:
    painted = Painted(tmp_path / "retouch", SHAPE)
    assert painted.draw(head("a"), 0, [(10, 20), (11.1234, 20.5)], None) == (2, None)
    assert not (tmp_path / "retouch" / "strokes.json").exists()
    have, stroke = painted.draw(head("a"), 2, [(12, 21)], 3)
    assert have == 3
    assert files.read(tmp_path / "retouch" / "strokes.json").strokes == (stroke,)
    written = json.loads((tmp_path / "retouch" / "strokes.json").read_text())
    assert written["strokes"] == [{**head("a"), "path_px": [[10, 20], [11.123, 20.5], [12, 21]]}]
    assert (written["width_px"], written["height_px"]) == (600, 400)


def test_points_that_come_twice_count_once_and_a_gap_is_asked_for(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    assert painted.draw(head("a"), 0, [(1, 1), (2, 2)], None)[0] == 2
    assert painted.draw(head("a"), 5, [(6, 6)], None)[0] == 2
    assert painted.draw(head("a"), 1, [(2, 2), (3, 3)], None)[0] == 3
    stroke = painted.draw(head("a"), 3, [(4, 4)], 4)[1]
    assert stroke.path_px == ((1, 1), (2, 2), (3, 3), (4, 4))
    # The answer was lost, and the page sends all of it again.
    assert painted.draw(head("a"), 0, [(1, 1), (2, 2), (3, 3), (4, 4)], 4) == (4, None)
    assert ids(painted) == ["a"]


def test_of_an_unknown_stroke_the_first_points_are_asked_for(tmp_path) -> None:
    assert Painted(tmp_path, SHAPE).draw(head("a"), 7, [(1, 1)], 8) == (0, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "smear"},
        {"brush": {"diameter_px": 0, "hardness": 0.5, "opacity": 1}},
        {"person": "x" * 201},
        {"source": {"kind": "frame", "frame": 0, "sha256": "0" * 64}},
    ],
)
def test_what_the_schema_refuses_is_refused_before_anything_is_written(tmp_path, changed) -> None:
    painted = Painted(tmp_path / "retouch", SHAPE)
    with pytest.raises(RecordError, match="this stroke"):
        painted.draw(head("a", **changed), 0, [(1, 1)], 1)
    assert not (tmp_path / "retouch").exists()


def test_a_stroke_is_undone_and_redone_at_its_place(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b", "c")
    assert painted.undo("b").id == "b"
    assert ids(painted) == ["a", "c"]
    assert painted.undo("b") is None
    assert painted.redo("b").id == "b"
    assert ids(painted) == ["a", "b", "c"]
    assert painted.redo("b") is None
    assert ids(Painted(tmp_path, SHAPE)) == ["a", "b", "c"]


@pytest.mark.slow
def test_undoing_has_no_end_and_outlives_the_server(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    names = [f"s{k}" for k in range(40)]
    draw(painted, *names)
    for name in reversed(names):
        painted.undo(name)
    after = Painted(tmp_path, SHAPE)
    assert ids(after) == []
    for name in names:
        assert after.undone[-1].stroke.id == name
        after.redo(name)
    assert ids(after) == names


def test_what_was_drawn_before_the_server_died_is_offered_and_can_go_on(tmp_path) -> None:
    Painted(tmp_path, SHAPE).draw(head("a"), 0, [(1, 1), (2, 2)], None)
    after = Painted(tmp_path, SHAPE)
    assert after.begun()["a"].path_px == ((1, 1), (2, 2))
    assert after.draw(head("a"), 2, [(3, 3)], 3)[1].path_px == ((1, 1), (2, 2), (3, 3))
    assert (after.begun(), ids(after)) == ({}, ["a"])


def test_what_was_drawn_can_be_kept_as_it_is_or_let_go(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    painted.draw(head("a"), 0, [(1, 1)], None)
    painted.draw(head("b"), 0, [(2, 2)], None)
    after = Painted(tmp_path, SHAPE)
    after.finish("a")
    after.forget("b")
    assert (after.begun(), ids(after)) == ({}, ["a"])
    assert Painted(tmp_path, SHAPE).begun() == {}


def test_a_power_cut_between_journal_and_file_loses_nothing(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b")
    before = (tmp_path / "strokes.json").read_bytes()
    painted.undo("a")
    draw(painted, "c")
    # As if the last two changes never reached strokes.json, and a line were cut off.
    (tmp_path / "strokes.json").write_bytes(before)
    journal = tmp_path / "strokes.journal.jsonl"
    lines = journal.read_text().splitlines()
    last = max(k for k, line in enumerate(lines) if '"undo"' in line)
    kept = [line for line in lines[last:] if '"written"' not in line]
    journal.write_text("\n".join([*lines[:last], *kept]) + '\n{"do": "undo", "id"')
    after = Painted(tmp_path, SHAPE)
    assert ids(after) == ["b", "c"]
    # What comes after a line that was cut off is read.
    draw(after, "d")
    assert ids(Painted(tmp_path, SHAPE)) == ["b", "c", "d"]
    assert [one.id for one in files.read(tmp_path / "strokes.json").strokes] == ["b", "c", "d"]


def test_a_file_that_a_person_put_back_counts(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a")
    kept = (tmp_path / "strokes.json").read_bytes()
    draw(painted, "b")
    (tmp_path / "strokes.json").write_bytes(kept)
    assert ids(painted) == ["a"]
    assert ids(Painted(tmp_path, SHAPE)) == ["a"]


def test_a_source_that_changed_is_confirmed(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b")
    painted.confirm(["a"], {"a": "1" * 64, "b": "2" * 64})
    digests = [one.source.sha256 for one in files.read(tmp_path / "strokes.json").strokes]
    assert digests == ["1" * 64, "0" * 64]


def test_strokes_of_a_picture_of_another_size_are_refused(tmp_path) -> None:
    draw(Painted(tmp_path, SHAPE), "a")
    with pytest.raises(RecordError, match="600 x 400 px, which now has 600 x 401"):
        Painted(tmp_path, (401, 600))


def test_a_link_in_the_place_of_the_journal_is_not_written_through(tmp_path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "strokes.journal.jsonl").symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        Painted(tmp_path, SHAPE).draw(head("a"), 0, [(1, 1)], 1)
    assert other.read_text() == "mine"


def test_another_reason_keeps_who_painted_and_says_who_gave_it(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b")
    painted.explain("a", "a hair in front", Edit("Ben", "2026-11-28T09:00:00+01:00"))
    (one, other) = Painted(tmp_path, SHAPE).strokes
    assert (one.reason, one.person, one.time) == ("a hair in front", "Ada", other.time)
    assert (one.reason_edited, other.reason_edited) == (
        Edit("Ben", "2026-11-28T09:00:00+01:00"),
        None,
    )
    with pytest.raises(RecordError, match="this stroke"):
        painted.explain("b", "x" * 2001, Edit("Ben", "2026"))
    painted.undo("a")
    painted.redo("a")
    assert painted.strokes[0] == one


def test_a_stroke_that_was_taken_out_before_another_is_put_back_by_its_name(tmp_path) -> None:
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b")
    painted.undo("a")
    draw(painted, "c")
    assert painted.undone == []
    assert painted.redo("a").id == "a"
    assert ids(painted) == ["a", "b", "c"]


def test_a_long_journal_is_shortened_and_tells_what_still_matters(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("web.retouching.painted.LONG_BYTES", 4000)
    painted = Painted(tmp_path, SHAPE)
    for k in range(40):
        draw(painted, f"s{k}")
        if k % 2:
            painted.undo(f"s{k}")
    painted.draw(head("begun"), 0, [(1, 1), (2, 2)], None)
    painted.undo("s38")
    journal = tmp_path / "strokes.journal.jsonl"
    assert journal.stat().st_size < 2 * 40 * 420
    after = Painted(tmp_path, SHAPE)
    assert ids(after) == [f"s{k}" for k in range(0, 38, 2)]
    assert [one.stroke.id for one in after.undone] == ["s39", "s38"]
    assert after.begun()["begun"].path_px == ((1, 1), (2, 2))
    # A page that had no answer sends again what was taken out since.
    assert after.draw(head("s1"), 0, [(1, 2), (3, 4)], 2) == (2, None)
    assert after.redo("s1").id == "s1"


def test_a_full_disk_keeps_the_long_journal(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("web.retouching.painted.LONG_BYTES", 0)

    def full(*_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("web.retouching.journal.write_bytes", full)
    painted = Painted(tmp_path, SHAPE)
    draw(painted, "a", "b")
    painted.undo("b")
    assert Painted(tmp_path, SHAPE).redo("b").id == "b"
