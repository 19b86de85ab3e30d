"""A frame's light, binned on the way."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.light import bin_luminance, binning_for, coarser, read_light
from imaging.frames.tiff import write_image

CURVE = np.tile(np.linspace(0.0, 1.0, 65536, dtype=np.float32), (3, 1))
PIXELS = np.random.default_rng(3).integers(0, 65536, (42, 70, 3), np.uint16)


@pytest.mark.parametrize(("shape", "factor"), [((10, 10), 1), ((20, 10), 2), ((80, 60), 8)])
def test_the_binning_is_the_power_of_two_that_leaves_few_enough_px(shape, factor):
    assert binning_for(shape, 100) == factor


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_luminance_is_the_mean_of_whole_cells_green_counting_twice(factor):
    rows, columns = 42 // factor, 70 // factor
    whole = PIXELS[: rows * factor, : columns * factor] @ [0.25, 0.5, 0.25] / 65535
    expected = whole.reshape(rows, factor, columns, factor).mean((1, 3))
    binned = np.empty((rows, columns), np.float32)
    bin_luminance(PIXELS, factor, CURVE, binned)
    assert binned == pytest.approx(expected, abs=1e-6)


def test_a_frame_is_read_with_its_thumbnail(tmp_path):
    pixels = np.full((256, 384, 3), 65535, np.uint16)
    pixels[:128, :, 0] = 0
    write_image(tmp_path / "frame.tif", pixels)
    light = read_light(tmp_path / "frame.tif", None)
    assert (light.shape, light.binning, light.luminance.shape) == ((256, 384), 1, (256, 384))
    assert light.thumbnail.shape == (64, 96, 3)
    assert light.thumbnail[0, 0] == pytest.approx([0, 1, 1])
    assert light.thumbnail[-1, -1] == pytest.approx([1, 1, 1])
    assert light.luminance[0, 0] == pytest.approx(0.75)
    assert light.luminance[-1, 0] == pytest.approx(1.0)
    half = coarser(light)
    assert (half.luminance.shape, half.binning, half.shape) == ((128, 192), 2, (256, 384))


def test_cells_are_told_in_which_a_channel_is_white(tmp_path):
    pixels = np.full((256, 384, 3), 40000, np.uint16)
    pixels[100, 200] = 65535
    pixels[200, 300, 2] = 64500
    pixels[40, 40] = 63000
    write_image(tmp_path / "frame.tif", pixels)
    white = read_light(tmp_path / "frame.tif", None).white
    assert white.shape == (64, 96)
    assert list(zip(*np.nonzero(white))) == [(25, 50), (50, 75)]


def test_who_looks_is_shown_every_row_once_and_those_beside(tmp_path):
    pixels = np.random.default_rng(4).integers(0, 65536, (600, 8, 3), np.uint16)
    write_image(tmp_path / "frame.tif", pixels)
    meant = []

    def look(rows: np.ndarray, top: int, first: int, last: int) -> None:
        assert (top, top + len(rows)) == (max(first - 3, 0), min(last + 3, 600))
        assert (rows == pixels[top : top + len(rows)]).all()
        meant.extend(range(first, last))

    read_light(tmp_path / "frame.tif", None, look, 3)
    assert meant == list(range(600))
