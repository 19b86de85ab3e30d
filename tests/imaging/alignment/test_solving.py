"""All transforms at once from pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imaging.alignment.descent import PARTS
from imaging.alignment.pairs import Pair
from imaging.alignment.solving import ALIKE, DRIFT_PX, DRIFT_SHARE, solve_transforms
from imaging.sampling.geometry import corner_distance
from tests.imaging.alignment.scenes import SHAPE, similarity

TRUE = [similarity(1.0 + 0.002 * k, 0.001 * k, 0.8 * k, -0.5 * k) for k in range(8)]


def pair(first: int, second: int, error: np.ndarray | None = None) -> Pair:
    matrix = np.linalg.inv(TRUE[first]) @ TRUE[second]
    return Pair(first, second, matrix if error is None else error @ matrix, 0.9, 0.02)


def worst(found: np.ndarray, reference: int) -> float:
    base = np.linalg.inv(TRUE[reference])
    return max(corner_distance(a, base @ b, SHAPE) for a, b in zip(found, TRUE))


PAIRS = [pair(k, k + step) for step in (1, 2) for k in range(8 - step)]


@pytest.mark.parametrize("reference", [0, 4, 7])
@pytest.mark.parametrize("model", ["similarity", "affine"])
def test_pairs_that_agree_give_the_true_transforms(model, reference):
    found = solve_transforms(PAIRS, 8, reference, model, SHAPE).transforms
    assert np.array_equal(found[reference], np.eye(3))
    assert worst(found, reference) < 1e-6


def test_a_pair_that_is_wrong_by_20_px_is_outvoted():
    wrong = [*PAIRS, pair(2, 6, similarity(dx=20.0))]
    assert worst(solve_transforms(wrong, 8, 4, "similarity", SHAPE).transforms, 4) < 0.02


def test_a_translation_alone_is_found_where_nothing_else_is_allowed():
    found = solve_transforms(PAIRS, 8, 0, "translation", SHAPE).transforms
    assert np.array_equal(found[:, :2, :2], np.tile(np.eye(2), (8, 1, 1)))


def test_a_frame_in_no_pair_stays_where_it_is():
    found = solve_transforms([pair(0, 1)], 3, 0, "similarity", SHAPE).transforms
    assert np.array_equal(found[2], np.eye(3))
    assert np.array_equal(
        solve_transforms([], 3, 0, "affine", SHAPE).transforms, np.tile(np.eye(3), (3, 1, 1))
    )


def test_hundreds_of_frames_some_met_by_none_but_their_next_are_solved_as_one():
    rng = np.random.default_rng(3)
    count = 300
    true = [similarity(1.0 + 1e-4 * k, 1e-4 * k, 0.3 * k, -0.2 * k) for k in range(count)]
    pairs = [
        Pair(k, k + step, np.linalg.inv(true[k]) @ true[k + step], 0.9, 0.02 + 0.02 * rng.random())
        for k in range(count)
        for step in (1, 2, 4)
        if k + step < count and (step == 1 or rng.random() < 0.7)
    ]
    found = solve_transforms(pairs, count, 170, "affine", SHAPE).transforms
    base = np.linalg.inv(true[170])
    assert max(corner_distance(a, base @ b, SHAPE) for a, b in zip(found, true)) < 1e-5


def swayed(second: int, place: int, dx: float) -> Pair:
    """A pair of neighbours that one part of the frame alone would move by `dx`."""
    sways = np.zeros((PARTS * PARTS, 3, 3))
    sways[place, 0, 2] = dx
    return replace(pair(second - 1, second), sways=sways)


def test_what_leads_the_same_part_astray_adds_up_along_the_stack():
    same = [swayed(k, 3, 0.1) for k in range(1, 8)]
    others = [swayed(k, k, 0.1) for k in range(1, 8)]
    drift = DRIFT_PX * np.arange(8)
    for pairs, expected in ((same, 0.1 * np.arange(8)), (others, 0.1 * np.sqrt(np.arange(8)))):
        sigma = solve_transforms(pairs, 8, 0, "similarity", SHAPE).sigma_px
        assert sigma == pytest.approx(np.hypot(ALIKE * expected, drift), rel=1e-3)


@pytest.mark.parametrize("reference", [0, 3, 7])
def test_beside_the_next_frame_a_frame_is_as_uncertain_as_their_pair(reference):
    ways = [0.1, 0.2, 0.1, 0.4, 0.1, 0.3, 0.2]
    pairs = [swayed(k, 3, dx) for k, dx in enumerate(ways, 1)]
    found = solve_transforms(pairs, 8, reference, "similarity", SHAPE)
    expected = ALIKE * np.array([*ways[:reference], 0.0, *ways[reference:]])
    assert found.sigma_beside_px == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "per_frame"), [((240, 320), DRIFT_PX), ((4000, 6000), DRIFT_SHARE * 6000)]
)
def test_drift_that_all_frames_share_does_not_count_beside_the_next(shape, per_frame):
    """It is a share of the picture, and of small ones not less than blur moves in px."""
    pairs = [Pair(k, k + 1, np.eye(3), 0.9, 0.02) for k in range(99)]
    found = solve_transforms(pairs, 100, 0, "similarity", shape)
    assert found.sigma_px[-1] == pytest.approx(per_frame * 99)
    assert found.sigma_beside_px.max() == 0.0
