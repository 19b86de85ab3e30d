"""A part of a frame that has other light than the frames around it, wherever it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imaging.alignment.evenness import uneven_stops

SHAPE, CELLS = (640, 960), (64, 96)


def stack(count=7, seed=0):
    """Thumbnails of bright things on a dark ground that come into focus one after the other."""
    rng = np.random.default_rng(seed)
    scene = np.full((*CELLS, 3), 0.01, np.float32)
    for _ in range(40):
        y, x = rng.integers(0, CELLS[0]), rng.integers(0, CELLS[1])
        cv2.circle(scene, (int(x), int(y)), int(rng.integers(1, 9)), rng.uniform(0.05, 0.9, 3), -1)
    blurs = np.abs(np.arange(count) - count // 2) * 0.7 + 0.3
    return np.stack([cv2.GaussianBlur(scene, (0, 0), blur) for blur in blurs])


def still(count):
    return np.tile(np.eye(3), (count, 1, 1))


def test_even_stacks_are_even_whatever_their_exposure():
    light = stack()
    light *= np.float32(2.0) ** np.array([0, -0.5, 0, 1, -2, 0, 0.5]).reshape(-1, 1, 1, 1)
    stops, _ = uneven_stops(light, still(7), SHAPE)
    assert stops.max() < 1.0


@settings(max_examples=30, deadline=None)
@given(
    st.sets(st.integers(0, 8), min_size=1, max_size=2),
    st.floats(2.0, 12.0),
    st.floats(0.14, 0.86),
    st.sampled_from(["top", "bottom", "left", "right"]),
    st.integers(0, 20),
)
@example({0, 2}, 2.0, 0.25, "top", 0)
def test_a_part_in_the_dark_is_found_at_any_edge_and_in_any_frames(dark, stops, part, edge, seed):
    light = stack(9, seed) + np.float32(0.2)
    length = CELLS[edge in ("left", "right")]
    covered = slice(0, round(part * length))
    if edge in ("bottom", "right"):
        covered = slice(length - round(part * length), length)
    where = (covered, slice(None)) if edge in ("top", "bottom") else (slice(None), covered)
    for k in dark:
        light[(k, *where)] *= np.float32(2.0**-stops)
    found, shares = uneven_stops(light, still(9), SHAPE)
    named = {k for k in range(9) if found[k] > 1.0}
    # Where two of three frames are dark, a frame at the end of the stack is told of with them.
    assert named >= dark and named - dark <= {0, 1, 7, 8}
    assert len(dark) > 1 or named == dark
    assert [shares[k] for k in dark] == pytest.approx([part] * len(dark), abs=0.13)


def test_a_frame_that_moved_is_compared_where_it_lies():
    light, transforms = stack(), still(7)
    light[3] = np.roll(light[3], 20, axis=1)
    stops, _ = uneven_stops(light, transforms, SHAPE)
    assert stops[3] > 1.0
    transforms[3, 0, 2] = -200.0
    stops, _ = uneven_stops(light, transforms, SHAPE)
    assert stops[3] < 1.0


def test_a_stack_of_three_says_nothing():
    light = stack(3)
    light[1, :32] = 0.0
    assert uneven_stops(light, still(3), SHAPE)[0].tolist() == [0.0, 0.0, 0.0]
