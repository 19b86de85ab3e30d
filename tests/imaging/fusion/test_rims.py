"""Rims of near things: known by their energy, near whatever the ground behind them shows."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion import stack as stacks
from imaging.fusion.depth import SHARED_FROM
from imaging.fusion.laplacian import fuse
from imaging.fusion.near_end import End
from imaging.fusion.peaks import no_peaks
from imaging.fusion.rims import behind_rims, break_at_rims
from imaging.fusion.stack import Stack, measure
from tests.imaging.fusion.made_stacks import NEAR, SHAPE, steel_on_cloth


def fused(stack: Stack, **options) -> np.ndarray:
    out = np.zeros((*SHAPE, 3), np.uint16)

    def write(first: int, rows: np.ndarray) -> None:
        out[first : first + len(rows)] = rows

    fuse(stack.frames, SHAPE, stack.noise.colour, write, threads=2, **options)
    return out / 65535.0


def inner_rim(disc: np.ndarray, width: int) -> np.ndarray:
    return disc & ~ndimage.binary_erosion(disc, iterations=width)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    frames, truth, disc = steel_on_cloth(tmp_path_factory.mktemp("frames"))
    return measure(frames, SHAPE, None, 2, near=End.LAST)[0], truth, disc


def test_none_prefers_none(made):
    stack, *_ = made
    plain, told = measure(stack.frames, SHAPE, None, 2, prefer=False)
    assert plain.near is None
    assert not plain.behind.any()
    assert np.all((plain.guide == plain.depth) | (plain.guide == told.depth))
    assert np.array_equal(plain.depth, stack.depth)


def test_within_a_rim_depth_is_that_of_the_near_thing(made):
    stack, _, disc = made
    rim = inner_rim(disc, 8)[::2, ::2]
    before, after = (np.abs(depth[rim] - NEAR) < 1.5 for depth in (stack.depth, stack.guide))
    assert after.mean() > 0.85
    assert after.mean() > before.mean() + 0.05


def test_the_ground_shows_less_through_a_rim(made):
    stack, truth, disc = made
    rim = inner_rim(disc, 8)
    before, after = (
        ((fused(stack, depth=depth) - truth)[rim] ** 2).mean()
        for depth in (stack.depth, stack.guide)
    )
    assert after < 0.8 * before


def test_held_back_frames_show_in_no_rim(made):
    stack, truth, disc = made
    rim = inner_rim(disc, 8) & ~inner_rim(disc, 1)
    free = ((fused(stack, depth=stack.guide) - truth)[rim] ** 2).mean()
    held = fused(stack, depth=stack.guide, behind=stack.behind, hold=1.0)
    assert ((held - truth)[rim] ** 2).mean() < 0.8 * free


def test_depth_is_told_and_breaks_alike_with_any_number_of_threads(made):
    stack, *_ = made
    numbers = 1, SHARED_FROM
    one, more = (measure(stack.frames, SHAPE, None, n, near=End.LAST) for n in numbers)
    for name in ("depth", "guide", "behind"):
        planes = [getattr(of, name) for of in (stack, one[0], more[0])]
        assert np.array_equal(planes[0], planes[1]) and np.array_equal(planes[0], planes[2])
    assert all(np.array_equal(*both) for both in zip(one[1], more[1]))


def test_peaks_are_let_go_before_depth_is_asked_of_neighbours(made, monkeypatch):
    # As much memory again is taken then: a tenth of all, with frames of 24 megapixels.
    kept, held = [], []

    def watched(shape):
        peaks = no_peaks(shape)
        kept.append(weakref.ref(peaks.first))
        return peaks

    monkeypatch.setattr(stacks, "no_peaks", watched)
    monkeypatch.setattr(stacks, "follow_told", lambda *_: held.append(kept[0]() is not None))
    measure(made[0].frames, SHAPE, None, 1)
    assert held == [False]


def test_nothing_is_held_back_where_no_end_is_known():
    depth = np.zeros((4, 5), np.float32)
    assert not behind_rims(depth, depth + 9, None).any()


def test_depth_without_a_second_peak_stays_as_it_was():
    depth = np.linspace(0, 9, 60, dtype=np.float32).reshape(6, 10)
    best = np.full(depth.shape, 50, np.float32)
    same = break_at_rims(
        depth, np.rint(depth).astype(np.uint16), best, no_peaks(depth.shape), 1.0, End.LAST
    )
    assert np.array_equal(same, depth)
