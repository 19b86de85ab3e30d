"""Times of exposure against the order of a stack."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.ledger.capture_times import Taken, against_times, in_time_order

START = datetime(2024, 10, 27, 2, 30)


def stack(*seconds, digits="seconds", offset=""):
    """A frame for each time, given in seconds; None where it has none."""
    return [
        Taken(
            k,
            f"f{k}.jpg",
            None
            if second is None
            else (START + timedelta(seconds=second)).isoformat(timespec=digits) + offset,
        )
        for k, second in enumerate(seconds, start=1)
    ]


def seen(*seconds, **how):
    found = against_times(stack(*seconds, **how))
    return (found.kind, found.frames) if found else None


@pytest.mark.parametrize(
    "seconds",
    [
        (),
        (5,),
        (None, None),
        (0, 1, 2, 3),
        (0, 0, 0, 1, 1),
        (0, 10, None, 20),
        (0, 10, 4000, 4010),
    ],
)
def test_times_that_never_go_back_agree(seconds):
    assert seen(*seconds) is None


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=30))
def test_only_stacks_whose_times_go_back_disagree(seconds):
    assert (seen(*seconds) is None) == (sorted(seconds) == seconds)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((0, 10, 20, 15, 30), ("displaced", (3,))),
        ((0, 10, 300, 30, 40), ("displaced", (3,))),
        ((300, 10, 20, 30), ("displaced", (1,))),
        ((0, 20, 10, 40, 30, 50), ("displaced", (2, 4))),
        ((40, 30, 20, 10), ("reversed", (1, 2, 3, 4))),
        # Names that start again: the part behind goes on where the part in front begins.
        ((30, 40, 50, 0, 10, 20), ("parted", (4, 5, 6))),
        ((60, 70, 0, 10, 20, 30, 40, 50), ("parted", (3, 4, 5, 6, 7, 8))),
    ],
)
def test_an_order_against_the_times_names_its_frames(seconds, expected):
    assert seen(*seconds) == expected


@pytest.mark.parametrize(
    "seconds",
    [
        (0, 10, 20, 30 - 3600, 40 - 3600, 50 - 3600),
        (0, 10 - 3600, 20 - 3600, 30 - 3600),
        (0, 10, 20, 30 - 3600),
        (0, 10, 20 - 777, 30 - 777, 40 - 777),
        (0, 10, 20 - 86400 * 365, 30 - 86400 * 365),
    ],
    ids=["summer time ends", "after one frame", "before the last", "set by hand", "year lost"],
)
def test_a_clock_set_back_once_is_told_as_such(seconds):
    assert seen(*seconds)[0] == "clock_set"


def test_offsets_make_the_end_of_summer_time_no_step_back():
    times = ["2024-10-27T02:59:55+02:00", "2024-10-27T02:00:05+01:00"]
    assert against_times([Taken(k, "f", at) for k, at in enumerate(times, start=1)]) is None


def test_an_offset_that_there_cannot_be_is_left_out():
    times = ["2024-10-27T02:59:55+99:99", "2024-10-27T02:59:56+99:99"]
    assert against_times([Taken(k, "f", at) for k, at in enumerate(times, start=1)]) is None


def test_fractions_of_a_second_count_where_every_frame_has_them():
    assert seen(0.5, 0.25, 0.75, digits="milliseconds") == ("displaced", (1,))
    mixed = stack(0.5, 0.25, digits="milliseconds") + stack(0)
    assert against_times(mixed) is None


def test_the_message_has_frames_files_and_times():
    message = against_times(stack(0, 10, 300, 30, 40)).message
    assert message == (
        "frame 3 (f3.jpg, 2024-10-27T02:35:00) was taken at another time than the order says: "
        "frame 4 (f4.jpg, 2024-10-27T02:30:30) comes after frame 3 (f3.jpg, 2024-10-27T02:35:00)"
    )


def test_frames_by_their_times_leave_those_of_one_moment_as_they_are():
    assert [one.frame for one in in_time_order(stack(20, 0, 20, 10))] == [2, 4, 1, 3]
