"""Bright spots that grow as they go out of focus."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.descent import descend
from imaging.alignment.swelling import BESIDE_PX, BRIGHT, swelling_of
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment.scenes import SHAPE, detail_of, frame, scene, similarity

RNG = np.random.default_rng(6)
SPOTS = RNG.uniform(0.04, 0.96, (80, 2)) * SHAPE


def test_px_beside_a_bright_spot_have_the_size_of_their_slope_and_others_nothing():
    image = np.full((40, 50), BRIGHT, np.float32)
    image[0, 0] = np.nan
    image[20, 30] += np.float32(0.1)
    at = np.arange(image.size, dtype=np.int32)
    swelling = swelling_of(image, at, *np.full((2, at.size), [[3.0], [4.0]], np.float32))
    expected = np.zeros(image.shape)
    reach = slice(20 - BESIDE_PX, 21 + BESIDE_PX), slice(30 - BESIDE_PX, 31 + BESIDE_PX)
    expected[reach] = 5.0
    assert np.array_equal(swelling.reshape(image.shape), expected)


def shining(motion: np.ndarray, radius: float, seed: int, number: int = len(SPOTS)):
    """Soft-edged white discs on dull ground, the finest resolution."""
    pixels = frame(0.2 * scene(74), motion, 0.7, seed=seed).astype(np.float64)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    for v, u in SPOTS[:number]:
        u, v, _ = motion @ [u, v, 1.0]
        share = np.clip(radius + 0.5 - np.hypot(y - v, x - u), 0, 1)[..., None]
        pixels = np.maximum(pixels, 65535 * share)
    return detail_of(np.rint(pixels).astype(np.uint16)).levels[-1]


@pytest.mark.parametrize("grown", [1.0, -1.0])
def test_discs_that_grow_or_shrink_are_no_magnification(grown):
    motion = similarity(1.001, 0.0005, 0.4, -0.3)
    one, other = shining(np.eye(3), 6.0, 1), shining(motion, 6.0 + grown, 2)
    found = descend(one, other, np.eye(3), "similarity", 25)
    assert corner_distance(found.matrix, motion, SHAPE) < 0.1
    # Left out of account, their growth is taken for magnification.
    plain = (level._replace(swelling=np.zeros_like(level.swelling)) for level in (one, other))
    astray = descend(*plain, np.eye(3), "similarity", 25)
    assert corner_distance(astray.matrix, motion, SHAPE) > 0.5


@pytest.mark.parametrize(("number", "is_asked"), [(2, False), (len(SPOTS), True)])
def test_spots_are_asked_where_a_fiftieth_of_the_px_looked_at_lies_beside_them(number, is_asked):
    motion = similarity(1.001, 0.0005, 0.4, -0.3)
    one, other = shining(np.eye(3), 6.0, 1, number), shining(motion, 7.0, 2, number)
    beside = max(np.count_nonzero(level.swelling) / level.at.size for level in (one, other))
    assert beside > 0.02 if is_asked else 0 < beside < 0.02
    plain = (level._replace(swelling=np.zeros_like(level.swelling)) for level in (one, other))
    found = descend(one, other, np.eye(3), "similarity", 25)
    without = descend(*plain, np.eye(3), "similarity", 25)
    assert np.array_equal(found.matrix, without.matrix) is not is_asked
