"""Small holes of a depth map are closed from what lies round them; nothing else is made up."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.agreement import NEIGHBOURS_PX
from imaging.pictures.pinholes import without_pinholes
from imaging.pictures.surface import MEASURED_PX


def slope(rows=30, columns=40):
    y, x = np.mgrid[:rows, :columns]
    return (100.0 + 7.0 * x - 3.0 * y).astype(np.float32)


def closed(heights, widest=5, error=2.0):
    return without_pinholes(heights, widest, error)


def test_a_hole_as_wide_as_a_measurement_is_closed_on_the_slope_it_lies_in_a_wider_one_is_not():
    heights = slope()
    heights[4:9, 5:10] = heights[20, 30] = np.nan
    heights[15:21, 8:10] = np.nan
    filled, count = closed(heights)
    assert count == 26
    assert np.allclose(filled[4:9, 5:10], slope()[4:9, 5:10], atol=1e-3)
    assert np.isclose(filled[20, 30], slope()[20, 30], atol=1e-3)
    assert np.isnan(filled[15:21, 8:10]).all()
    known = ~np.isnan(heights)
    assert np.array_equal(filled[known], heights[known])


def test_holes_that_touch_at_a_corner_are_one():
    heights = slope()
    for k in range(6):
        heights[5 + k, 5 + k] = np.nan
    assert closed(heights)[1] == 0
    assert closed(heights, widest=6)[1] == 6


@pytest.mark.parametrize(("step", "count"), [(3.0, 9), (100.0, 0)])
def test_beside_a_step_a_hole_stays_unless_its_rim_agrees_within_the_error(step, count):
    heights = slope()
    heights[:, 20:] += step
    heights[10:13, 18:21] = np.nan
    assert closed(heights)[1] == count


def test_at_the_border_nothing_is_carried_outwards():
    heights = slope()
    heights[0, 7] = heights[-1, 7] = heights[7, 0] = heights[7, -1] = np.nan
    assert closed(heights)[1] == 0


def test_where_nothing_or_all_is_known_nothing_changes():
    assert np.array_equal(closed(slope())[0], slope())
    nothing = np.full((9, 9), np.nan, np.float32)
    assert np.isnan(closed(nothing)[0]).all()


def test_a_measurement_is_as_wide_as_the_neighbours_that_fusing_asks():
    # Half of the resolution, and the px itself.
    assert MEASURED_PX == 2 * (2 * NEIGHBOURS_PX + 1)
