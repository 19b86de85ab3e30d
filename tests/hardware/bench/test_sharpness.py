"""Fine detail of a picture's tiles, apart from its noise."""

import numpy as np
import pytest
from scipy import ndimage

from hardware.bench.sharpness import detail

RNG = np.random.default_rng(5)
TEXTURE = ndimage.gaussian_filter(RNG.standard_normal((240, 360)), 0.7)


def picture(blur_px=0.0, noise=0.0):
    texture = 0.5 + 0.2 * ndimage.gaussian_filter(TEXTURE, blur_px)
    return np.float32(texture + noise * RNG.standard_normal(texture.shape))


def test_noise_alone_has_energy_and_no_detail():
    measured = detail(np.float32(0.5 + 0.02 * RNG.standard_normal((240, 360))))
    # Second differences of noise of variance v have 6 v, down and across.
    assert measured.energy.mean() == pytest.approx(12 * 0.02**2, rel=0.02)
    assert abs(measured.clean.mean()) < 0.02 * measured.energy.mean()
    assert measured.certain().sum() <= 2


def test_noise_does_not_change_how_sharp_a_picture_is():
    assert detail(picture(noise=0.02)).number() == pytest.approx(
        detail(picture()).number(), rel=0.05
    )


def test_sharpness_falls_with_blur_and_is_where_the_detail_is():
    numbers = [detail(picture(blur)).number() for blur in (0, 0.5, 1, 2, 4)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] < numbers[0] / 20
    half = picture(3)
    half[:, :180] = picture()[:, :180]
    measured = detail(half + np.float32(0.01) * np.float32(RNG.standard_normal(half.shape)))
    columns = measured.certain().mean(axis=0)
    assert columns[:11].min() > 0.9
    assert columns[13:].max() < 0.2


@pytest.mark.parametrize("shape", [(24, 32), (5, 300), (300, 5), (3, 3), (241, 357)])
def test_every_shape_has_tiles_with_values(shape):
    measured = detail(np.float32(RNG.standard_normal(shape)))
    for tiles in (measured.energy, measured.clean, measured.error):
        assert tiles.shape == measured.energy.shape
        assert np.isfinite(tiles).all()
    assert max(measured.energy.shape) <= 24
