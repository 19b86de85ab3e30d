"""The small Gaussian is SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.sampling.smoothing import smoothed


@pytest.mark.parametrize("sigma", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (31, 40)])
def test_it_is_a_gaussian_with_its_border_repeated(sigma, shape):
    image = np.random.default_rng(1).random(shape).astype(np.float32)
    wanted = ndimage.gaussian_filter(image, sigma, mode="nearest", radius=2)
    np.testing.assert_allclose(smoothed(image, sigma), wanted, atol=1e-6)
