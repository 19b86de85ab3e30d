"""The rectangle of the fused image that becomes the master, its angle, and its turn upright."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageOps

from imaging.errors import ImagingError
from imaging.pictures.crop import Crop, cosine_and_sine, parse_crop, upright


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("common", Crop((1, 2, 3, 4))),
        ("none", Crop((0, 0, 100, 50))),
        ("5,6,70,40", Crop((5, 6, 70, 40))),
        ("5,6,70,40,0", Crop((5, 6, 70, 40))),
        ("30,20,20,10,-12.5", Crop((30, 20, 20, 10), -12.5)),
        ("30,20,20,10,180", Crop((30, 20, 20, 10), 180.0)),
        ("-15,20,40,10,90", Crop((-15, 20, 40, 10), 90.0)),
    ],
)
def test_what_the_sheet_may_say(text, wanted):
    assert parse_crop(text, (1, 2, 3, 4), (50, 100)) == wanted


@pytest.mark.parametrize(
    "text",
    ["5,6,70", "50,0,51,50", "0,0,0,5", "-1,0,5,5", "all", "5,6,7,8,", "5,6,7,8,x", "5,6,7,8,9,1"],
)
def test_a_crop_that_cannot_be_is_refused(text):
    with pytest.raises(ImagingError, match="crop"):
        parse_crop(text, (0, 0, 1, 1), (50, 100))


def test_a_turned_rectangle_that_leaves_the_image_is_refused_in_a_sentence():
    assert parse_crop("0,0,100,50", (0, 0, 1, 1), (50, 100)).angle_deg == 0.0
    with pytest.raises(ImagingError) as told:
        parse_crop("0,0,100,50,1", (0, 0, 1, 1), (50, 100))
    assert str(told.value) == (
        "crop 0,0,100,50,1, turned by 1 degrees, reaches beyond the fused image of 100 x 50 px; "
        "move it, make it smaller or turn it less"
    )
    with pytest.raises(ImagingError, match="more than 180 degrees"):
        parse_crop("40,20,4,4,181", (0, 0, 1, 1), (50, 100))


def test_a_crop_is_told_as_the_sheet_has_it_and_read_back_from_a_record():
    for text in ("5,6,70,40", "30,20,20,10,-12.5", "30,20,20,10,0.0125", "30,20,20,10,100"):
        crop = parse_crop(text, (0, 0, 1, 1), (50, 100))
        assert crop.text == text
        assert Crop.of(crop.record) == crop
    # Records of straight crops are what they were before a crop could be turned.
    assert Crop((5, 6, 70, 40)).record == {"crop_px": [5, 6, 70, 40]}


def test_a_rectangle_turns_clockwise_about_its_middle():
    upper_left, upper_right, *_ = Crop((10, 20, 21, 11), 30.0).corners()
    # The upper edge falls to the right, and the middle, at 20, 25, stays.
    assert upper_right - upper_left == pytest.approx(
        [20 * math.cos(math.pi / 6), 20 * math.sin(math.pi / 6)]
    )
    assert Crop((10, 20, 21, 11), 30.0).corners().mean(0) == pytest.approx([20, 25])


def test_cosine_and_sine_are_those_of_the_angle_to_the_last_bit_but_one():
    for angle in (0.0001, 1.0, 12.5, 45.0, 89.9999, 91.0, 179.0, -0.5, -45.0, -90.5, -179.9):
        cosine, sine = cosine_and_sine(angle)
        radians = math.radians(angle)
        assert cosine == pytest.approx(math.cos(radians), abs=2e-16)
        assert sine == pytest.approx(math.sin(radians), abs=2e-16)
    quarters = {0.0: (1, 0), 90.0: (0, 1), 180.0: (-1, 0), -90.0: (0, -1), -180.0: (-1, 0)}
    assert {angle: cosine_and_sine(angle) for angle in quarters} == quarters


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_other_programs_turn_it(orientation):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(upright(pixels, orientation), wanted)
