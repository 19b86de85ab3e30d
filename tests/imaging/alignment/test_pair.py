"""Registration of two frames against motions that are known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.pair import register_pair
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment.scenes import SHAPE, detail_of, frame, similarity, texture


@pytest.mark.parametrize(
    "motion",
    [
        similarity(dx=0.37, dy=-2.81),
        similarity(angle=0.02),
        similarity(scale=1.03, dx=7.3),
        similarity(dx=200.0, dy=-35.0),
    ],
    ids=["shift", "rotation", "magnification", "jump of 200 px"],
)
@pytest.mark.parametrize("blur", [0.0, 2.0])
def test_a_pair_is_registered_to_a_tenth_of_a_pixel(motion, blur):
    scene = texture(1, (760, 1160))
    first, second = frame(scene, np.eye(3)), frame(scene, motion, blur, seed=1)
    found, correlation, sigma = register_pair(detail_of(first), detail_of(second))
    assert correlation > 0.5
    assert corner_distance(found, np.linalg.inv(motion), SHAPE) < 0.1
    assert sigma < 0.1
