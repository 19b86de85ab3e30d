"""Regions of a mask are numbered, counted and boxed as scipy does it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.sampling.regions import labelled, places_of


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_regions_are_those_of_scipy(share, diagonal):
    mask = np.random.default_rng(3).random((60, 83)) < share
    labels, sizes = labelled(mask, diagonal)
    expected, count = ndimage.label(mask, np.ones((3, 3)) if diagonal else None)
    assert np.array_equal(labels, expected)
    assert sizes.tolist() == [0, *np.bincount(expected.ravel(), minlength=count + 1)[1:]]
    assert places_of(labels, count) == ndimage.find_objects(expected)
