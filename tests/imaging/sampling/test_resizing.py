"""Shrinking and enlarging keep what they should."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imaging.sampling.resizing import enlarged, shrunk

sides = st.integers(1, 40)


@given(sides, sides, sides, sides)
def test_a_plain_plane_stays_plain(h, w, rows, columns):
    assert np.all(enlarged(np.full((h, w), 0.3, np.float32), (rows, columns)) == np.float32(0.3))


@given(st.integers(2, 30), st.integers(2, 30), st.integers(2, 5))
def test_a_slope_comes_back_but_for_its_border(h, w, factor):
    y, x = np.mgrid[: h * factor, : w * factor].astype(np.float32)
    slope = 0.25 * x - 0.5 * y
    back = enlarged(shrunk(slope, factor), slope.shape)
    inner = np.s_[factor:-factor, factor:-factor]
    np.testing.assert_allclose(back[inner], slope[inner], atol=1e-4)


@given(sides, sides, st.integers(1, 9))
def test_means_stay_within_what_they_are_of(h, w, factor):
    plane = np.random.default_rng(h * w).random((h, w)).astype(np.float32)
    small = shrunk(plane, factor)
    assert plane.min() - 1e-6 <= small.min() <= small.max() <= plane.max() + 1e-6


@given(st.integers(1, 90), st.integers(1, 90), st.integers(2, 9), st.booleans())
def test_means_are_those_of_opencv_to_the_last_bit(h, w, factor, whole):
    """Whole cells, among them pairs of 2 x 2 and a rest of them, and areas that cut px."""
    shape = (h * factor, w * factor) if whole else (h, w)
    plane = np.random.default_rng(h * w).normal(size=shape).astype(np.float32)
    size = [max(1, round(side / factor)) for side in shape[::-1]]
    wanted = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    assert np.array_equal(shrunk(plane, factor), wanted)
