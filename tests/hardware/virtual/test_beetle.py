"""The virtual specimen."""

import numpy as np
import pytest

from hardware.virtual.beetle import beetle

WIDTH, HEIGHT, PITCH = 160, 120, 4.0


@pytest.fixture(scope="module")
def scene():
    return beetle(WIDTH, HEIGHT, PITCH, 600, seed=5)


def test_same_seed_same_specimen_and_another_another(scene):
    again = beetle(WIDTH, HEIGHT, PITCH, 600, seed=5)
    other = beetle(WIDTH, HEIGHT, PITCH, 600, seed=6)
    for layer, same in zip(scene.layers, again.layers, strict=True):
        assert np.array_equal(layer.rgb, same.rgb)
        assert np.array_equal(layer.height_um, same.height_um)
    assert not np.array_equal(scene.layers[0].rgb, other.layers[0].rgb)


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_specimen_is_as_high_as_asked_for_and_within_the_picture(seed):
    ground, *parts = beetle(WIDTH, HEIGHT, PITCH, 600, seed).layers
    assert (ground.cover == 1).all()
    highest = max(part.height_um[part.cover > 0].max() for part in parts)
    lowest = min(part.height_um[part.cover > 0].min() for part in parts)
    assert 450 < highest < 720
    assert lowest > -30
    # Claws and antennae do not run out of the frame.
    for part in (parts[0], parts[2]):
        outside = np.ones(part.cover.shape, bool)
        outside[64:-64, 64:-64] = False
        assert part.cover[outside].sum() == 0
    assert all(np.isfinite(part.rgb).all() and part.rgb.min() >= 0 for part in (ground, *parts))
