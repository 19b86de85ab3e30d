"""The virtual sensor, against physics."""

import math

import numpy as np
import pytest

from hardware.virtual.sensor import BLACK, WHITE, Exposure, record

EXPOSURE = Exposure(4, 1 / 60, 100)


def test_noise_is_that_of_photons():
    flat = np.full((200, 200, 3), 0.5, np.float32)
    green = record(flat, EXPOSURE, np.random.default_rng(1))[0::2, 1::2].astype(float)
    electrons = 0.5 * 0.55 * 30_000
    per_level = 30_000 / (WHITE - BLACK)
    assert green.mean() - BLACK == pytest.approx(electrons / per_level, rel=0.01)
    assert green.std() * per_level == pytest.approx(math.sqrt(electrons + 9), rel=0.05)


def test_highlights_clip_at_the_white_level():
    bright = np.full((10, 10, 3), 50, np.float32)
    assert record(bright, EXPOSURE, np.random.default_rng(1)).max() == WHITE
