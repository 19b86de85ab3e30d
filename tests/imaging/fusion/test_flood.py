"""A flood from both sides of a crest."""

from __future__ import annotations

import numpy as np

from imaging.fusion.flood import flood


def test_a_flood_from_both_sides_meets_at_the_crest():
    told = np.full((1, 12), np.nan, np.float32)
    told[0, 0], told[0, -1] = 9, 2
    energy = np.array([[1, 2, 4, 8, 16, 32, 64, 128, 64, 8, 4, 1]], np.float32)
    flood(told, energy, np.isnan(told).astype(np.uint8))
    assert told[0].tolist() in ([9] * 8 + [2] * 4, [9] * 7 + [2] * 5)
