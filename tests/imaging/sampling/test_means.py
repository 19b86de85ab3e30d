"""Means over squares are SciPy's, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.sampling.means import local_mean


@pytest.mark.parametrize(
    "shape, width", [((5, 7), 3), ((5, 7), 33), ((120, 91), 31), ((120, 91), 1), ((1, 9), 5)]
)
def test_means_are_those_of_scipy(shape, width):
    plane = np.random.default_rng(width).standard_normal(shape).astype(np.float32)
    wanted = ndimage.uniform_filter(plane, width, mode="nearest")
    assert np.array_equal(local_mean(plane, width), wanted)
    turned = np.asfortranarray(plane)
    assert np.array_equal(local_mean(turned, width), wanted)
