"""Noise alone is told from a change of focus."""

import numpy as np
import pytest
from scipy import ndimage

from hardware.capture.stillness import NOISE, change

PICTURE = ndimage.gaussian_filter(np.random.default_rng(1).normal(1000, 900, (200, 200)), 1)


def shot(picture, seed, brightness=1.0):
    return brightness * picture + np.random.default_rng(seed).normal(0, 20, picture.shape)


def test_two_shots_from_one_place_differ_by_noise():
    assert abs(change(shot(PICTURE, 2), shot(PICTURE, 3))) < NOISE


def test_flicker_is_no_change():
    assert abs(change(shot(PICTURE, 2), shot(PICTURE, 3, 1.2))) < NOISE


@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0])
def test_defocus_is_a_change(sigma):
    blurred = ndimage.gaussian_filter(PICTURE, sigma)
    assert change(shot(PICTURE, 2), shot(blurred, 3)) > 2 * NOISE


def test_identical_frames_show_nothing_new():
    assert change(PICTURE, PICTURE) == 0


def test_frames_of_different_size_are_different():
    assert change(PICTURE, PICTURE[:-2]) == 1
