"""What a step is given grows with the stack, and with each try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from records.layout import STEPS
from records.needs import NEEDS, PHOTOGRAPH, Size, memory_mb, runtime_min, threads

SMALL, LARGE = Size(2e6, 6), Size(24e6, 30)


def test_every_step_that_runs_on_a_cluster_has_its_needs():
    assert {step.log for step in STEPS.values()} - {"capture"} <= NEEDS.keys()


@pytest.mark.parametrize("step", NEEDS)
def test_a_larger_stack_is_given_no_less_and_a_second_try_is_given_more(step):
    for count in (1, 4):
        assert memory_mb(step, SMALL, count) <= memory_mb(step, LARGE, count)
        assert runtime_min(step, SMALL, count) <= runtime_min(step, LARGE, count)
        assert memory_mb(step, LARGE, count, 2) >= 1.5 * memory_mb(step, LARGE, count)
        assert runtime_min(step, LARGE, count, 3) >= runtime_min(step, LARGE, count)


def test_a_thread_more_shortens_what_is_asked_for_and_a_try_more_lengthens_it():
    assert runtime_min("fuse", LARGE, 4) < runtime_min("fuse", LARGE, 1)
    assert runtime_min("fuse", LARGE, 4, 2) > runtime_min("fuse", LARGE, 4)


def test_what_develops_the_frames_decides_about_memory():
    ways = ("DIRECTIONAL", "AHD", "DCB", "AAHD", PHOTOGRAPH)
    asked = [memory_mb("convert", replace(LARGE, developed=way), 1) for way in ways]
    # Measured, of 24 Mpx with one thread; the last of JPEG.
    for taken, given in zip((452, 678, 1254, 1617, 618), asked):
        assert taken <= given <= 1.3 * taken


def test_a_small_stack_has_one_thread():
    assert {threads(step, SMALL) for step in NEEDS} == {1}
    assert threads("fuse", LARGE) == 4
