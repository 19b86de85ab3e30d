"""The rectangle of the fused image that becomes the master, and its turn."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from imaging.errors import ImagingError
from imaging.pictures.crop import parse_crop, upright


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
