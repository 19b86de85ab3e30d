"""How much a stroke covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.retouching.box import Box, whole
from imaging.retouching.brush import coverage, dabs, extent

SHAPE = (60, 80)


@dataclass(frozen=True)
class Brush:
    diameter_px: float
    hardness: float
    opacity: float


points = st.tuples(st.floats(-30, 110), st.floats(-30, 90))
paths = st.lists(points, min_size=1, max_size=5)
brushes = st.builds(Brush, st.floats(1, 70), st.floats(0, 1), st.floats(0, 1))


def test_one_dab_is_opaque_to_its_hardness_and_a_raised_cosine_beyond() -> None:
    row = coverage([(30.0, 30.0)], Brush(40.0, 0.5, 1.0), Box(30, 30, 21, 1))[0]
    r = np.arange(21.0)
    expected = np.where(r <= 10, 1.0, 0.5 + 0.5 * np.cos(np.pi * (r - 10) / 10))
    assert np.abs(row - expected).max() < 1e-6
    assert row[10] == 1.0 and row[20] == 0.0


def test_dabs_lie_an_eighth_of_the_diameter_apart_and_at_both_ends() -> None:
    placed = dabs([(0.0, 0.0), (0.0, 0.0), (10.0, 0.0), (10.0, 3.0)], 16.0)
    assert placed[:, 0].tolist() == [0, 2, 4, 6, 8, 10, 10, 10]
    assert placed[:, 1].tolist() == [0, 0, 0, 0, 0, 0, 2, 3]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(paths, brushes)
def test_it_is_the_greatest_of_the_dabs_and_never_builds_up(
    path: list[tuple[float, float]], brush: Brush
) -> None:
    each = [coverage([tuple(dab)], brush, whole(SHAPE)) for dab in dabs(path, brush.diameter_px)]
    assert np.array_equal(coverage(path, brush, whole(SHAPE)), np.max(each, axis=0))


@settings(max_examples=60, deadline=None)
@given(paths, brushes)
def test_a_brush_that_rests_covers_no_more(path: list[tuple[float, float]], brush: Brush) -> None:
    once = coverage(path, brush, whole(SHAPE))
    assert once.max() <= np.float32(brush.opacity)
    resting = [point for point in path for _ in range(3)]
    assert np.array_equal(coverage(resting, brush, whole(SHAPE)), once)


@settings(max_examples=60, deadline=None)
@given(paths, brushes, st.integers(0, 70), st.integers(0, 50), st.integers(1, 9))
def test_any_box_has_the_bits_of_the_whole(
    path: list[tuple[float, float]], brush: Brush, x: int, y: int, side: int
) -> None:
    box = Box(x, y, side, side)
    expected = coverage(path, brush, whole(SHAPE))[box.within(whole(SHAPE))]
    assert np.array_equal(coverage(path, brush, box), expected)


@settings(max_examples=60, deadline=None)
@given(paths, brushes)
def test_nothing_is_covered_beyond_its_extent(
    path: list[tuple[float, float]], brush: Brush
) -> None:
    cover = coverage(path, brush, whole(SHAPE))
    covered = extent(path, brush, SHAPE)
    if not covered.is_empty:
        cover[covered.within(whole(SHAPE))] = 0.0
    assert not cover.any()


def test_a_hard_brush_has_a_rim_of_one_px_and_no_stairs() -> None:
    row = coverage([(30.0, 30.0)], Brush(20.0, 1.0, 1.0), Box(30, 30, 12, 1))[0]
    assert row[:10].min() == 1.0 and row[10:].max() == 0.0
    between = coverage([(30.5, 30.0)], Brush(20.0, 1.0, 1.0), Box(40, 30, 1, 1))[0, 0]
    assert between == pytest.approx(0.5)
