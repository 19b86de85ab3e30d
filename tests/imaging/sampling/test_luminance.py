"""Half-resolution luminance: means of 2 x 2 px, weighted 1/4, 1/2, 1/4, to a thirtythousandth."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.sampling.luminance import half_values, halve_luminance

LINEAR = np.tile(np.linspace(0.0, 1.0, 65536, dtype=np.float32), (3, 1))


@pytest.mark.parametrize("shape", [(1, 1), (6, 8), (7, 9)])
def test_it_is_the_mean_luminance_of_four_px(shape):
    pixels = np.random.default_rng(2).integers(0, 65536, (*shape, 3), dtype=np.uint16)
    rows, columns = (shape[0] + 1) // 2, (shape[1] + 1) // 2
    padded = np.pad(pixels, ((0, 2 * rows - shape[0]), (0, 2 * columns - shape[1]), (0, 0)), "edge")
    light = padded @ np.array([0.25, 0.5, 0.25]) / 65535
    wanted = light.reshape(rows, 2, columns, 2).mean((1, 3))
    found = half_values()[0][halve_luminance(pixels, LINEAR, 0, 0, rows)[..., 0]]
    np.testing.assert_allclose(found, wanted, atol=3e-5)


def test_samples_are_rounded_means_of_four_and_light_is_that_of_their_curves():
    pixels = np.random.default_rng(4).integers(0, 65536, (6, 21, 3), dtype=np.uint16)
    curves = (LINEAR * np.array([[1.1], [1.7], [0.9]])).astype(np.float32)
    padded = np.pad(pixels, ((0, 0), (0, 1), (0, 0)), "edge").astype(np.int64)
    red, green, blue = np.moveaxis((padded.reshape(3, 2, 11, 2, 3).sum((1, 3)) + 2) >> 2, 2, 0)
    light = (curves[0, red] + np.float32(2) * curves[1, green]) + curves[2, blue]
    samples = np.minimum(light * np.float32(65535 / 8), np.float32(65535)) + np.float32(0.5)
    found = halve_luminance(pixels, curves, 0, 0, 3)[..., 0]
    np.testing.assert_array_equal(found, samples.astype(np.uint16))


def test_a_brightened_frame_is_not_cut_off_at_white():
    pixels = np.full((2, 2, 3), 65535, np.uint16)
    found = half_values()[0][halve_luminance(pixels, 1.5 * LINEAR, 0, 0, 1)[0, 0, 0]]
    assert found == pytest.approx(1.5, abs=1e-4)


def test_rows_of_a_strip_are_those_of_the_whole():
    pixels = np.random.default_rng(3).integers(0, 65536, (11, 4, 3), dtype=np.uint16)
    whole = halve_luminance(pixels, LINEAR, 0, 0, 6)
    np.testing.assert_array_equal(halve_luminance(pixels[4:], LINEAR, 4, 2, 6), whole[2:])
