"""What frames cover: the area common to a stack, and the columns of a row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.errors import ImagingError
from imaging.sampling.coverage import Outline, common_area, covered_columns


def moved(x: float, y: float, scale: float = 1.0) -> np.ndarray:
    return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1.0]])


def test_the_area_common_to_shifted_frames():
    transforms = np.stack([np.eye(3), moved(3.2, -1.0), moved(-2.0, 4.7)])
    # Columns 3.2 … 97, rows 4.7 … 48 of 100 x 50 px are in all three.
    assert common_area(transforms, (50, 100)) == (4, 5, 94, 44)


def test_unmoved_frames_have_the_whole_frame_in_common():
    assert common_area(np.stack([np.eye(3)] * 3), (50, 100)) == (0, 0, 100, 50)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0.9, 1.1))
def test_every_pixel_of_the_common_area_lies_in_every_frame(x, y, scale):
    transform = moved(x, y, scale)
    x0, y0, width, height = common_area(np.stack([np.eye(3), transform]), (80, 120))
    corners = np.array([[x0, x0 + width - 1], [y0, y0 + height - 1], [1, 1]])
    u, v = (np.linalg.inv(transform) @ corners)[:2]
    assert min(*u, *v) >= -0.01
    assert u.max() <= 119.01
    assert v.max() <= 79.01


def test_frames_without_a_common_area_are_refused():
    with pytest.raises(ImagingError, match="no area in common"):
        common_area(np.stack([np.eye(3), moved(200, 0)]), (50, 100))


def test_a_row_is_covered_from_the_frames_first_to_its_last_column():
    outline = Outline(np.linalg.inv(moved(3.0, 4.0)), 50, 100)
    assert covered_columns(outline, 4.0, 0.0) == (3.0, 102.0)
    assert covered_columns(outline, 4.0, -0.5) == (2.5, 102.5)


def test_a_row_above_the_frame_is_not_covered_at_all():
    first, last = covered_columns(Outline(np.linalg.inv(moved(3.0, 4.0)), 50, 100), 3.0, 0.0)
    assert first > last
