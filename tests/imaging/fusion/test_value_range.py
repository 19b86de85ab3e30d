"""The range of the frames' values in cells of 2 x 2 px."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.value_range import STEPS, widen_range
from imaging.sampling.coverage import Outline

HALO = 3


@pytest.mark.parametrize("shape", [(8, 70), (7, 69), (2, 5)])
def test_cells_take_the_range_of_their_px_in_steps_rounded_outwards(shape):
    rng = np.random.default_rng(1)
    height, width = shape
    values = rng.uniform(-0.2, 1.2, (3, *shape)).astype(np.float32)
    tile = np.pad(values, ((0, 0), (HALO, HALO), (HALO, HALO)), constant_values=9.0)
    cells = (3, (height + 1) // 2, (width + 1) // 2)
    least, most = rng.integers(0, STEPS + 1, (2, *cells)).astype(np.uint8)
    # A cell at an odd picture's end has its own px alone.
    pairs = np.pad(values, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    pairs = pairs.reshape(3, cells[1], 2, cells[2], 2) * np.float32(STEPS)
    low = np.floor(np.clip(pairs.min((2, 4)), 0, STEPS))
    high = np.floor(np.clip(pairs.max((2, 4)) + 1, 0, STEPS))
    wanted = np.minimum(least, low), np.maximum(most, high)
    widen_range(tile, HALO, Outline(np.eye(3), height, width), 0, 0, least, most)
    assert np.array_equal(least, wanted[0]) and np.array_equal(most, wanted[1])


def test_px_beyond_a_frames_border_widen_nothing():
    tile = np.full((3, 4 + 2 * HALO, 40 + 2 * HALO), 0.5, np.float32)
    least, most = np.full((3, 2, 20), STEPS, np.uint8), np.zeros((3, 2, 20), np.uint8)
    moved = np.array([[1.0, 0.0, -10.0], [0, 1, 0], [0, 0, 1]])
    widen_range(tile, HALO, Outline(moved, 4, 40), 0, 0, least, most)
    assert (most[..., :5] == 0).all() and (least[..., :5] == STEPS).all()
    assert (most[..., 5:] > 0).all() and (least[..., 5:] < STEPS).all()
