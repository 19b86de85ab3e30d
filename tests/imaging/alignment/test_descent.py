"""Descent to a motion at one resolution."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment import descent
from imaging.alignment.descent import descend
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment.scenes import SHAPE, detail_of, frame, similarity, texture

SCENE = texture(71, (640, 800))


def finest(motion: np.ndarray, seed: int = 0, occluded: bool = False, gain: float = 1.0):
    pixels = frame(SCENE, motion, 0.5, gain, seed)
    if occluded:
        # A quarter of the frame that moved elsewhere.
        pixels[:240, :320] = frame(SCENE, motion @ similarity(dx=3.0), 0.5, gain, seed)[:240, :320]
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
    found, correlation, covariance = descend(TEMPLATE, finest(motion, 1), np.eye(3), model, 25)
    assert corner_distance(found, motion, SHAPE) < 0.05
    assert correlation > 0.9
    assert np.sqrt(covariance.diagonal()).max() < 0.05


def test_a_quarter_that_moves_elsewhere_is_outvoted():
    motion = similarity(dx=1.3)
    found, _, _ = descend(TEMPLATE, finest(motion, 1, occluded=True), np.eye(3), "similarity", 25)
    assert corner_distance(found, motion, SHAPE) < 0.2


def test_frames_that_hardly_overlap_tell_nothing():
    start = similarity(dx=600.0)
    found, correlation, covariance = descend(TEMPLATE, TEMPLATE, start, "similarity", 25)
    assert (correlation, covariance) == (-1.0, None)
    assert np.array_equal(found, start)


def test_a_descent_that_runs_away_tells_nothing_whatever_lapack_makes_of_it(monkeypatch):
    solve, add = np.linalg.solve, descent._add_block_sums

    def strict(matrix, right):
        # As OpenBLAS does for arm64; for x86-64 it gives numbers that are none.
        if not (np.isfinite(matrix).all() and np.isfinite(right).all()):
            raise np.linalg.LinAlgError("Singular matrix")
        return solve(matrix, right)

    def far_off(*arguments):
        add(*arguments)
        arguments[-1].gradient[...] *= 1e187

    monkeypatch.setattr(np.linalg, "solve", strict)
    monkeypatch.setattr(descent, "_add_block_sums", far_off)
    with np.errstate(over="ignore", invalid="ignore"):
        found = descend(TEMPLATE, finest(similarity(dx=1.3), 1), np.eye(3), "similarity", 5)
    assert found[1:] == (-1.0, None)
    assert np.isfinite(found[0]).all()
