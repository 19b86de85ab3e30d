"""Beside what is thin its depth is not told, on it and in wide surfaces it is."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.depth import NOT_TOLD, SURE
from imaging.fusion.stack import measure
from imaging.fusion.thin import WIDE_PX, beside_thin
from tests.imaging.fusion.made_stacks import stored

SHAPE = (32, 64)
LINE = 30


def line(told_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Energy of a lone line of one px, and what is told up to so many px from it."""
    away = np.abs(np.arange(SHAPE[1]) - LINE)
    falls = np.array([1.0, 0.7, 0.22, 0.03, 0.004, 0.0], np.float32)
    energy = np.tile(falls[np.minimum(away, 5)], (SHAPE[0], 1))
    return energy, np.tile(away <= told_px, (SHAPE[0], 1))


def test_two_px_from_a_line_the_sharpness_is_the_lines():
    beside = beside_thin(*line(2))
    assert set(np.flatnonzero(beside.any(0))) == {LINE - 2, LINE + 2}
    assert beside[:, LINE - 2].all()


def test_what_is_not_told_is_not_looked_at():
    assert not beside_thin(*line(1)).any()


def test_what_is_told_far_and_wide_may_differ_in_sharpness():
    energy, _ = line(2)
    wide = np.zeros(SHAPE, np.bool_)
    wide[10 : 10 + WIDE_PX, LINE - 3 : LINE - 3 + WIDE_PX] = True
    assert not beside_thin(energy, wide).any()
    narrower = wide.copy()
    narrower[10] = False
    assert beside_thin(energy, narrower).any()


def test_of_a_slanted_hair_before_plain_ground_a_px_to_either_side_is_told_and_no_more(tmp_path):
    # As wide as a px of the map, which is two of the picture.
    y, x = np.mgrid[:192, :256]
    away = np.abs((x - 128) * np.cos(0.4) - (y - 96) * np.sin(0.4))
    hair = 0.6 - 0.5 * np.clip(1.5 - away, 0.0, 1.0)
    planes = [ndimage.gaussian_filter(hair, 0.5 + abs(k - 4)) for k in range(9)]
    frames = stored(tmp_path, [np.repeat(p[..., None], 3, 2) for p in planes], noise=0.004)
    _, found = measure(frames, hair.shape, None, 2)
    known = found.confidence >= LEAST_CONFIDENCE
    apart = away[::2, ::2] / 2
    inner = np.s_[20:-20, 20:-20]
    assert known[inner][apart[inner] < 1.0].all()
    assert not known[inner][apart[inner] > 2.0].any()


def test_fusing_looks_where_it_looked_beside_what_is_thin():
    assert SURE <= NOT_TOLD < LEAST_CONFIDENCE
