"""Where a picture moves that is seen from aside, and what is left of its crop."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.pictures.aside import crop_seen, rightward, shifts_px
from imaging.pictures.crop import Crop, upright


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("angle_deg", [0.0, 90.0, 30.0])
def test_right_is_where_the_right_of_the_upright_crop_lies(orientation, angle_deg):
    crop = Crop((100, 80, 60, 40), angle_deg)
    # A picture of places, cut out and turned upright as the master is.
    x, y = np.meshgrid(np.arange(60), np.arange(40))
    places = np.einsum("ij,hwj->hwi", crop.matrix, np.stack([x, y, np.ones_like(x)], axis=-1))
    seen = upright(places, orientation)
    assert rightward(crop, orientation) == pytest.approx((seen[5, 6] - seen[5, 5])[:2])


def test_near_things_move_left_when_seen_from_the_right():
    assert shifts_px([0.0, 100.0, 200.0], 100.0, 45.0, 10.0) == pytest.approx([10.0, 0.0, -10.0])
    assert shifts_px([200.0], 100.0, -45.0, 10.0) == pytest.approx([10.0])


@pytest.mark.parametrize(
    ("crop", "right", "seen"),
    [
        # Of the whole, what all frames show; of a middle, all.
        (Crop((0, 0, 300, 200)), (1.0, 0.0), Crop((8, 0, 284, 200))),
        (Crop((50, 50, 100, 90)), (1.0, 0.0), Crop((50, 50, 100, 90))),
        (Crop((50, 50, 100, 90), 30.0), (0.866, 0.5), Crop((58, 50, 84, 90), 30.0)),
    ],
)
def test_a_view_is_cropped_to_what_all_frames_show(crop, right, seen):
    assert crop_seen(crop, (8, 0, 284, 200), [7.2, 0.0, -7.5], np.array(right)) == seen
