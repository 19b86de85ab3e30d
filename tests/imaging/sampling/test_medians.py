"""Medians of squares are OpenCV's, where they are asked for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.sampling.medians import SIDE_PX, mend_by_median


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (2, 64), (40, 150)])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_px_that_are_asked_for_have_the_median_round_them(shape, share):
    rng = np.random.default_rng(5)
    # Many are equal, as depths carried from one place are.
    plane = np.round(rng.standard_normal(shape), 1).astype(np.float32)
    asked = rng.random(shape) < share
    mended = plane.copy()
    mend_by_median(mended, asked)
    assert np.array_equal(mended, np.where(asked, cv2.medianBlur(plane, SIDE_PX), plane))
