"""Means over squares with mirrored borders are OpenCV's, to the last bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.sampling.box_blur import blurred, box_mean

SHAPES = [(1, 1), (2, 3), (7, 1), (12, 5), (61, 90)]


@pytest.mark.parametrize("shape", SHAPES)
def test_means_are_those_of_opencv(shape):
    plane = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
    for width in (1, 3, 5, 7, 21):
        wanted = cv2.blur(plane, (width, width))
        assert np.array_equal(box_mean(plane, width), wanted), width
        assert np.array_equal(box_mean(np.asfortranarray(plane), width), wanted), width


@pytest.mark.parametrize("sigma", [2.0, 4.0, 8.0])
def test_three_of_them_spread_a_px_as_far_as_they_say(sigma):
    plane = np.zeros((1, 121), np.float32)
    plane[0, 60] = 1.0
    found = blurred(plane, sigma)[0]
    spread = np.sqrt((found * (np.arange(121) - 60.0) ** 2).sum() / found.sum())
    assert sigma <= spread < 1.25 * sigma
