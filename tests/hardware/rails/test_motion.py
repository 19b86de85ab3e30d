"""Readings that are confirmed, and carriages that stand still."""

import pytest

from hardware.errors import RailError
from hardware.rails.motion import Watch, confirmed


@pytest.mark.parametrize(("readings", "value"), [([1, 1], 1), ([7, 1, 1], 1), ([1, 7, 1, 1], 1)])
def test_two_equal_readings_in_a_row_are_believed(readings, value):
    assert confirmed(lambda: readings.pop(0), "readings") == value
    assert readings == []


def test_a_reading_of_what_moves_needs_no_equal_one():
    readings = [1, 2, 3]
    assert confirmed(lambda: readings.pop(0), "readings", lambda value: value == 2) == 2


def test_readings_that_go_on_contradicting_each_other_are_believed_never():
    readings = list(range(100))
    with pytest.raises(RailError, match="answers contradict each other"):
        confirmed(lambda: readings.pop(0), "answers")
    assert len(readings) == 94


def test_a_stall_is_no_progress_for_some_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    watch = Watch(3.0)
    stalled = []
    for now[0], position_um in ((0.0, 5.0), (2.9, 5.0), (3.0, 6.0), (6.0, 6.0), (6.1, 6.0)):
        stalled.append(watch.stalled(position_um))
    assert stalled == [False, False, False, False, True]
