"""Urgent work goes before what waits in a pool, and nothing waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from imaging.fusion.urgent import Urgent


def test_urgent_work_is_done_before_work_that_was_given_earlier():
    began, go_on, done = Event(), Event(), []
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as beside:
        urgent = Urgent(pool)

        def first() -> None:
            began.set()
            go_on.wait()

        def other(name: str) -> None:
            urgent.help()
            done.append(name)

        pool.submit(first)
        pool.submit(other, "second")
        began.wait()
        waiting = beside.submit(urgent.each, done.append, ["urgent", "urgent too"])
        # Both are known once the last of what helps with them is in the pool's queue.
        while pool._work_queue.qsize() < 3:
            pass
        go_on.set()
        waiting.result()
    assert done == ["urgent", "urgent too", "second"]


def test_urgent_work_is_done_where_no_other_is_and_its_error_is_that_of_who_waits():
    done = []
    with ThreadPoolExecutor(2) as pool:
        urgent = Urgent(pool)
        urgent.each(done.append, range(5))
        assert sorted(done) == [0, 1, 2, 3, 4]
        with pytest.raises(ZeroDivisionError):
            urgent.each(lambda number: 1 // number, [1, 0])
