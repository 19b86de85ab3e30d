"""Demosaicing here: nearer to the truth than LibRaw's AHD, alike in all turns of the pattern."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.frames import demosaicing
from imaging.frames.bayer_pattern import SMALLEST_PX
from imaging.frames.demosaicing import TILE_PX, demosaic

BLACK = np.zeros((2, 2), np.int32)
SCALE = np.ones((2, 2), np.float32)
PLACES = [(0, 0), (0, 1), (1, 0), (1, 1)]


def mosaic_of(picture, red_at):
    """What a sensor behind a Bayer filter sees of (H, W, 3)."""
    row, column = red_at
    mosaic = picture[..., 1].copy()
    mosaic[row::2, column::2] = picture[row::2, column::2, 0]
    mosaic[1 - row :: 2, 1 - column :: 2] = picture[1 - row :: 2, 1 - column :: 2, 2]
    return mosaic


@pytest.fixture(scope="module")
def picture(demo):
    """A photograph whose px all have three measured colours: 400 x 300 of 800 x 600."""
    photograph = cv2.imread(str(demo / "pcb-jpeg" / "pcb_003.jpg"))[..., ::-1]
    light = (photograph / 255.0) ** 2.2
    small = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.rint(small * 60000).astype(np.uint16)


@pytest.mark.parametrize("red_at", PLACES)
@pytest.mark.parametrize("shape", [(SMALLEST_PX, SMALLEST_PX), (33, 47), (20, TILE_PX + 7)])
def test_measured_values_are_kept_and_an_even_field_stays_even(red_at, shape):
    colour = np.array([40001, 20002, 3], np.uint16)
    field = np.broadcast_to(colour, (*shape, 3)).copy()
    assert np.array_equal(demosaic(mosaic_of(field, red_at), red_at, BLACK, SCALE), field)
    noise = np.random.default_rng(1).integers(0, 65536, shape, dtype=np.uint16)
    assert np.array_equal(mosaic_of(demosaic(noise, red_at, BLACK, SCALE), red_at), noise)


def test_black_is_taken_off_and_what_is_above_white_cut_off():
    black = np.array([[100, 200], [300, 400]], np.int32)
    scale = np.array([[2.0, 3.0], [3.5, 4.0]], np.float32)
    mosaic = np.full((32, 32), 350, np.uint16)
    developed = demosaic(mosaic, (0, 0), black, scale)
    assert np.array_equal(np.unique(developed[0::2, 0::2, 0]), [500])
    assert np.array_equal(np.unique(developed[0::2, 1::2, 1]), [450])
    assert np.array_equal(np.unique(developed[1::2, 0::2, 1]), [175])
    assert developed[1::2, 1::2, 2].max() == 0
    assert demosaic(np.full((32, 32), 65535, np.uint16), (0, 0), black, scale).min() == 65535


@pytest.mark.parametrize("turn", range(4))
def test_a_turned_sensor_sees_the_turned_picture(picture, turn):
    part = picture[:120, :160]
    upright = demosaic(mosaic_of(part, (0, 0)), (0, 0), BLACK, SCALE)
    red_at = [(0, 0), (1, 0), (1, 1), (0, 1)][turn]
    turned = np.ascontiguousarray(np.rot90(mosaic_of(part, (0, 0)), turn))
    found = np.rot90(demosaic(turned, red_at, BLACK, SCALE), -turn)
    # But for the order in which sums are made.
    assert np.abs(found.astype(int) - upright).max() <= 2


def test_red_and_blue_are_treated_alike(picture):
    one = demosaic(mosaic_of(picture, (0, 1)), (0, 1), BLACK, SCALE)
    other = demosaic(mosaic_of(picture[..., ::-1], (1, 0)), (1, 0), BLACK, SCALE)
    assert np.array_equal(one, other[..., ::-1])


def test_columns_are_worked_on_in_tiles_without_a_trace(picture):
    wide = np.tile(picture[:40], (1, 6, 1))[:, : TILE_PX + 300]
    shift = 2 * 130
    whole = demosaic(mosaic_of(wide, (0, 0)), (0, 0), BLACK, SCALE)
    shifted = np.ascontiguousarray(wide[:, shift:])
    part = demosaic(mosaic_of(shifted, (0, 0)), (0, 0), BLACK, SCALE)
    assert np.array_equal(whole[:, shift + 20 :], part[:, 20:])


def test_a_sensor_whose_border_is_left_out_needs_no_other_code(picture):
    small = mosaic_of(picture[:40, :60], (0, 0))
    whole = np.zeros((50, 90), np.uint16)
    whole[5:45, 7:67] = small
    developed = demosaic(small, (0, 0), BLACK, SCALE)
    kinds = len(demosaicing._demosaic._made)
    assert np.array_equal(demosaic(whole[5:45, 7:67], (0, 0), BLACK, SCALE), developed)
    assert len(demosaicing._demosaic._made) == kinds


def test_a_grey_picture_gets_hardly_any_colour(picture):
    grey = np.repeat(picture[..., 1:2], 3, axis=2)
    developed = np.sqrt(demosaic(mosaic_of(grey, (0, 0)), (0, 0), BLACK, SCALE).astype(float))
    cast = developed - developed[..., 1:2]
    assert np.sqrt(np.mean(cast**2)) < 0.012 * 256
