"""The rectangle of the fused image that becomes the master, and its turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from imaging.errors import ImagingError
from imaging.pictures.crop import common_area, parse_crop, upright


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


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("common", (1, 2, 3, 4)), ("none", (0, 0, 100, 50)), ("5,6,70,40", (5, 6, 70, 40))],
)
def test_what_the_sheet_may_say(text, wanted):
    assert parse_crop(text, (1, 2, 3, 4), (50, 100)) == wanted


@pytest.mark.parametrize("text", ["5,6,70", "50,0,51,50", "0,0,0,5", "-1,0,5,5", "all"])
def test_a_crop_that_cannot_be_is_refused(text):
    with pytest.raises(ImagingError, match="crop"):
        parse_crop(text, (0, 0, 1, 1), (50, 100))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_other_programs_turn_it(orientation):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(upright(pixels, orientation), wanted)
