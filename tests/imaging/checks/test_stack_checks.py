"""Checks of a stack by its cells: each finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.checks import focus_curves, halo, movement, order, sensor_spots

GRID = (24, 32)
RNG = np.random.default_rng(5)
# A slope from focus 1 to 10 with texture of its own strength everywhere, but for a plain margin.
HEIGHT = np.linspace(1.0, 10.0, GRID[1])[None, :] * np.ones((GRID[0], 1))
STRENGTH = np.exp(RNG.normal(0.0, 0.4, GRID))
STRENGTH[:4] = 0.0


def energy(focus, width=1.0):
    """Energy of frames focused at `focus`, falling off as Gaussians of a width, above noise."""
    away = np.asarray(focus, float)[:, None, None] - HEIGHT
    return (STRENGTH * np.exp(-0.5 * (away / width) ** 2) + 1e-5).astype(np.float32)


@pytest.mark.parametrize(("step", "expected"), [(0.5, 0.985), (1.0, 0.939), (2.0, 0.779)])
def test_contrast_midway_between_frames_is_that_of_the_gaussian(step, expected):
    found = focus_curves.midway_contrast(energy(np.arange(0.0, 11.1, step)))
    assert found == pytest.approx(expected, abs=0.03)


def test_frames_dropped_from_a_stack_lower_it():
    focus = np.arange(0.0, 11.1, 1.0)
    all_of_them, half, third = (
        focus_curves.midway_contrast(energy(focus[::n], width=0.7)) for n in (1, 2, 3)
    )
    assert all_of_them > 0.85 > half > third


def test_a_stack_without_detail_has_no_contrast_to_tell():
    plain = np.full((6, *GRID), 1e-5, np.float32)
    assert focus_curves.midway_contrast(plain) is None
    assert focus_curves.ends(plain) is None


def test_an_end_that_was_not_reached_holds_most_of_the_detail():
    first, last = focus_curves.ends(energy(np.arange(0.0, 5.1)))
    assert last.share > 0.5 > first.share
    assert last.rise > 1.0
    first, last = focus_curves.ends(energy(np.arange(0.0, 11.1)))
    assert max(first.share, last.share) < 0.1


def test_a_shuffled_stack_has_a_shorter_path_which_is_the_true_order():
    focus = np.arange(0.0, 11.1)
    shuffled = np.random.default_rng(2).permutation(len(focus))
    share, found = order.shorter_path(energy(focus[shuffled]))
    assert share < 0.7
    sorted_again = focus[shuffled][found]
    assert list(sorted_again) in (list(focus), list(focus[::-1]))


@pytest.mark.parametrize("turn", [1, -1])
def test_a_stack_in_order_has_no_shorter_path(turn):
    share, found = order.shorter_path(energy(np.arange(0.0, 11.1))[::turn])
    assert (share, found) == (1.0, list(range(12)))


def test_magnification_that_leads_one_way_leaves_nobody_astray():
    scales = np.linspace(0.95, 1.05, 9)
    assert order.one_way(scales) == pytest.approx(1.0)
    assert order.against_the_trend(scales) == []
    assert order.against_the_trend(scales[::-1]) == []
    swapped = scales[[0, 1, 6, 3, 4, 5, 2, 7, 8]]
    assert order.one_way(swapped) < 0.6
    assert order.against_the_trend(swapped) == [2, 6]


def test_an_order_begun_elsewhere_is_known():
    assert order.is_turned([3, 4, 0, 1, 2])
    assert order.is_turned([2, 1, 0, 4, 3])
    assert not order.is_turned([0, 2, 1, 3, 4])


def light(count=8):
    """Light of a textured scene that blurs a little more from frame to frame."""
    scene = np.random.default_rng(3).uniform(0.2, 0.6, (60, 80)).astype(np.float32)
    return [ndimage.gaussian_filter(scene, 1.0 + 0.15 * k) for k in range(count)]


def test_a_thing_that_moved_between_two_frames_is_found_where_it_was_and_is():
    frames = light()
    for k, frame in enumerate(frames):
        row = 10 if k < 4 else 30
        frame[row : row + 6, 20:26] = 0.9
    found = movement.jumps(frames, 0.05, 6)
    assert {jump.before for jump in found} == {3}
    assert {jump.place[0].start for jump in found} == {10, 30}


def test_defocus_alone_is_no_movement():
    assert movement.jumps(light(), 0.05, 6) == []


def test_light_that_frames_out_of_focus_carried_over_a_rim_is_a_halo():
    sharp = np.full((40, 40), 0.3, np.float32)
    sharp[18:22, 18:22] = 1.0
    blurred = ndimage.gaussian_filter(sharp, 2.0)
    frames = [sharp, sharp, blurred, blurred]
    source, sure = np.zeros((40, 40), int), np.ones((40, 40), bool)
    assert not halo.halo_cells(sharp, frames, source, sure, 0.05).any()
    found = halo.halo_cells(np.maximum(sharp, blurred), frames, source, sure, 0.05)
    assert found.sum() > 10
    assert not found[:12].any()
    assert not halo.halo_cells(np.maximum(sharp, blurred), frames, source, ~sure, 0.05).any()


@pytest.mark.parametrize("loss", [0.0, 0.4])
def test_a_dark_spot_of_the_sensor_is_found_where_its_trail_lies(loss):
    rng = np.random.default_rng(4)
    scene = ndimage.gaussian_filter(rng.uniform(0.3, 0.9, (160, 260)), 1.5).astype(np.float32)
    y, x = np.indices((120, 160))
    spot = 1.0 - loss / (1.0 + np.exp((np.hypot(y - 60, x - 70) - 3.0) * 2.0))
    frames, motions = [], []
    for k in range(8):
        motion = np.eye(3)
        motion[0, 2] = 40.0 * (k - 4)
        seen = scene[20:140, 40 + 10 * (k - 4) : 200 + 10 * (k - 4)] * spot
        aligned = np.full((120, 160), np.nan, np.float32)
        move = 10 * (k - 4)
        source = slice(max(0, -move), 160 - max(0, move))
        target = slice(max(0, move), 160 + min(0, move))
        aligned[:, target] = seen[:, source] ** (1 / 2.2)
        frames.append(aligned)
        motions.append(motion)
    found = sensor_spots.dark_spots(frames, np.stack(motions), 4, 0.1)
    if not loss:
        assert found == []
        return
    (one,) = found
    x0, y0, width, height = one.place_px
    assert y0 < 4 * 60 < y0 + height
    assert x0 <= 4 * 70 - 160 and x0 + width >= 4 * 70 + 120
    assert one.loss > 0.2
