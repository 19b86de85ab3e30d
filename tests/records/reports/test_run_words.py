"""How far a run is, in a line."""

from __future__ import annotations

import pytest

from records.reports.run_words import duration, progress_words, rate, size, with_now

TOLD = {
    **{"done": 41, "of": 300, "failed": 2, "stacks_per_hour": 720.4, "seconds_left": 1325},
    **{"disk_free_bytes": 810e9, "now": [{"stack": "K-1/top", "step": "fuse"}]},
}
LINE = "41 of 300 stacks · 2 stopped · 12 a minute · about 22 min left · 810 GB free"


def test_a_line_says_done_stopped_rate_time_and_disk():
    assert progress_words(TOLD) == LINE


def test_what_is_not_known_and_what_is_none_is_left_out():
    unknown = {"failed": 0, "stacks_per_hour": None, "seconds_left": None}
    assert progress_words({**TOLD, **unknown, "disk_free_bytes": None}) == "41 of 300 stacks"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (120, f"{LINE} · K-1/top fuse"),
        (len(LINE) + 14, LINE),
        (20, "41 of 300 stacks · …"),
    ],
)
def test_what_is_at_work_stands_at_the_end_where_there_is_room(width, line):
    assert with_now(TOLD, width) == line


@pytest.mark.parametrize(
    ("per_hour", "words"),
    [
        *[(720, "12 a minute"), (95.9, "1.6 a minute"), (59, "59 an hour"), (2.5, "2.5 an hour")],
        *[(0.5, "12 a day")],
    ],
)
def test_a_rate_is_a_number_that_one_can_hold(per_hour, words):
    assert rate(per_hour) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (11520, "3 h 12 min")],
        *[(90_000, "1 day 1 h"), (200_000, "2 days 7 h")],
    ],
)
def test_a_time_has_its_two_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(810e9, "810 GB"), (1.34e12, "1.3 TB"), (9.94e9, "9.9 GB"), (5e6, "5.0 MB")],
)
def test_bytes_are_those_on_the_label_of_a_disk(count, words):
    assert size(count) == words
