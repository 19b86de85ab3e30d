"""The picture of a depth map: near is blue, far is yellow, and what is unsure is dark."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.pictures.depth_view import depth_view

BLUE, YELLOW = (68, 1, 84), (253, 231, 37)


def test_colours_go_from_the_nearest_to_the_farthest():
    depth = np.repeat(np.linspace(10, 250, 200, dtype=np.float32)[None], 100, axis=0)
    picture, lowest, highest = depth_view(depth, np.full(depth.shape, 65535, np.uint16), 200)
    assert picture.shape == (100, 200, 3)
    assert (lowest, highest) == pytest.approx((12.4, 247.6), abs=0.5)
    assert np.abs(picture[50, 0].astype(int) - BLUE).max() <= 3
    assert np.abs(picture[50, -1].astype(int) - YELLOW).max() <= 3


def test_unsure_places_are_darker():
    depth = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None], 64, axis=0)
    confidence = np.full(depth.shape, 65535, np.uint16)
    confidence[:32] = 0
    picture = depth_view(depth, confidence, 64)[0].astype(float)
    assert picture[:30].mean() == pytest.approx(0.35 * picture[34:].mean(), rel=0.03)


def test_a_flat_or_empty_map_has_a_picture_too():
    for value in (5.0, np.nan):
        flat = np.full((40, 80), value, np.float32)
        assert depth_view(flat, np.zeros(flat.shape, np.uint16), 20)[0].shape == (10, 20, 3)
