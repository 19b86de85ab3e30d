"""Descent to a motion at one resolution."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment import descent
from imaging.alignment.descent import descend
from imaging.sampling.geometry import corner_distance, corners
from tests.imaging.alignment.scenes import SHAPE, detail_of, frame, scene, similarity


def finest(motion: np.ndarray, seed: int = 0, occluded: bool = False, gain: float = 1.0):
    pixels = frame(scene(71), motion, 0.5, gain, seed)
    if occluded:
        # A quarter of the frame that moved elsewhere.
        pixels[:240, :320] = frame(scene(71), motion @ similarity(dx=3.0), 0.5, gain, seed)[
            :240, :320
        ]
    return detail_of(pixels).levels[-1]


TEMPLATE = finest(np.eye(3))


@pytest.mark.parametrize(
    ("model", "motion"),
    [
        ("translation", similarity(dx=1.3, dy=-0.8)),
        ("similarity", similarity(1.002, 0.002, 0.7, 0.9)),
        ("affine", similarity(dx=0.5) @ np.array([[1.002, 0.001, 0], [0, 0.999, 0], [0, 0, 1]])),
    ],
)
def test_a_small_motion_is_found_by_the_model_that_allows_it(model, motion):
    found = descend(TEMPLATE, finest(motion, 1), np.eye(3), model, 25)
    assert corner_distance(found.matrix, motion, SHAPE) < 0.05
    assert found.correlation > 0.9
    swayed = (found.sways @ corners(SHAPE))[:, :2]
    assert np.sqrt((swayed**2).sum((0, 1)).max()) < 0.05


def test_a_quarter_that_moves_elsewhere_is_outvoted():
    motion = similarity(dx=1.3)
    found = descend(TEMPLATE, finest(motion, 1, occluded=True), np.eye(3), "similarity", 25)
    assert corner_distance(found.matrix, motion, SHAPE) < 0.2


def blurred(ramp: np.ndarray, seed: int):
    """Blurred by a spread that a ramp, 0..1 over the frame, has from 0.25 to 4 px squared."""
    spreads = np.array([0.25, 1.0, 2.0, 3.0, 4.0])
    frames = [frame(scene(71), np.eye(3), np.sqrt(spread), seed=seed) for spread in spreads]
    at = np.interp(0.25 + 3.75 * ramp, spreads, np.arange(5))
    shares = np.maximum(1.0 - np.abs(at[..., None] - np.arange(5)), 0.0)
    pixels = sum(one * shares[..., k : k + 1] for k, one in enumerate(frames))
    return detail_of(np.rint(pixels).astype(np.uint16)).levels[-1]


ACROSS = np.tile(np.linspace(0.0, 1.0, SHAPE[1]), (SHAPE[0], 1))
DOWN = np.tile(np.linspace(0.0, 1.0, SHAPE[0])[:, None], (1, SHAPE[1]))


def test_blur_that_grows_away_from_the_middle_is_no_magnification():
    away = np.clip(np.hypot(2 * ACROSS - 1, 2 * DOWN - 1) / np.sqrt(2), 0, 1)
    match = descend(blurred(0 * ACROSS, 1), blurred(away, 2), np.eye(3), "similarity", 25)
    assert corner_distance(match.matrix, np.eye(3), SHAPE) < 0.03


def test_the_way_back_is_the_inverse_of_the_way_there():
    one, other = blurred(ACROSS, 1), blurred(DOWN, 2)
    there, back = (
        descend(*pair, np.eye(3), "similarity", 25).matrix for pair in ((one, other), (other, one))
    )
    assert corner_distance(there @ back, np.eye(3), SHAPE) < 1e-4


def test_frames_that_hardly_overlap_tell_nothing():
    start = similarity(dx=600.0)
    found = descend(TEMPLATE, TEMPLATE, start, "similarity", 25)
    assert (found.correlation, found.sways) == (-1.0, None)
    assert np.array_equal(found.matrix, start)


def test_a_descent_that_runs_away_tells_nothing(monkeypatch):
    add = descent.add_block_sums

    def far_off(*arguments):
        add(*arguments)
        arguments[-1].gradient[...] *= 1e187

    monkeypatch.setattr(descent, "add_block_sums", far_off)
    with np.errstate(over="ignore", invalid="ignore"):
        found = descend(TEMPLATE, finest(similarity(dx=1.3), 1), np.eye(3), "similarity", 5)
    assert (found.correlation, found.sways) == (-1.0, None)
    assert np.isfinite(found.matrix).all()
