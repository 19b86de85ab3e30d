"""Shaken frames by the sharpness of their cells alone; whole frames are in test_alignment."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.alignment.shake import shaken_frames

SHAPE, CELLS = (480, 640), (8, 12)


def shaken(sharpness: np.ndarray, transforms: np.ndarray | None = None) -> tuple[int, ...]:
    count = len(sharpness)
    if transforms is None:
        transforms = np.tile(np.eye(3), (count, 1, 1))
    return shaken_frames(sharpness.astype(np.float32), transforms, range(count), SHAPE)


def passing(seed: int, count: int) -> np.ndarray:
    """Each cell comes into focus once, at a time of its own, and detail differs by direction."""
    rng = np.random.default_rng(seed)
    when, width = rng.uniform(-1, count, CELLS), rng.uniform(0.5, 3.0, CELLS)
    focus = 1.0 / (1.0 + ((np.arange(count)[:, None, None] - when) / width) ** 2)
    return focus[:, None] * rng.uniform(0.2, 1.0, (4, *CELLS))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20))
def test_no_frame_of_a_passing_focus_is_shaken(seed, count):
    assert shaken(passing(seed, count)) == ()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3), st.integers(5, 14), st.data())
def test_blur_along_one_direction_is_shaking(seed, direction, count, data):
    sharpness = passing(seed, count)
    k = data.draw(st.integers(1, count - 2))
    sharpness[k] *= 0.8
    sharpness[k, direction] *= 0.2
    assert shaken(sharpness) == (k,)


def test_blur_alike_in_all_directions_is_a_gap_between_layers():
    sharpness = passing(3, 9)
    sharpness[4] *= 0.1
    assert shaken(sharpness) == ()


def test_places_are_compared_where_the_subject_lies():
    sharpness = np.ones((7, 4, *CELLS))
    sharpness[:, 0, :, ::2] = 0.1
    # One frame is a cell to the right, as if the camera had been knocked before it.
    sharpness[3] = np.roll(sharpness[3], 1, axis=2)
    assert shaken(sharpness) == (3,)
    transforms = np.tile(np.eye(3), (7, 1, 1))
    transforms[3, 0, 2] = -SHAPE[1] / CELLS[1]
    assert shaken(sharpness, transforms) == ()


def test_shaken_frames_are_few_or_the_order_is_wrong():
    sharpness = passing(7, 10)
    sharpness[1:9:2, 0] *= 0.1
    assert shaken(sharpness) == ()
