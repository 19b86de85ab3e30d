"""Alignment of stacks against motions that are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from imaging.alignment.stack import UnrelatedFrames
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment import scenes
from tests.imaging.alignment.scenes import SHAPE, aligned, frame, similarity, texture, worst


@pytest.mark.slow
def test_a_stack_with_16_percent_breathing_flicker_and_tremor_does_not_drift():
    scene = texture(2, (800, 1000))
    rng = np.random.default_rng(5)
    count = 21
    motions = [
        similarity(1.0 + 0.16 * k / (count - 1), 3e-4 * k, *rng.normal(0, 1.5, 2))
        for k in range(count)
    ]
    gains = rng.uniform(0.75, 1.05, count)
    frames = [
        frame(scene, motion, 0.3 + 1.5 * abs(np.sin(k)), gain, k)
        for k, (motion, gain) in enumerate(zip(motions, gains))
    ]
    found = aligned(frames, count // 2)
    assert found.failed == ()
    assert worst(found, motions) < 0.1
    expected = gains[count // 2] / gains
    assert np.abs(found.gains / expected[:, None] - 1.0).max() < 0.02


@pytest.mark.slow
def test_200_frames_do_not_drift(monkeypatch):
    monkeypatch.setattr(scenes, "SHAPE", (240, 320))
    scene = texture(8, (480, 640))
    rng = np.random.default_rng(6)
    motions = [
        similarity(1.0 + 4e-4 * k, 1e-4 * k, *(0.05 * k + rng.normal(0, 0.5, 2)))
        for k in range(200)
    ]
    frames = [
        frame(scene, motion, 0.3 + 1.5 * abs(np.sin(0.2 * k)), rng.uniform(0.9, 1.1), k)
        for k, motion in enumerate(motions)
    ]
    found = aligned(frames, 100, model="similarity")
    assert found.failed == ()
    assert worst(found, motions) < 0.1


@pytest.mark.slow
def test_a_frame_that_no_flash_has_lit_has_failed():
    scene = texture(9, (640, 800))
    gains = [1.0, 1.0, 0.0, 1.0, 1.0]
    frames = [frame(scene, similarity(dx=1.5 * k), 0.5, gain, k) for k, gain in enumerate(gains)]
    assert aligned(frames).failed == (2,)


@pytest.mark.slow
def test_threads_do_not_change_a_bit():
    scene = texture(3, (640, 800))
    frames = [frame(scene, similarity(1 + 0.002 * k, dx=k), 0.5 * k, seed=k) for k in range(6)]
    one, three = aligned(frames, threads=1), aligned(frames, threads=3)
    assert np.array_equal(one.transforms, three.transforms)
    assert np.array_equal(one.gains, three.gains)


@pytest.mark.slow
def test_a_frame_of_something_else_has_failed_and_the_rest_is_aligned():
    scene, other = texture(4, (640, 800)), texture(40, (640, 800))
    motions = [similarity(dx=1.3 * k) for k in range(7)]
    frames = [frame(other if k == 3 else scene, motion, seed=k) for k, motion in enumerate(motions)]
    found = aligned(frames)
    assert found.failed == (3,)
    kept = [k for k in range(7) if k != 3]
    assert (
        max(corner_distance(found.transforms[k], np.linalg.inv(motions[k]), SHAPE) for k in kept)
        < 0.1
    )


@pytest.mark.slow
@pytest.mark.parametrize("along", ["rows", "columns", "a diagonal"])
def test_a_shaken_frame_is_named_and_the_rest_is_aligned(along):
    scene = texture(14, (640, 800))
    # It jumps to and fro: the same place of the subject is not at the same place of the frame.
    motions = [similarity(1 + 0.002 * k, dx=60.0 * (k % 2), dy=1.3 * k) for k in range(8)]
    frames = [
        frame(scene, motion, 0.5 + 0.2 * abs(k - 4), seed=k) for k, motion in enumerate(motions)
    ]
    calm = aligned(frames)
    assert calm.failed == calm.shaken == ()
    line = np.eye(13) if along == "a diagonal" else np.ones((1, 13))
    smeared = cv2.filter2D(scene, -1, (line.T if along == "columns" else line) / 13)
    frames[4] = frame(smeared, motions[4], 0.5, seed=4)
    found = aligned(frames)
    assert (found.shaken, found.failed) == ((4,), ())
    kept = [k for k in range(8) if k != 4]
    assert (
        max(corner_distance(found.transforms[k], np.linalg.inv(motions[k]), SHAPE) for k in kept)
        < 0.1
    )


@pytest.mark.slow
def test_a_frame_between_two_layers_is_not_shaken():
    scene = texture(16, (640, 800))
    blurs = [0.5, 0.6, 2.5, 0.6, 0.5, 0.7]
    frames = [frame(scene, similarity(dx=k), blur, seed=k) for k, blur in enumerate(blurs)]
    assert aligned(frames).shaken == ()


@pytest.mark.slow
def test_frames_whose_focus_passes_are_not_shaken():
    # A ramp: each frame is sharp in a band of its own and blurred elsewhere.
    scene = texture(15, (640, 800))
    columns = np.arange(SHAPE[1])[:, None]
    frames = []
    for k in range(8):
        levels = [frame(scene, similarity(dx=0.7 * k), 0.3 + 0.8 * n, seed=k) for n in range(8)]
        image = levels[0]
        for n in range(8):
            band = abs(columns // 80 - k) == n
            image = np.where(band, levels[n], image)
        frames.append(image)
    assert aligned(frames).shaken == ()


@pytest.mark.slow
def test_two_failed_frames_in_a_row_do_not_part_the_stack():
    scene, other = texture(10, (640, 800)), texture(60, (640, 800))
    motions = [similarity(dx=1.3 * k) for k in range(8)]
    frames = [
        frame(other if k in (3, 4) else scene, motion, seed=k) for k, motion in enumerate(motions)
    ]
    frames[4] = frames[4][::-1].copy()
    found = aligned(frames, model="similarity")
    assert found.failed == (3, 4)
    kept = [k for k in range(8) if k not in found.failed]
    assert (
        max(corner_distance(found.transforms[k], np.linalg.inv(motions[k]), SHAPE) for k in kept)
        < 0.1
    )


@pytest.mark.slow
def test_frames_that_have_nothing_in_common_are_refused():
    frames = [frame(texture(50 + k, (640, 800)), np.eye(3), seed=k) for k in range(4)]
    with pytest.raises(UnrelatedFrames):
        aligned(frames)


@pytest.mark.parametrize("model", ["translation", "similarity", "affine"])
def test_every_model_finds_a_shift(model):
    scene = texture(6, (640, 800))
    motions = [similarity(dx=2.4 * k, dy=-k) for k in range(4)]
    found = aligned([frame(scene, motion, seed=k) for k, motion in enumerate(motions)], model=model)
    assert worst(found, motions) < 0.1


def test_a_single_frame_is_its_own_reference():
    found = aligned([frame(texture(7, (640, 800)), np.eye(3))])
    assert np.array_equal(found.transforms, np.eye(3)[None])
    assert found.failed == ()


@pytest.fixture(scope="module")
def passing():
    """A ramp whose focus passes while the lens breathes, blurred all over at the end; its motions.

    Each frame is sharp in a band of its own.
    """
    scene = texture(17, (640, 800))
    motions = [similarity(1 + 0.003 * k, 4e-4 * k, 0.7 * k, -0.4 * k) for k in range(10)]
    band = np.arange(SHAPE[1])[:, None] // 107
    frames = []
    for k, motion in enumerate(motions):
        image = np.zeros((*SHAPE, 3), np.uint16)
        for distance in range(10):
            blurred = frame(scene, motion, 0.3 + 0.6 * distance, seed=k)
            image = np.where(abs(band - k) == distance, blurred, image)
        frames.append(image)
    return frames, motions


@pytest.mark.slow
def test_what_is_told_of_the_uncertainty_is_of_the_size_of_the_error(passing):
    frames, motions = passing
    found = aligned(frames, 4, model="similarity")
    wanted = [motions[4] @ np.linalg.inv(motion) for motion in motions]
    errors = [corner_distance(*pair, SHAPE) for pair in zip(found.transforms, wanted)]
    assert max(errors) < 0.3
    assert (errors <= 3 * found.uncertainties_px + 1e-12).all()
    assert found.uncertainties_px[4] == 0.0
    assert 0.03 < found.uncertainties_px.max() < 0.3
    beside = [min(k + 1, 4) if k <= 4 else k - 1 for k in range(len(wanted))]
    steps, true = (
        np.linalg.inv(np.stack(places))[beside] @ np.stack(places)
        for places in (found.transforms, wanted)
    )
    errors = np.array([corner_distance(*pair, SHAPE) for pair in zip(steps, true)])
    assert (errors <= 3 * found.uncertainties_beside_px + 1e-12).all()


@pytest.mark.slow
def test_frames_in_reverse_order_lie_where_they_lay(passing):
    frames, _ = passing
    there = aligned(frames, 4, model="similarity").transforms
    back = aligned(frames[::-1], 5, model="similarity").transforms[::-1]
    assert max(corner_distance(*pair, SHAPE) for pair in zip(there, back)) < 0.02
