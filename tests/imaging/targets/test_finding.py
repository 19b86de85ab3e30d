"""A chart is found in a picture whichever way round it lies, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import colour, raws
from imaging.targets.charts import chart
from imaging.targets.finding import find
from tests.imaging.targets.made_charts import CORNERS, SIZE, chart_picture

ICC = colour.profile("adobe-rgb")
# Of 120 from patch to patch.
NEAR_PX = 3.0


@pytest.mark.parametrize("turns", [0, 2, 3])
def test_a_colorchecker_is_found_however_it_lies(turns):
    known = chart("colorchecker24")
    picture = np.rot90(chart_picture(known), turns)
    where = CORNERS.copy()
    width, height = SIZE
    for _ in range(turns):
        # A quarter turn against the clock: x, y becomes y, width - x.
        where = np.column_stack([where[:, 1], width - 1 - where[:, 0]])
        width, height = height, width
    assert np.abs(find(np.ascontiguousarray(picture), ICC, known) - where).max() < NEAR_PX


def test_an_sg_is_found():
    known = chart("colorcheckersg")
    picture = chart_picture(known, corners=CORNERS * 1.6, size=(1440, 1024))
    assert np.abs(find(picture, ICC, known) - CORNERS * 1.6).max() < NEAR_PX


def test_a_colorchecker_is_found_in_a_raw_that_shows_little_beside_it(shared_data):
    path = shared_data / "raw" / "rawpipe_colorchecker_realsensor_cfa.dng"
    pixels = raws.develop(path, raws.decide(path))
    corners = find(pixels, ICC, chart("colorchecker24"))
    # As one sees it, to a tenth of a patch: the corner patches are cut off by the frame.
    assert np.abs(corners - [[-21, -58], [1452, -16], [1443, 910], [-25, 944]]).max() < 25


def test_where_there_is_none_the_corners_are_asked_for():
    flat = np.full((400, 600, 3), 30000, np.uint16)
    with pytest.raises(ImagingError, match=r"no colorchecker24 was found.*corners"):
        find(flat, ICC, chart("colorchecker24"))


def test_a_chart_of_other_colours_is_none():
    known = chart("colorchecker24")
    swapped = known.lab[::-1] - known.lab + [0, 40, -40]
    with pytest.raises(ImagingError, match=r"found in the picture|is none"):
        find(chart_picture(known, swapped), ICC, known)


def test_a_chart_of_an_own_grid_cannot_be_found(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("patch,L,a,b\nA1,97,0,1\nB1,50,0,0\n")
    with pytest.raises(ImagingError, match="cannot be found by itself"):
        find(np.zeros((100, 100, 3), np.uint16), ICC, chart("own", own))
