"""What registration sees of a frame."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.detail import (
    COARSEST_SIDE_PX,
    SELECTED_PIXELS,
    SLOPING_SHARE,
    blocks_of,
    hide,
    prepare,
)
from tests.imaging.alignment.scenes import detail_of, frame, scene


@pytest.fixture(scope="module")
def detail():
    return detail_of(frame(scene(70), np.eye(3)))


def test_each_resolution_is_half_of_the_next_down_to_the_coarsest(detail):
    sides = [min(level.image.shape) for level in detail.levels]
    assert sides == [60, 120, 240, 480]
    assert COARSEST_SIDE_PX <= sides[0] < 2 * COARSEST_SIDE_PX


@pytest.mark.slow
def test_neither_brightness_nor_contrast_of_the_light_changes_the_detail(detail):
    luminance = detail.light.luminance
    dimmed = prepare(detail.light._replace(luminance=luminance * np.float32(0.5)))
    for level, other in zip(detail.levels, dimmed.levels):
        assert level.image == pytest.approx(other.image, abs=2e-3)


def test_of_each_resolution_the_mean_of_squared_slopes_is_told(detail):
    assert len(detail.slopes) == len(detail.levels)
    for level, told in zip(detail.levels, detail.slopes):
        squared = level.grad_x.astype(float) ** 2 + level.grad_y.astype(float) ** 2
        assert told == pytest.approx(squared.mean())


def test_sloping_px_from_all_over_the_frame_are_selected_block_by_block(detail):
    finest = detail.levels[-1]
    assert len(finest.at) == SELECTED_PIXELS
    blocks = blocks_of(finest.image.shape)
    assert finest.first[0] == 0 and finest.first[-1] == SELECTED_PIXELS
    y, x = np.divmod(finest.at, finest.image.shape[1])
    block = y * blocks // 480 * blocks + x * blocks // 640
    assert np.array_equal(np.searchsorted(block, np.arange(blocks**2 + 1)), finest.first)
    # No block is left to the few that slope most.
    assert np.diff(finest.first).min() > 0.5 * SELECTED_PIXELS / blocks**2
    strength = finest.grad_x**2 + finest.grad_y**2
    along_y, along_x = np.gradient(finest.image)
    assert (along_x**2 + along_y**2)[1:-1, 1:-1].mean() < strength.mean()
    assert np.array_equal(finest.value, finest.image.ravel()[finest.at])


@pytest.mark.parametrize("chosen", [500, 40_000, 200_000])
def test_they_are_spread_evenly_over_the_share_that_slopes_most(detail, chosen):
    finest = prepare(detail.light, pixels=chosen).levels[-1]
    half, image = np.float32(0.5), finest.image
    across, down = np.zeros_like(image), np.zeros_like(image)
    across[:, 1:-1] = half * (image[:, 2:] - image[:, :-2])
    down[1:-1] = half * (image[2:] - image[:-2])
    strength = (across * across + down * down).ravel()
    wanted = max(int(strength.size * SLOPING_SHARE), chosen)
    index = np.flatnonzero(strength >= np.partition(strength, -wanted)[-wanted])
    evenly = index[(np.arange(chosen) * (index.size / chosen)).astype(int)]
    assert np.array_equal(np.sort(finest.at), evenly)


def test_what_is_hidden_is_seen_at_no_resolution(detail):
    hidden = np.zeros((120, 160), bool)
    hidden[20:60, 40:100] = True
    covered = hide(detail, hidden)
    for level, factor in zip(covered.levels, (0.5, 1, 2, 4)):
        y, x = np.divmod(level.at, level.image.shape[1])
        inside = (y >= 20 * factor) & (y < 60 * factor) & (x >= 40 * factor) & (x < 100 * factor)
        assert not inside.any()
        assert np.isnan(level.image).mean() == pytest.approx(hidden.mean(), rel=0.15)
    assert covered.light is detail.light


def test_a_frame_that_is_hidden_whole_has_nothing_to_register(detail):
    covered = hide(detail, np.ones((480, 640), bool))
    assert [len(level.at) for level in covered.levels] == [0, 0, 0, 0]
