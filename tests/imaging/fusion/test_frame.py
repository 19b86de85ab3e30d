"""What a sample of a frame stands for once its light is made that of the others."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames.colour import light_curve, profile
from imaging.fusion.frame import brightness_curves

VALUES = np.linspace(0.0, 1.0, 65536)


@pytest.mark.parametrize("name", ["srgb", "adobe-rgb"])
@pytest.mark.parametrize("gain", [0.51, 0.9993, 1.0007, 1.9])
def test_a_curve_is_what_numpy_interpolates_to_the_last_bit(name, gain):
    icc = profile(name)
    red, green, blue = brightness_curves(icc, (1.0, gain, 1.0))
    rising = light_curve(icc)[1].astype(float) + np.linspace(0.0, 1e-9, 65536)
    wanted = gain * light_curve(icc)[1].astype(float)
    beyond = np.maximum(wanted - rising[-1], 0.0) * (511 / 65535) / (rising[-1] - rising[-512])
    interpolated = np.interp(wanted, rising, VALUES)
    assert np.array_equal(
        green[wanted <= rising[-1]], interpolated.astype(np.float32)[wanted <= rising[-1]]
    )
    assert np.abs(green - (interpolated + beyond)).max() < 1e-6
    assert np.array_equal(red, VALUES.astype(np.float32)) and np.array_equal(red, blue)
