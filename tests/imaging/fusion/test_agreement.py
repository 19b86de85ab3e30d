"""What is told of depth is true; chance, blurred edges and what lies beyond the frames are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion.agreement import (
    ALIKE_FRAMES,
    ENOUGH,
    HALF,
    LEAST_CONFIDENCE,
    MOST,
    NEIGHBOURS_PX,
    RIDGE,
    RIDGE_PX,
    UNCLEAR,
    _agree,
    agree,
)
from imaging.fusion.depth import Carrying, map_depth
from imaging.fusion.focus import Focus, chance_peak, measure_focus
from imaging.fusion.sharpness import measure_noise
from imaging.fusion.stack import Told, measure
from tests.imaging.fusion.made_stacks import stored

SHAPE = (192, 256)
COUNT = 12
NOISE = 0.004


def grain(seed: int) -> np.ndarray:
    fine = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(SHAPE), 0.8)
    return 0.5 + 0.35 * fine


def blurred(image: np.ndarray, frames_away: float) -> np.ndarray:
    return ndimage.gaussian_filter(image, 1.5 * abs(frames_away)) if frames_away else image


def told(folder, planes: list[np.ndarray]) -> tuple[Told, np.ndarray]:
    frames = stored(folder, [np.repeat(p[..., None], 3, 2) for p in planes], noise=NOISE)
    _, found = measure(frames, SHAPE, None, 2)
    return found, found.confidence >= LEAST_CONFIDENCE


def test_of_a_plain_surface_no_depth_is_told(tmp_path):
    found, known = told(tmp_path, [np.full(SHAPE, 0.5)] * COUNT)
    assert known.mean() < 0.002
    assert (found.confidence == 0).mean() > 0.97


def test_noise_that_grows_with_light_is_no_detail(tmp_path):
    # Both halves are plain; the bright one has four times the noise.
    rng = np.random.default_rng(4)
    level = np.where(np.arange(SHAPE[1]) < 128, 0.2, 0.8) * np.ones(SHAPE)
    spread = np.where(level > 0.5, 0.016, 0.004)
    _, known = told(tmp_path, [level + rng.normal(0, 1, SHAPE) * spread for _ in range(COUNT)])
    inner = known[8:-8, 76:-8]
    assert inner.mean() < 0.005


def test_texture_is_told_to_a_fifth_of_a_step_nearly_everywhere(tmp_path):
    image = grain(1)
    found, known = told(tmp_path, [blurred(image, k - 5.3) for k in range(COUNT)])
    inner = np.s_[8:-8, 8:-8]
    assert known[inner].mean() > 0.97
    error = found.depth[inner][known[inner]] - 5.3
    assert np.sqrt((error**2).mean()) < 0.2


def test_where_steps_are_far_finer_than_the_depth_of_field_all_frames_near_the_peak_tell_it(
    tmp_path,
):
    # Ten frames are nearly as sharp as the sharpest, and each has some percent more or less detail.
    image, rng, count = grain(8), np.random.default_rng(9), 36
    contrast = 1.0 + 0.04 * rng.standard_normal(count)
    planes = [0.5 + contrast[k] * (blurred(image, 0.08 * (k - 16.3)) - 0.5) for k in range(count)]
    found, known = told(tmp_path, planes)
    inner = np.s_[8:-8, 8:-8]
    assert known[inner].mean() > 0.9
    error = found.depth[inner][known[inner]] - 16.3
    assert (np.abs(error) > 1.0).mean() < 0.01
    # The frame in focus is told by all of them as well.
    assert np.abs(found.sharpest[inner][known[inner]] - 16.3).max() < 2.0


def test_a_broad_peak_that_an_end_cuts_off_is_not_told(tmp_path):
    image = grain(10)
    _, known = told(tmp_path, [blurred(image, 0.08 * (k - 3.0)) for k in range(36)])
    assert known[8:-8, 8:-8].mean() < 0.02


def test_what_still_rises_at_the_end_is_not_told_however_far_its_mean_frame_lies_before_it(
    tmp_path,
):
    # Detail rises ever faster to the last frame; the mean frame lies five before it.
    image, count = grain(11), 36
    contrast = np.exp((np.arange(count) - count + 1) / 30.0)
    _, known = told(tmp_path, [0.5 + one * (image - 0.5) for one in contrast])
    assert known[8:-8, 8:-8].mean() < 0.02


def test_beside_a_step_nothing_wrong_is_told(tmp_path):
    # A dark disc in focus in frame 9 before a bright ground in focus in frame 2.
    y, x = np.indices(SHAPE)
    disc = (np.hypot(y - 96, x - 128) < 50).astype(float)
    ground, near = 0.4 + grain(2), 0.3 * grain(3)
    planes = []
    for k in range(COUNT):
        cover = blurred(disc, k - 9)
        planes.append(cover * blurred(near, k - 9) + (1 - cover) * blurred(ground, k - 2))
    found, known = told(tmp_path, planes)
    height = np.where(disc > 0, 9.0, 2.0)[::2, ::2]
    inner = np.s_[8:-8, 8:-8]
    wrong = np.abs(found.depth - height)[inner][known[inner]] > 1.0
    assert wrong.mean() < 0.01
    assert known[inner].mean() > 0.6
    for z in (2.0, 9.0):
        assert known[inner][height[inner] == z].mean() > 0.5


@pytest.mark.parametrize("focus_at", [-2.5, 0.0, 0.4])
def test_what_is_in_focus_beyond_the_first_frame_is_not_told(tmp_path, focus_at):
    image = grain(5)
    # Some is in focus within the stack, and says how wide a peak is.
    half = np.arange(SHAPE[1]) < 128
    planes = [
        np.where(half, blurred(image, 0.6 * (k - focus_at)), blurred(image, 0.6 * (k - 6.2)))
        for k in range(COUNT)
    ]
    found, known = told(tmp_path, planes)
    left = np.s_[8:-8, 8:52]
    if focus_at < -1:
        assert known[left].mean() < 0.05
    else:
        assert known[left].mean() > 0.8
        assert np.abs(found.depth[left][known[left]] - max(focus_at, 0)).max() < 0.6


def test_what_is_not_told_has_the_depth_of_what_is_round_about(tmp_path):
    image = grain(6)
    image[:, 100:156] = 0.5
    found, known = told(tmp_path, [blurred(image, k - 7) for k in range(COUNT)])
    plain = np.s_[8:-8, 58:70]
    assert not known[plain].any()
    assert (found.confidence[plain] == 0).mean() > 0.9
    assert np.abs(found.depth[plain] - 7).max() < 1.0


def test_a_gap_among_what_is_sure_is_closed_and_one_at_a_step_is_not():
    place = np.full((64, 64), 4.0, np.float32)
    weight = np.ones(place.shape, np.float32)
    weight[30:32, 20:22] = 0.0
    place[:, 48:] = 9.0
    weight[:, 46:50] = 0.0
    place[weight == 0] = 0.0
    whole = np.ones(place.shape, np.uint8)
    sharpest = np.rint(place).astype(np.uint16)
    ones = np.ones_like(place)
    focus = Focus(sharpest, place, weight, whole, ones, place, weight, whole, whole)
    depth, confidence = agree(focus, 12)
    assert (confidence[30:32, 20:22] >= np.float32(LEAST_CONFIDENCE)).all()
    assert (depth[30:32, 20:22] == 4.0).all()
    assert (confidence[:, 46:50] == 0).all()


def test_two_peaks_are_no_depth(tmp_path):
    image = grain(7)
    planes = [
        0.5 * blurred(image, k - 2) + 0.5 * blurred(np.flip(image), k - 9) for k in range(COUNT)
    ]
    _, known = told(tmp_path, planes)
    assert known.mean() < 0.2


def test_chance_reaches_further_the_more_frames_there_are():
    peaks = [chance_peak(n) for n in (1, 10, 100)]
    assert peaks == sorted(peaks)
    # The greatest of so many means of eight squares, drawn here.
    draws = np.random.default_rng(1).chisquare(8, (20000, 10)).max(1) / 8
    assert (draws > peaks[1]).mean() < 0.001


def asked_one_by_one(place, weight, energy, single, y: int, x: int) -> tuple[float, float]:
    """Depth and confidence of a px as its neighbours say, one after another, in float32."""
    if weight[y, x] <= 0:
        return place[y, x], np.float32(0)
    total = alike = mean = count = energies = energies_alike = ridge = np.float32(0)
    rows, columns = place.shape
    for i in range(max(y - NEIGHBOURS_PX, 0), min(y + NEIGHBOURS_PX + 1, rows)):
        for j in range(max(x - NEIGHBOURS_PX, 0), min(x + NEIGHBOURS_PX + 1, columns)):
            if max(abs(i - y), abs(j - x)) <= RIDGE_PX:
                ridge = max(ridge, energy[i, j])
            if weight[i, j] > 0:
                total, energies = total + weight[i, j], energies + energy[i, j]
                away = place[i, j] - place[y, x]
                if abs(away) < ALIKE_FRAMES:
                    alike, mean = alike + weight[i, j], mean + weight[i, j] * away
                    energies_alike, count = energies_alike + energy[i, j], count + np.float32(1)
    own = weight[y, x]
    share = (alike - own) / (total - own) if total > own else np.float32(0)
    if energy[y, x] > RIDGE * ridge and share > HALF and energies_alike > MOST * energies:
        share = max(share, np.float32(LEAST_CONFIDENCE))
    if single[y, x] == 0:
        share = share * UNCLEAR
    return place[y, x] + mean / alike, share * min((count - np.float32(1)) / ENOUGH, np.float32(1))


def test_neighbours_are_asked_to_the_last_bit_as_one_after_another():
    rng, shape = np.random.default_rng(4), (19, 23)
    place = np.cumsum(rng.normal(0, 0.3, shape), 1).astype(np.float32)
    weight = np.maximum(rng.normal(0.5, 1, shape), 0).astype(np.float32)
    energy = (rng.random(shape) ** 3).astype(np.float32)
    single = (rng.random(shape) < 0.5).astype(np.uint8)
    depth, confidence = np.full((2, *shape), np.nan, np.float32)
    for y0, y1 in ((0, 8), (8, 16), (16, 19)):
        _agree(place, weight, energy, single, y0, y1, depth, confidence)
    plain = [asked_one_by_one(place, weight, energy, single, y, x) for y, x in np.ndindex(shape)]
    assert np.array_equal(np.stack([depth, confidence], 2).reshape(-1, 2), np.array(plain))
    assert (confidence > LEAST_CONFIDENCE / 2).any() and (confidence == 0).any()


def test_threads_change_no_bit(tmp_path):
    image = grain(8)
    frames = stored(
        tmp_path,
        [np.repeat(blurred(image, k - 2.4)[..., None], 3, 2) for k in range(5)],
        noise=NOISE,
    )
    noise = measure_noise(frames)
    focus = measure_focus(frames, SHAPE, noise.luminance, 1, by_light=noise.by_light)
    one, three = agree(focus, 5, 1), agree(focus, 5, 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, three))
    for field in ("energy", "place", "weight", "single", "strong"):
        again = measure_focus(frames, SHAPE, noise.luminance, 3, by_light=noise.by_light)
        assert np.array_equal(getattr(focus, field), getattr(again, field))


def test_smoothing_leaves_a_step_as_it_is():
    place = np.full((64, 64), 2.0, np.float32)
    place[:, 32:] = 8.0
    place += np.random.default_rng(2).normal(0, 0.1, place.shape).astype(np.float32)
    ones = np.ones(place.shape, np.float32)
    whole = np.ones(place.shape, np.uint8)
    focus = Focus(
        np.rint(place).astype(np.uint16),
        *(place, ones, whole, ones, place.copy(), ones, whole, whole),
    )
    depth, _ = map_depth(focus, agree(focus, 12), Carrying(smoothing=2.0))
    assert (np.abs(depth - np.where(np.arange(64) < 32, 2.0, 8.0)) < 0.4).all()
