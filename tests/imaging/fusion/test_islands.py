"""Islands of depth that only one measurement tells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.islands import FOOTPRINT, find_unconfirmed
from imaging.fusion.stack import measure
from tests.imaging.fusion.made_stacks import stored

SHAPE = (96, 128)
ALIKE = np.float32(1.0)
# An island of 5 x 5 px, as large as the window that energy is gathered over.
ISLAND = np.s_[40:45, 60:65]


def of_islands(*islands: tuple[tuple[slice, slice], float]) -> tuple[np.ndarray, np.ndarray]:
    depth, sure = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.uint8)
    for where, z in islands:
        depth[where], sure[where] = z, 1
    return depth, sure


def unconfirmed(
    depth: np.ndarray,
    sure: np.ndarray,
    strong: np.ndarray | None = None,
    rows: int = SHAPE[0],
):
    found = np.zeros(SHAPE, np.uint8)
    strong = np.zeros(SHAPE, np.uint8) if strong is None else strong
    for first in range(0, SHAPE[0], rows):
        find_unconfirmed(depth, sure, strong, ALIKE, first, min(first + rows, SHAPE[0]), found)
    return found != 0


def test_an_island_as_large_as_one_measurement_is_not_confirmed_by_itself():
    depth, sure = of_islands((ISLAND, 3.0))
    assert np.array_equal(unconfirmed(depth, sure), sure != 0)


def test_what_stretches_further_than_one_measurement_is_confirmed():
    # A line 1 px wide, as long as its px are many.
    line = np.s_[20:21, 10 : 10 + FOOTPRINT]
    assert not unconfirmed(*of_islands((line, 3.0))).any()
    shorter = np.s_[20:21, 10 : 9 + FOOTPRINT]
    assert unconfirmed(*of_islands((shorter, 3.0))).sum() == FOOTPRINT - 1


def test_an_island_stronger_than_any_noise_needs_nobody():
    depth, sure = of_islands((ISLAND, 3.0))
    strong = np.zeros(SHAPE, np.uint8)
    strong[42, 62] = 1
    assert not unconfirmed(depth, sure, strong).any()


def test_other_measurements_round_about_confirm_an_island_or_do_not():
    beside = np.s_[34:54, 70:80]
    assert not unconfirmed(*of_islands((ISLAND, 3.0), (beside, 3.5))).any()
    depth, sure = of_islands((ISLAND, 3.0), (beside, 6.0))
    found = unconfirmed(depth, sure)
    assert found[ISLAND].all() and found.sum() == 25
    # Depth that jumps within the told px makes two islands, though they touch.
    touching = np.s_[34:54, 65:80]
    assert unconfirmed(*of_islands((ISLAND, 3.0), (touching, 6.0)))[ISLAND].all()


@pytest.mark.parametrize("rows", [1, 7, 90])
def test_islands_are_the_same_however_many_rows_are_looked_at_together(rows):
    rng = np.random.default_rng(8)
    # Islands of all sizes and shapes, up to such as wind through the whole picture.
    sure = (rng.random(SHAPE) < np.linspace(0.1, 0.45, SHAPE[1])).astype(np.uint8)
    depth = rng.normal(3.0, 0.6, SHAPE).astype(np.float32)
    strong = (rng.random(SHAPE) < 0.01).astype(np.uint8)
    whole = unconfirmed(depth, sure, strong)
    assert 100 < whole.sum() < 0.9 * sure.sum()
    assert np.array_equal(unconfirmed(depth, sure, strong, rows), whole)


def test_noise_in_patches_as_compression_leaves_it_tells_no_depth_of_a_plain_ground(tmp_path):
    # As wide as what noise is measured by, and twice as strong in some blocks of 8 x 8 px.
    rng = np.random.default_rng(5)
    frames = []
    for _ in range(8):
        noise = ndimage.gaussian_filter(rng.normal(0, 1, (192, 256)), 1.0) * 0.012
        patches = ndimage.zoom(rng.random((24, 32)) < 0.1, 8, order=0)
        frames.append(np.repeat((0.6 + noise * (1.0 + 1.2 * patches))[..., None], 3, 2))
    _, told = measure(stored(tmp_path, frames, noise=0.001), (192, 256), None, 1)
    known = told.confidence >= LEAST_CONFIDENCE
    assert known.mean() == pytest.approx(0.0, abs=0.002)
