"""Valleys of light: frames between two that have more of it all round."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.light_valleys import Valleys, believed, follow_valleys, no_valleys

CELL_PX = 4
SHAPE, CELLS = (96, 130), (24, 33)


def taken(frames: list[np.ndarray]) -> Valleys:
    """After frames of light, (h, w) each."""
    valleys = no_valleys(SHAPE, CELLS)
    for k, light in enumerate(frames):
        padded = np.pad(light, ((0, 0), (0, CELLS[1] * CELL_PX - SHAPE[1])), "edge")
        cells = padded.reshape(CELLS[0], CELL_PX, CELLS[1], CELL_PX).mean((1, 3))
        follow_valleys(valleys, light, cells.astype(np.float32), CELL_PX, k)
    return valleys


def flat(*lights: int) -> list[np.ndarray]:
    return [np.full(SHAPE, light, np.uint8) for light in lights]


@pytest.mark.parametrize(
    "lights, dark",
    (
        ((50, 60, 40, 55, 45), 40),
        ((50, 40, 60), 40),
        # The deepest by how many times its light is on both sides of it, not the darkest.
        ((100, 50, 100, 30, 40), 50),
        ((60, 50, 80, 40, 80), 40),
        # A rise goes on after others have been deeper.
        ((80, 60, 70, 50, 60, 100), 50),
    ),
)
def test_the_deepest_valley_has_the_least_light_between_two_that_have_more(lights, dark):
    valleys = taken(flat(*lights))
    assert believed(valleys).all()
    assert (valleys.dark == dark).all()
    assert (valleys.narrow.frame == lights.index(dark)).all()


@pytest.mark.parametrize(
    "lights", ((40, 50, 60), (60, 50, 40), (40, 60, 40), (50,), (100, 98, 100), (0, 0, 0))
)
def test_without_noticeably_more_light_on_both_sides_there_is_none(lights):
    assert not believed(taken(flat(*lights))).any()


def test_where_light_is_lost_to_both_sides_there_is_none_though_the_px_round_it_get_lighter():
    # A glint in focus in the second frame: its light is all there in the others, further apart.
    sharp, blurred = np.full(SHAPE, 50, np.uint8), np.full(SHAPE, 50, np.uint8)
    sharp[47:49, 64:66] = 250
    blurred[44:52, 60:70] += 10
    assert not believed(taken([blurred, sharp, blurred])).any()


def test_a_valley_is_believed_where_two_neighbourhoods_have_it_in_the_same_frame():
    # A narrow square is one cell here, a wide one three by three, and sees what lies beside it.
    frames = flat(60, 40, 45, 60)
    for light, beside in zip(frames, (60, 90, 30, 60)):
        light[:, :60] = beside
    here = believed(taken(frames))
    assert here[:, 20:].all()
    assert here[:, :10].all()
    assert not here[:, 15].any()


def test_of_small_pictures_too_the_two_neighbourhoods_are_of_two_sizes():
    valleys = no_valleys((40, 40), (10, 10))
    for k, level in enumerate((60, 30, 60)):
        cells = np.full((10, 10), 60, np.float32)
        cells[4, 4] = level
        follow_valleys(valleys, cells.repeat(4, 0).repeat(4, 1).astype(np.uint8), cells, CELL_PX, k)
    assert valleys.narrow.depth[4, 4] == 2.0
    assert valleys.wide.depth[4, 4] < 1.1
