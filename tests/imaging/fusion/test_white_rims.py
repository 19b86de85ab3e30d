"""Rims of what is white: of frames that show one, the one with the least white in it wins."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.highlights import NOWHERE
from imaging.fusion.weights import NOISY
from imaging.fusion.white_rims import LIFT, discount_white
from imaging.sampling.pyramid import HALO_PX

SIDE = 16
NOISE = np.float32(1e-6)
# Of the finest level `dark` has half the resolution, of others their own.
FINEST, COARSER = 1, 0


def asked(halved: int) -> np.ndarray:
    return np.zeros((SIDE >> halved, SIDE >> halved), np.uint8)


def left(
    spot_px: int,
    energy: float,
    halved: int,
    light: float = 1.0,
    dark: np.ndarray | None = None,
) -> np.ndarray:
    """What is left of an energy round a bright square of so many px each way, in the middle."""
    tile = np.full((3, SIDE + 2 * HALO_PX, SIDE + 2 * HALO_PX), 0.2, np.float32)
    first = HALO_PX + (SIDE - spot_px) // 2
    tile[:, first : first + spot_px, first : first + spot_px] = light
    plane = np.full((SIDE, SIDE), energy, np.float32)
    where = asked(halved) if dark is None else dark
    discount_white(tile, 0, 0, where, halved, np.float32(1.0) / NOISE, plane)
    return plane


MIDDLE = np.s_[SIDE // 2, SIDE // 2]


def test_at_the_finest_level_what_is_all_white_has_next_to_no_energy():
    np.testing.assert_allclose(left(SIDE, 1.0, FINEST)[MIDDLE], 0.05**4, rtol=1e-4)


def test_at_the_finest_level_what_is_bright_but_not_white_keeps_its_energy():
    assert left(SIDE, 0.05, FINEST, light=0.8)[MIDDLE] == np.float32(0.05)


def test_at_coarser_levels_a_quarter_of_a_spot_s_light_wins_over_four_times_the_energy():
    assert left(1, 0.01, COARSER, light=0.6)[MIDDLE] > left(2, 0.04, COARSER, light=0.6)[MIDDLE]


def test_at_coarser_levels_what_is_all_white_still_stands_out_of_the_noise():
    assert left(SIDE, 0.05, COARSER)[MIDDLE] > 10 * NOISY * NOISE


def test_at_coarser_levels_energy_above_the_noise_s_is_raised_alike_where_nothing_is_bright():
    noise = np.float32(NOISY) * NOISE
    np.testing.assert_allclose(left(0, 0.01, COARSER), noise + LIFT * (0.01 - noise), rtol=1e-5)


def test_noise_is_not_raised():
    noise = np.float32(NOISY * NOISE / 2)
    np.testing.assert_array_equal(left(0, noise, COARSER), noise)


@pytest.mark.parametrize("halved", [FINEST, COARSER])
def test_nothing_changes_where_it_is_not_asked(halved):
    dark = asked(halved)
    dark[:, : dark.shape[1] // 2] = NOWHERE
    plane = left(6, 0.05, halved, dark=dark)
    assert (plane[:, : SIDE // 2] == np.float32(0.05)).all()
    assert (plane[5:11, SIDE // 2 : SIDE // 2 + 3] != np.float32(0.05)).all()
