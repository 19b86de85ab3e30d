"""Frames that have everything in focus, and frames taken twice, by their sharpness alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.alignment.focus_order import retakes, sharp_shares, stacked_results


def passing(seed: int, count: int, places: int = 96) -> np.ndarray:
    """Each place comes into focus once, some frames before or after the ends."""
    rng = np.random.default_rng(seed)
    when, strength = rng.uniform(-0.5, count - 0.5, places), rng.uniform(0.3, 1.0, places)
    frames = np.arange(count)[:, None]
    noise = rng.normal(1.0, 0.03, (count, places))
    return strength * noise / (1.0 + ((frames - when) / 1.2) ** 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 999), st.integers(4, 24))
def test_a_clean_stack_has_neither(seed, count):
    seen = passing(seed, count)
    assert stacked_results(seen) == {}
    assert retakes(seen) == []


@pytest.mark.parametrize("at", [0, 4, 10])
@pytest.mark.parametrize("sharpened", [0.9, 1.0, 1.6])
def test_a_result_among_the_frames_is_found(at, sharpened):
    seen = passing(5, 10)
    with_result = np.insert(seen, at, sharpened * seen.max(0), axis=0)
    assert list(stacked_results(with_result)) == [at]
    assert sharp_shares(with_result)[at] > 0.85


def test_a_flat_specimen_that_one_frame_shows_sharp_is_no_result():
    flat = np.ones((9, 96)) / (1.0 + ((np.arange(9)[:, None] - 4) / 1.2) ** 2)
    assert stacked_results(flat) == {}


@pytest.mark.parametrize("later", [4, 9])
def test_a_retake_is_paired_with_its_frame_wherever_it_lies(later):
    seen = passing(6, 9)
    again = seen[3] * np.random.default_rng(1).normal(1.0, 0.01, seen.shape[1])
    found = retakes(np.insert(seen, later, again, axis=0))
    assert [pair[:2] for pair in found] == [(3, later)]


def test_a_stack_shot_twice_pairs_every_frame():
    seen = passing(7, 7)
    assert [pair[:2] for pair in retakes(np.concatenate([seen, seen]))] == [
        (k, k + 7) for k in range(7)
    ]


def test_a_flat_specimen_between_two_frames_is_no_retake_where_magnification_moved_on():
    seen = passing(8, 9)
    either_side = seen[3] * np.random.default_rng(2).normal(1.0, 0.01, seen.shape[1])
    seen = np.insert(seen, 4, either_side, axis=0)
    scatter = 1e-5 * np.random.default_rng(3).normal(size=10)
    moving_on = 1.0 + 0.003 * np.arange(10) + scatter
    assert retakes(seen, moving_on) == []
    taken_twice = 1.0 + 0.003 * np.array([0, 1, 2, 3, 3, 4, 5, 6, 7, 8]) + scatter
    for magnifications in (taken_twice, 1.0 + scatter, None):
        assert [pair[:2] for pair in retakes(seen, magnifications)] == [(3, 4)]
