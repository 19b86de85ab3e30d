"""The few small frames that are kept, and what stands still in them."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment import still_search
from imaging.alignment.still_search import SAMPLES, find_still, sample, sampled
from tests.imaging.alignment.scenes import detail_of, frame, scene, similarity

MOTIONS = [similarity(dx=6.0 * k) for k in range(5)]
# Where frames lie, and where what is burned in holds them.
LIE = np.stack([np.linalg.inv(motion) for motion in MOTIONS])
HELD = np.stack([np.eye(3)] * len(MOTIONS))


@pytest.fixture
def samples():
    frames = [frame(scene(72), motion, 0.5, seed=k) for k, motion in enumerate(MOTIONS)]
    for pixels in frames:
        pixels[440:446, 480:600] = 65535
    return [sample(k, detail_of(pixels)) for k, pixels in enumerate(frames)]


@pytest.mark.parametrize(("count", "expected"), [(1, {0}), (3, {0, 1, 2}), (100, SAMPLES)])
def test_all_frames_of_a_small_stack_and_some_of_a_large_one_are_kept(count, expected):
    kept = sampled(count)
    assert kept == expected if isinstance(expected, set) else len(kept) == expected
    assert {0, count - 1} <= kept


def test_a_sample_is_small_and_knows_its_resolution(monkeypatch):
    monkeypatch.setattr(still_search, "SAMPLE_PIXELS", 100_000)
    kept = sample(7, detail_of(frame(scene(72), np.eye(3))))
    assert (kept.position, kept.light.binning, kept.image.shape) == (7, 2, (240, 320))
    assert kept.light.luminance.shape == kept.image.shape


@pytest.mark.parametrize("lie", [LIE, HELD], ids=["aligned", "held by the bar"])
def test_a_bar_that_stands_still_is_found_by_how_the_rest_moves(samples, lie):
    hidden_px = []

    def align(shown, count):
        hidden_px.append(np.isnan(shown(0).levels[-1].image).sum())
        return range(count), LIE

    still = find_still(samples, lie, align)
    assert min(hidden_px) > 0
    ((x, y, width, height),) = still.boxes_px()
    assert x == pytest.approx(480, abs=8) and y == pytest.approx(440, abs=8)
    assert width == pytest.approx(120, abs=14) and height == pytest.approx(6, abs=14)


def test_nothing_stands_still_where_the_rest_cannot_be_aligned_or_frames_are_two(samples):
    assert find_still(samples, HELD, lambda shown, count: None) is None
    assert find_still(samples[:2], HELD[:2], lambda shown, count: pytest.fail("too few")) is None


def test_no_motion_is_looked_for_in_the_little_that_is_left(samples, monkeypatch):
    monkeypatch.setattr(still_search, "LEAST_SHOWN", 0.999)
    too_little = find_still(samples, HELD, lambda shown, count: pytest.fail("too little is shown"))
    assert too_little is None


def test_no_motion_is_looked_for_where_all_that_frames_share_was_found_to_move():
    # Slowly, so that frames look alike at rest as well.
    motions = [similarity(dx=0.4 * k) for k in range(5)]
    frames = [frame(scene(72), motion, 0.5, seed=k) for k, motion in enumerate(motions)]
    kept = [sample(k, detail_of(pixels)) for k, pixels in enumerate(frames)]
    lie = np.stack([np.linalg.inv(motion) for motion in motions])
    assert find_still(kept, lie, lambda shown, count: pytest.fail("nothing stands still")) is None
    asked = []
    assert find_still(kept, HELD, lambda shown, count: asked.append(count)) is None
    assert asked
