"""The picture of a depth map: from blue to yellow, and black where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.pictures.depth_view import depth_view

BLUE, YELLOW = (68, 1, 84), (253, 231, 37)


def slope(low: float, high: float) -> np.ndarray:
    return np.repeat(np.linspace(low, high, 200, dtype=np.float32)[None], 100, axis=0)


def test_colours_go_from_the_lowest_to_the_highest():
    picture, lowest, highest = depth_view(slope(10, 250), 200)
    assert picture.shape == (100, 200, 3)
    assert (lowest, highest) == pytest.approx((12.4, 247.6), abs=0.5)
    assert np.abs(picture[50, 0].astype(int) - BLUE).max() <= 3
    assert np.abs(picture[50, -1].astype(int) - YELLOW).max() <= 3


def test_what_is_not_known_is_black_and_decides_no_colour():
    depth = slope(100, 200)
    whole, *ends = depth_view(depth, 50)
    depth[:40] = np.nan
    picture, *ends_of_known = depth_view(depth, 50)
    assert not picture[:10].any()
    assert np.array_equal(picture[10:], whole[10:])
    assert ends_of_known == pytest.approx(ends, abs=1)


def test_a_flat_map_has_a_picture_and_an_empty_one_is_black():
    flat = np.full((40, 80), 5, np.float32)
    assert depth_view(flat, 20)[0].shape == (10, 20, 3)
    picture, lowest, highest = depth_view(np.full_like(flat, np.nan), 20)
    assert not picture.any()
    assert np.isnan([lowest, highest]).all()
