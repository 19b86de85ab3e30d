"""Where fusing looks: the depth map is followed where it knows better than one px."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.depth import FAINT, SURE, follow_told

NOISE = 2e-6


@pytest.mark.parametrize(
    "energy, confidence, followed",
    [
        (0.9 * FAINT * NOISE, 0.0, True),
        (1.1 * FAINT * NOISE, 0.0, False),
        (1.1 * FAINT * NOISE, SURE - 0.01, False),
        (1.1 * FAINT * NOISE, SURE, True),
    ],
)
def test_the_map_is_followed_on_faint_detail_and_where_it_is_sure(energy, confidence, followed):
    guide, behind = np.full((2, 3), 9, np.float32), np.array([[0, 0, 0], [1, 1, 1]], np.uint8)
    told = np.full((2, 3), 4, np.float32), np.full((2, 3), confidence, np.float32)
    follow_told(guide, behind, told, np.full((2, 3), energy, np.float32), NOISE)
    assert np.all(guide[0] == (4 if followed else 9))
    # Where a rim brought it nearer, it stays.
    assert np.all(guide[1] == 9)
