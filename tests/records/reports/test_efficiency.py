"""Of each step stands what it was given beside what it took, of the stack that came closest."""

from __future__ import annotations

from records.reports.efficiency import Use, rows


def test_the_stack_that_came_closest_counts_for_memory_and_for_time_each():
    found = [
        Use("fuse", 1000, 900, 120, 12, 4, 24.0),
        Use("fuse", 200, 100, 60, 48, 1, 36.0),
        Use("convert", 100, 50, 60, 6, 1, 6.0),
    ]
    assert rows(found) == [
        {
            **{"step": "convert", "times": 1, "mb_given": 100, "mb_taken": 50},
            **{"memory_share": "50%", "min_given": 1, "min_taken": 0.1, "time_share": "10%"},
            **{"cores_given": 1, "cores_used": 1.0},
        },
        {
            **{"step": "fuse", "times": 2, "mb_given": 1000, "mb_taken": 900},
            **{"memory_share": "90%", "min_given": 1, "min_taken": 0.8, "time_share": "80%"},
            **{"cores_given": 4, "cores_used": 1.0},
        },
    ]
