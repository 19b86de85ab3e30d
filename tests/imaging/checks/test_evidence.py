"""Where something was found, and small pictures of it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from imaging.checks import evidence
from imaging.frames import tiff


def test_the_largest_groups_of_cells_that_touch_come_first_in_px_within_the_picture():
    cells = np.zeros((6, 8), bool)
    cells[0, 0] = cells[2:4, 2:4] = cells[4, 4] = cells[5, 7] = True
    assert [count for _, count in evidence.groups(cells)] == [5, 1, 1]
    # The corner's cell ends with the picture.
    places = evidence.places_of(cells, 10, (58, 75))
    assert places == ((20, 20, 30, 30), (0, 0, 10, 10), (70, 50, 5, 8))


def test_no_more_places_than_pictures_are_named():
    cells = np.zeros((9, 9), bool)
    cells[::2, ::2] = True
    assert len(evidence.places_of(cells, 4, (36, 36))) == evidence.MOST_PICTURES


def test_a_crop_shows_what_lies_round_a_place_upright_and_not_beyond_the_picture(tmp_path):
    pixels = np.zeros((300, 400, 3), np.uint16)
    pixels[:, :150] = 65535
    tiff.write_image(tmp_path / "fused.tif", pixels)
    with tiff.open_rows(tmp_path / "fused.tif") as fused:
        evidence.write_crop(fused, (10, 20, 30, 40), 6, tmp_path / "crop.jpg")
    crop = Image.open(tmp_path / "crop.jpg")
    # Turned by a quarter: rows 0 to 156 and columns 0 to 136 of the picture.
    assert crop.size == (20 + 40 + evidence.AROUND_PX, 10 + 30 + evidence.AROUND_PX)
    assert np.asarray(crop).min() > 250
