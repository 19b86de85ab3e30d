"""Rims of near things: known by their energy, near whatever the ground behind them shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion.frame import Frame
from imaging.fusion.laplacian import fuse
from imaging.fusion.peaks import NONE, follow_peaks, no_peaks
from imaging.fusion.rims import End, _flood, behind_rims, break_at_rims, near_end
from imaging.fusion.stack import Stack, measure
from imaging.sampling.coverage import Outline
from tests.imaging.fusion.made_stacks import SHAPE, stored, texture

GROUND, NEAR, COUNT = 1, 5, 7


def steel_on_cloth(folder: Path, light: float = 0.45) -> tuple[list[Frame], np.ndarray, np.ndarray]:
    """Frames of a plain disc before a textured ground, the picture without blur, the disc.

    The disc is in focus in frame NEAR, the ground in frame GROUND; what is not blurs by 1.5 px a
    frame, and the ground shows through the blurred rim.
    """
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    disc = (np.hypot(y - 150, x - 210) < 95).astype(float)[..., None]
    steel = light + 0.05 * (texture(4) - 0.45)
    cloth = np.clip(0.45 + 1.6 * (texture(5) - 0.45), 0.02, 0.98) * np.array([1.0, 0.8, 0.7])

    def blurred(values: np.ndarray, frames_off: int) -> np.ndarray:
        return ndimage.gaussian_filter(values, (1.5 * frames_off, 1.5 * frames_off, 0))

    images = []
    for k in range(COUNT):
        cover = blurred(disc, abs(k - NEAR))
        images.append(
            blurred(disc * steel, abs(k - NEAR)) + (1 - cover) * blurred(cloth, abs(k - GROUND))
        )
    truth = disc * steel + (1 - disc) * cloth
    return stored(folder, images, noise=0.001), truth, disc[..., 0] > 0


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


def test_rims_tell_which_end_of_the_stack_is_near(tmp_path):
    frames, *_ = steel_on_cloth(tmp_path, light=0.08)
    assert measure(frames, SHAPE, None, 2)[0].near is End.LAST
    assert measure(frames[::-1], SHAPE, None, 2)[0].near is End.FIRST


def test_where_rims_do_not_tell_the_end_none_is_preferred(tmp_path):
    images = [ndimage.gaussian_filter(texture(3), (s, s, 0)) for s in (2.0, 0.0, 2.0)]
    stack, _ = measure(stored(tmp_path, images, noise=0.002), SHAPE, None, 2)
    assert stack.near is None
    assert np.array_equal(stack.guide, stack.depth)


def test_none_prefers_none(made):
    stack, *_ = made
    plain, _ = measure(stack.frames, SHAPE, None, 2, prefer=False)
    assert plain.near is None
    assert np.array_equal(plain.guide, plain.depth)
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


def test_depth_breaks_alike_with_any_number_of_threads(made):
    stack, *_ = made
    other, _ = measure(stack.frames, SHAPE, None, 3, near=End.LAST)
    assert np.array_equal(stack.guide, other.guide)
    assert np.array_equal(stack.behind, other.behind)


def test_a_flood_from_both_sides_meets_at_the_crest():
    told = np.full((1, 12), np.nan, np.float32)
    told[0, 0], told[0, -1] = 9, 2
    energy = np.array([[1, 2, 4, 8, 16, 32, 64, 128, 64, 8, 4, 1]], np.float32)
    _flood(told, energy, np.isnan(told).astype(np.uint8))
    assert told[0].tolist() in ([9] * 8 + [2] * 4, [9] * 7 + [2] * 5)


def test_the_first_and_the_last_peak_of_a_place_are_followed():
    energies = [10, 90, 30, 40, 20, 70, 75, 10, 12, 11]
    peaks = no_peaks((1, 1))
    outline = Outline(np.eye(3), 1, 1)
    for k, energy in enumerate(energies):
        tile = np.full((1, 1), energy, np.float32)
        follow_peaks(tile, k, outline, 0.75, 0, 0, np.float32(1.0), peaks)
    assert (peaks.first[0, 0], peaks.first_at[0, 0]) == (90, 1)
    assert (peaks.last[0, 0], peaks.last_at[0, 0]) == (75, 6)


def test_what_hardly_stands_out_is_no_peak():
    peaks = no_peaks((1, 1))
    for k, energy in enumerate([10, 19, 10, 18, 10]):
        tile = np.full((1, 1), energy, np.float32)
        follow_peaks(tile, k, Outline(np.eye(3), 1, 1), 0.75, 0, 0, np.float32(1.0), peaks)
    assert peaks.first_at[0, 0] == peaks.last_at[0, 0] == NONE


def test_noise_alone_tells_no_end():
    rng = np.random.default_rng(1)
    depth = rng.uniform(0, 9, (80, 90)).astype(np.float32)
    best = rng.exponential(3.0, depth.shape).astype(np.float32)
    assert near_end(depth, best, 1.0)[0] is None


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
