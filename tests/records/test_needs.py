"""What a step is given grows with the stack, and with each try."""

from __future__ import annotations

import pytest

from records.layout import STEPS
from records.needs import NEEDS, Size, memory_mb, runtime_min, threads

SMALL, LARGE = Size(2e6, 6), Size(24e6, 30)


def test_every_step_that_runs_on_a_cluster_has_its_needs():
    assert {step.log for step in STEPS.values()} - {"capture"} <= NEEDS.keys()


@pytest.mark.parametrize("step", NEEDS)
def test_a_larger_stack_is_given_no_less_and_a_second_try_is_given_more(step):
    for count in (1, 4):
        assert memory_mb(step, SMALL, count) <= memory_mb(step, LARGE, count)
        assert runtime_min(step, SMALL, count) <= runtime_min(step, LARGE, count)
        assert memory_mb(step, LARGE, count, 2) >= 1.5 * memory_mb(step, LARGE, count)
        assert runtime_min(step, LARGE, count, 3) > runtime_min(step, LARGE, count)


def test_a_thread_more_shortens_what_is_asked_for():
    assert runtime_min("fuse", LARGE, 4) < runtime_min("fuse", LARGE, 1)


def test_a_small_stack_has_one_thread():
    assert {threads(step, SMALL) for step in NEEDS} == {1}
    assert threads("fuse", LARGE) == 4
