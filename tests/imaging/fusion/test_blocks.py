"""Strips of one block, two or four; of two blocks that meet, the second has rows of the first."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.blocks import next_block, strip_rows
from imaging.sampling.pyramid import HALO_PX


@pytest.mark.parametrize(
    ("rows", "threads", "wanted"),
    [
        (4000, 2, 256),
        (4000, 4, 128),
        (4000, 16, 64),
        (511, 1, 64),
        (512, 1, 128),
        (1023, 1, 128),
        (1024, 1, 256),
    ],
)
def test_strips_are_tall_where_each_thread_has_four_of_them(rows, threads, wanted):
    assert strip_rows(rows, threads) == wanted


@pytest.mark.parametrize("height", [20, 3])
def test_the_next_block_begins_with_the_last_rows_of_the_one_before(height):
    tile = np.random.default_rng(1).random((3, 20 + 2 * HALO_PX, 5), np.float32)
    last = tile[:, -2 * HALO_PX :].copy()
    following = next_block(tile, height)
    assert following.shape == (3, height + 2 * HALO_PX, 5)
    np.testing.assert_array_equal(following[:, : 2 * HALO_PX], last)
