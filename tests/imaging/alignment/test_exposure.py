"""Brightness is that of most frames, whichever of them gives the geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from imaging.alignment.exposure import NEAR_STOPS, even_exposure

SHAPE = (400, 600)
SCENE = np.random.default_rng(1).uniform(0.05, 0.4, (40, 60, 3)).astype(np.float32)


def evened(stops: list[float], reference: int):
    frames = np.stack([np.clip(SCENE * np.float32(2.0**stop), 0, 1) for stop in stops])
    return of_frames(frames, np.zeros(frames.shape[:3], np.uint8), reference)


def of_frames(frames: np.ndarray, white: np.ndarray, reference: int):
    still = np.tile(np.eye(3), (len(frames), 1, 1))
    return even_exposure(frames, white, still, range(len(frames)), reference, SHAPE)


@pytest.mark.parametrize("off", [-5.5, -3.0, -1.2, -0.5, 0.6, 0.9])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_misfired_reference_makes_no_dark_master(off, at):
    stops = [0.0] * 5
    stops[at] = off
    found = evened(stops, at)
    assert not found.of_reference
    others = [k for k in range(5) if k != at]
    assert found.gains[others] == pytest.approx(1.0, abs=0.02)
    if found.measured[at]:
        assert found.stops[at] == pytest.approx(off, abs=0.1)


def test_a_reference_like_most_frames_is_left_as_it_is():
    found = evened([0.1, -0.2, 0.0, 0.15, -0.1], 2)
    assert found.of_reference
    assert (found.gains[2] == 1.0).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-0.8, 0.8), min_size=3, max_size=9), st.data())
def test_all_frames_end_equally_bright_and_no_further_from_most_than_told(stops, data):
    reference = data.draw(st.integers(0, len(stops) - 1))
    found = evened(stops, reference)
    brightness = np.array(stops) + np.log2(found.gains[:, 1])
    assert np.ptp(brightness) < 0.03
    assert abs(brightness[0] - np.median(stops)) <= NEAR_STOPS + 0.03


def test_a_frame_that_is_black_could_not_be_measured():
    found = evened([0.0, 0.0, -14.0, 0.0], 2)
    assert list(found.measured) == [True, True, False, True]
    assert found.stops[2] < -8


def shining(count: int, spots: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames that are alike but for highlights, which swell from the first frame on; where white.

    Where a highlight is white in some frame, a ring of cells round it is lighter in others.
    """
    frames = np.repeat(SCENE[None], count, 0)
    white = np.zeros(frames.shape[:3], np.uint8)
    rng = np.random.default_rng(2)
    for y, x in zip(rng.integers(2, 38, spots), rng.integers(2, 58, spots)):
        white[:, y, x] = 1
        for k in range(count):
            frames[k, y, x] = np.maximum(frames[k, y, x], 0.7)
            frames[k, y - 1 : y + 2, x - 1 : x + 2] += np.float32(0.2 * k / count)
    return frames, white


def test_highlights_that_swell_make_no_frame_brighter():
    frames, white = shining(6, 60)
    found = of_frames(frames, white, 0)
    assert found.measured.all()
    assert found.gains == pytest.approx(1.0, abs=1e-6)
    unseen = of_frames(frames, np.zeros_like(white), 0)
    assert (unseen.gains[-1] < 0.95).all()


def test_highlights_are_looked_for_where_each_frame_has_them():
    frames, white = shining(2, 60)
    # The second frame shows the same three cells, 30 px, to the right, and is a tenth darker.
    frames[1], white[1] = np.roll(frames[1], 3, 1) / 1.1, np.roll(white[1], 3, 1)
    white[0] = 0
    motions = np.stack([np.eye(3), [[1.0, 0.0, -30.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
    found = even_exposure(frames, white, motions, (0, 1), 0, SHAPE)
    assert found.gains[1] == pytest.approx(1.1, abs=1e-5)


def test_where_white_is_nearly_everywhere_all_that_is_fair_is_asked():
    frames = np.stack([SCENE, np.float32(1.25) * SCENE])
    white = np.ones(frames.shape[:3], np.uint8)
    assert of_frames(frames, white, 0).gains[1] == pytest.approx(0.8, abs=1e-6)


def test_a_frame_that_belongs_to_another_scene_hides_no_cell():
    frames, white = shining(3, 60)
    frames[2], white[2] = 1.0, 1
    still = np.tile(np.eye(3), (3, 1, 1))
    found = even_exposure(frames, white, still, (0, 1), 0, SHAPE)
    assert found.gains[1] == pytest.approx(1.0, abs=1e-6)


def backlit(stops: list[float]) -> np.ndarray:
    """A dark thing before a ground as bright as a frame shows, ever further out of focus."""
    scene = np.full((80, 120, 3), 0.88, np.float32)
    thing = np.s_[10:70, 30:90]
    scene[thing] = 0.1 * np.tile(SCENE, (2, 2, 1))[thing] / SCENE.mean()
    frames = [
        ndimage.gaussian_filter(scene, (0.4 * k, 0.4 * k, 0)) * np.float32(2.0**stop)
        for k, stop in enumerate(stops)
    ]
    # The ground is no brighter however long the shutter is open.
    return np.minimum(np.stack(frames), np.float32(0.88))


def test_a_bright_ground_that_is_blurred_into_what_stands_before_it_makes_no_frame_brighter():
    frames = backlit([0.0] * 5)
    found = of_frames(frames, np.zeros(frames.shape[:3], np.uint8), 0)
    assert found.measured.all()
    assert (found.gains == 1.0).all()


def test_before_a_bright_ground_light_is_told_by_the_inside_of_what_stands_before_it():
    stops = [0.0, 0.5, -0.4, 0.05, 0.2]
    frames = backlit(stops)
    found = of_frames(frames, np.zeros(frames.shape[:3], np.uint8), 0)
    # The twentieth of a stop is less than the inside is uncertain by.
    assert found.stops == pytest.approx([0.0, 0.5, -0.4, 0.0, 0.2], abs=0.03)
    assert (found.gains == found.gains[:, :1]).all()
