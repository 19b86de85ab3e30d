import numpy as np
import pytest

from imaging.pictures.crop import upright
from web.review.placing import Placing, level_sizes, reaching, within


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_of_the_master_is_found_in_the_fused_image_and_back(orientation: int) -> None:
    fused = np.arange(20 * 30).reshape(20, 30)
    placing = Placing((4, 3, 17, 11), orientation)
    master = upright(fused[3:14, 4:21], orientation)
    assert placing.size == master.shape[::-1]
    box = (2, 3, 5, 4)
    x, y, width, height = placing.to_fused(box)
    cut = placing.turned(fused[y : y + height, x : x + width])
    assert np.array_equal(cut, master[3:7, 2:7])
    assert placing.from_fused((x, y, width, height)) == box
    assert np.array_equal(placing.turned_back(master), fused[3:14, 4:21])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0])
def test_places_of_a_turned_master_are_those_of_the_fused_image(orientation, angle) -> None:
    fused = np.arange(40 * 40).reshape(40, 40)
    # Both sides odd: a quarter turn is one about a px.
    placing = Placing((4, 3, 17, 11), orientation, angle)
    box = fused[3:14, 4:21]
    if angle == 90.0:
        # Eleven px from the left edge up, and seventeen down from the upper.
        box = fused[0:17, 7:18]
    master = upright(np.rot90(box, round(angle / 90)), orientation)
    assert placing.size == master.shape[::-1]
    for x, y in ((0, 0), (5, 2), (placing.size[0] - 1, placing.size[1] - 1)):
        column, row, _ = np.rint(placing.matrix @ (x, y, 1)).astype(int)
        assert fused[row, column] == master[y, x]


def test_levels_halve_until_a_tile_holds_the_whole() -> None:
    assert level_sizes((6001, 4000), 512) == [
        (376, 250),
        (751, 500),
        (1501, 1000),
        (3001, 2000),
        (6001, 4000),
    ]
    assert level_sizes((512, 3), 512) == [(512, 3)]


def test_what_lies_beside_a_picture_is_filled_up() -> None:
    there = within((-2, 1, 5, 9), (10, 4))
    assert there == (0, 1, 3, 3)
    whole = reaching(np.ones((3, 3)), there, (-2, 1, 5, 9), 7)
    assert whole.shape == (9, 5)
    assert whole[:3, 2:].sum() == 9
    assert (whole == 7).sum() == 36
    assert within((20, 0, 5, 5), (10, 4))[2] == 0
