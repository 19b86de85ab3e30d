"""The virtual specimen."""

import numpy as np
import pytest

from hardware.virtual.scene import beetle

WIDTH, HEIGHT, PITCH = 160, 120, 4.0


@pytest.fixture(scope="module")
def scene():
    return beetle(WIDTH, HEIGHT, PITCH, 600, seed=5)


def test_same_seed_same_specimen_and_another_another(scene):
    again = beetle(WIDTH, HEIGHT, PITCH, 600, seed=5)
    other = beetle(WIDTH, HEIGHT, PITCH, 600, seed=6)
    assert np.array_equal(scene.surface_rgb, again.surface_rgb)
    assert not np.array_equal(scene.surface_rgb, other.surface_rgb)
