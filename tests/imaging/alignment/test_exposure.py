"""Brightness is that of most frames, whichever of them gives the geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.alignment.exposure import NEAR_STOPS, even_exposure

SHAPE = (400, 600)
SCENE = np.random.default_rng(1).uniform(0.05, 0.4, (40, 60, 3)).astype(np.float32)


def evened(stops: list[float], reference: int):
    frames = np.stack([np.clip(SCENE * np.float32(2.0**stop), 0, 1) for stop in stops])
    return even_exposure(
        frames, np.tile(np.eye(3), (len(stops), 1, 1)), range(len(stops)), reference, SHAPE
    )


@pytest.mark.parametrize("off", [-5.5, -3.0, -1.2, -0.5, 0.6, 0.9])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_misfired_reference_makes_no_dark_master(off, at):
    stops = [0.0] * 5
    stops[at] = off
    found = evened(stops, at)
    assert not found.of_reference
    others = [k for k in range(5) if k != at]
    assert found.gains[others] == pytest.approx(1.0, abs=0.02)
    if found.measured[at]:
        assert found.stops[at] == pytest.approx(off, abs=0.1)


def test_a_reference_like_most_frames_is_left_as_it_is():
    found = evened([0.1, -0.2, 0.0, 0.15, -0.1], 2)
    assert found.of_reference
    assert (found.gains[2] == 1.0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-0.8, 0.8), min_size=3, max_size=9), st.data())
def test_all_frames_end_equally_bright_and_no_further_from_most_than_told(stops, data):
    reference = data.draw(st.integers(0, len(stops) - 1))
    found = evened(stops, reference)
    brightness = np.array(stops) + np.log2(found.gains[:, 1])
    assert np.ptp(brightness) < 0.03
    assert abs(brightness[0] - np.median(stops)) <= NEAR_STOPS + 0.03


def test_a_frame_that_is_black_could_not_be_measured():
    found = evened([0.0, 0.0, -14.0, 0.0], 2)
    assert list(found.measured) == [True, True, False, True]
    assert found.stops[2] < -8
