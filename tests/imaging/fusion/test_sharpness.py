"""The energy of noise is known: measured again here, and found again in frames that have it."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame
from imaging.fusion.sharpness import (
    FIRST_DECILE,
    PATCH_BORDER_PX,
    WHITE_NOISE_ENERGY,
    measure_noise,
    noise_energies,
    window_energy,
)
from imaging.sampling import pyramid


def energies(level: np.ndarray, levels: int) -> list[np.ndarray]:
    """The energy of detail at so many levels of a (C, H, W) picture, its border left out."""
    halo, margin = pyramid.HALO_PX, pyramid.MARGIN_PX
    measured = []
    for _ in range(levels):
        channels, rows, columns = level.shape
        tile = np.empty((channels, rows + 2 * halo, columns + 2 * halo), np.float32)
        pyramid.cut_tile(level, -halo, -halo, tile)
        detail = np.empty((channels, rows + 2 * margin, columns + 2 * margin), np.float32)
        level = np.empty((channels, *pyramid.coarser((rows, columns))), np.float32)
        pyramid.split_tile(tile, 0, 0, rows, columns, rows, columns, detail, level)
        energy = np.empty((rows, columns), np.float32)
        window_energy(detail, 0.0, energy)
        border = slice(PATCH_BORDER_PX, -PATCH_BORDER_PX)
        measured.append(energy[border, border])
    return measured


@pytest.mark.parametrize("channels", FIRST_DECILE)
def test_white_noise_has_the_energy_that_is_taken_for_it(channels):
    noise = np.random.default_rng(1).standard_normal((channels, 1000, 1000)).astype(np.float32)
    measured = energies(noise, len(WHITE_NOISE_ENERGY))
    assert [energy.mean() for energy in measured] == pytest.approx(WHITE_NOISE_ENERGY, rel=0.03)
    decile = np.quantile(measured[0], 0.1) / measured[0].mean()
    assert decile == pytest.approx(FIRST_DECILE[channels], rel=0.02)


def test_the_noise_of_a_frame_is_found_where_it_is_plain(tmp_path):
    rng = np.random.default_rng(2)
    values = 0.5 + rng.normal(0, 0.01, (600, 800, 3))
    values[:, 500:] += 0.2 * rng.standard_normal((600, 300, 1))
    write_image(tmp_path / "noisy.tif", np.rint(values.clip(0, 1) * 65535).astype(np.uint16))
    noise = measure_noise([Frame(tmp_path / "noisy.tif", np.eye(3))])
    assert np.sqrt(noise.colour) == pytest.approx(0.01, rel=0.1)


def test_further_levels_have_a_quarter_of_the_energy_each():
    finest = noise_energies(2.0, 7)
    assert finest[0] == pytest.approx(2.0 * WHITE_NOISE_ENERGY[0])
    assert finest[6] == pytest.approx(finest[5] / 4.0)
