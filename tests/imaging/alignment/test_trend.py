"""Frames off the path of a stack."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.alignment.trend import off_path, strangers

SHAPE = (1000, 1500)


def path(count: int, shift_px: float, breathing: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out = np.tile(np.eye(3), (count, 1, 1))
    for k in range(count):
        out[k, :2, :2] *= 1 + breathing * k
        out[k, :2, 2] = shift_px * k + rng.normal(0, 0.5, 2)
    return out


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 30), st.floats(-20, 20), st.floats(-0.005, 0.005), st.integers(0, 99))
def test_a_smooth_path_with_tremor_has_no_frame_off_it(count, shift, breathing, seed):
    assert off_path(path(count, shift, breathing, seed), range(count), SHAPE) == {}


@pytest.mark.parametrize("at", [0, 4, 11])
def test_a_frame_226_px_off_is_named(at):
    transforms = path(12, 3.0, 0.001)
    transforms[at, 0, 2] += 226
    assert off_path(transforms, range(12), SHAPE) == {at: pytest.approx(226, rel=0.05)}


def test_a_knock_after_which_all_frames_lie_elsewhere_is_no_frame_off_the_path():
    transforms = path(12, 1.0, 0.0)
    transforms[6:, 1, 2] += 80
    assert off_path(transforms, range(12), SHAPE) == {}


def test_off_the_path_and_unlike_the_others_is_a_stranger_and_only_that():
    transforms, correlations = path(12, 3.0, 0.001), np.full(12, 0.95)
    transforms[5, 0, 2] += 226
    assert strangers(transforms, correlations, range(12), SHAPE) == ()
    correlations[5] = 0.287
    assert strangers(transforms, correlations, range(12), SHAPE) == (5,)
    correlations[8] = 0.287
    assert strangers(transforms, correlations, range(12), SHAPE) == (5,)
