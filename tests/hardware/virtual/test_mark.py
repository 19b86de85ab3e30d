import numpy as np
import pytest

from hardware.virtual.mark import DARK, marked
from hardware.virtual.scene import Layer, Scene


def card(rows: int, columns: int) -> Scene:
    flat = np.zeros((rows, columns), np.float32)
    white = np.ones((rows, columns, 3), np.float32)
    return Scene(5.0, (Layer(flat, white, flat + 1),))


@pytest.mark.parametrize("distance_um", [400, 403.7])
def test_the_middles_of_two_dots_lie_as_far_apart_as_it_says(distance_um):
    ink = 1 - marked(card(240, 320), distance_um, 200).layers[0].rgb[..., 0]
    assert ink.max() == pytest.approx(1 - DARK)
    x = np.arange(320)
    left, right = (np.average(x[side], weights=ink[:, side].sum(0)) for side in np.split(x, 2))
    assert (right - left) * 5.0 == pytest.approx(distance_um, rel=5e-4)
    assert (left + right) / 2 == pytest.approx(159.5)


def test_without_a_distance_the_card_is_bare():
    scene = card(60, 80)
    assert marked(scene, 0, 50) is scene
