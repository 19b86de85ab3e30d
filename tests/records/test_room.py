"""Room on the disk: what a stack takes, what fits, and what people are told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from records import room
from records.needs import Size
from records.room import Room, room_of, unfit

LARGE = Size(24e6, 30)


def test_most_of_what_a_stack_takes_are_its_converted_frames_which_pass():
    taken = room_of(LARGE, 25e6, copied=True, kept=False, eight_bits=False)
    assert taken.passing == 6 * 24e6 * 30
    assert taken.stays == pytest.approx(2.6e9, rel=0.05)
    kept = room_of(LARGE, 25e6, copied=True, kept=True, eight_bits=False)
    assert (kept.passing, kept.at_most) == (0, taken.at_most)
    assert room_of(LARGE, 25e6, copied=True, kept=False, eight_bits=True).passing == 24e6 * 30


def test_raws_that_lie_in_the_stack_already_take_room_in_the_archive_alone():
    copied, there = (
        room_of(LARGE, 25e6, copied=one, kept=False, eight_bits=False) for one in (True, False)
    )
    assert copied.working - there.working == 30 * 25e6
    assert copied.archived == there.archived


def test_stacks_are_fitted_in_one_after_the_other_and_the_others_told_with_figures(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(room, "free_bytes", lambda _: 11e9)
    specimens, archive = tmp_path / "specimens", tmp_path / "archive"
    stacks = {name: Room(2e9, 1e9, 4e9) for name in "ABC"} | {"D": Room(5e8, 5e8, 1e9)}
    without = unfit(stacks, specimens, archive)
    # What passes of A is gone before B needs it.
    assert set(without) == {"C"}
    assert without["C"].startswith(
        f"takes 7 GB on the disk of {specimens}, where 10 GB are free, of which stacks before it "
        "take 6 GB; make room"
    )


def test_the_little_that_few_small_stacks_take_is_tried_and_that_of_many_is_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(room, "free_bytes", lambda _: 2e6)
    stacks = {number: Room(2e6, 1e6, 3e6) for number in range(40)}
    without = unfit(stacks, tmp_path / "specimens", tmp_path / "archive")
    # The sums are right to a tenth of a GB, and not better: 31 of 3 MB and the 6 MB of the next.
    assert list(without) == list(range(32, 40))


def test_a_stack_beyond_the_budget_is_not_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "free_bytes", lambda _: 1e12)
    stacks = {"A": Room(2e9, 1e9, 4e9), "B": Room(1e9, 1e9, 2e9)}
    assert unfit(stacks, tmp_path / "specimens", tmp_path / "archive", budget_gb=5) == {
        "A": "takes 7 GB while it is made, more than disk.budget_gb allows (5 GB); allow more"
    }


def test_a_plan_says_what_it_takes_and_what_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "free_bytes", lambda _: 71.4e9)
    rooms = [Room(2e9, 1e9, 4.3e9), Room(1e9, 5e8, 2e9)]
    assert room.plan_words(rooms, tmp_path, tmp_path) == (
        "what is to be made takes about 4.5 GB, and up to 4.3 GB for each stack at work; 71 GB are "
        "free"
    )
    monkeypatch.setattr(room, "on_one_disk", lambda *_: False)
    assert room.free_words(Path("specimens"), Path("archive")) == (
        "71 GB are free for specimens, 71 GB for archive"
    )
