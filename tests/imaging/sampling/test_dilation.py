"""The greatest values round a px are OpenCV's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.sampling.dilation import dilated


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (9, 2), (70, 91)])
def test_the_greatest_values_are_those_of_opencv(shape, dtype):
    plane = (np.random.default_rng(7).random(shape) * 200).astype(dtype)
    for side in (1, 3, 5, 17, 33, 81):
        wanted = cv2.dilate(plane, np.ones((side, side), np.uint8))
        assert np.array_equal(dilated(plane, side), wanted), side
        assert np.array_equal(dilated(np.asfortranarray(plane), side), wanted), side
