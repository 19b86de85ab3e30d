"""What was burned into the frames, or stands still before them, holds no alignment and is told."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from imaging.alignment.standstill import STILL, agreement, still_areas, suspects
from tests.imaging.alignment.scenes import SHAPE, aligned, frame, similarity, texture, worst

WHITE, BLACK = 65535, 0


def plain(seed: int) -> np.ndarray:
    """Little texture, as on a wing: a few edges that are burned in outweigh it."""
    return (0.45 + 0.3 * (texture(seed, (640, 800)) - 0.45)).astype(np.float32)


def breathing(count: int = 8, step: float = 0.012) -> list[np.ndarray]:
    return [similarity(1.0 + step * (k - count // 2), dx=0.8 * k) for k in range(count)]


def burned(draw, motions=None, seed: int = 21) -> tuple[list[np.ndarray], list[np.ndarray]]:
    motions = breathing() if motions is None else motions
    frames = [
        frame(plain(seed), motion, 0.4 + 0.2 * abs(k - 4), seed=k)
        for k, motion in enumerate(motions)
    ]
    for pixels in frames:
        draw(pixels)
    return frames, motions


def bar(pixels):
    pixels[440:446, 480:600] = WHITE


def black_bar(pixels):
    pixels[30:40, 20:220] = BLACK


def stamp(pixels):
    drawn = np.zeros(SHAPE, np.uint8)
    cv2.putText(drawn, "2024-03-01 Lab 3", (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    pixels[drawn > 127] = (WHITE, 58000, BLACK)


def logo(pixels):
    squares = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((10, 10)))[..., None] * WHITE
    part = pixels[20:100, 540:620]
    part[:] = (0.6 * part + 0.4 * squares).astype(np.uint16)


def panel(pixels):
    pixels[430:] = BLACK
    drawn = np.zeros(SHAPE, np.uint8)
    cv2.putText(drawn, "15 kV  WD 8 mm", (12, 465), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    pixels[drawn > 127] = WHITE


def eyepiece(pixels):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    pixels[np.hypot(x - 320, y - 240) > 235] = 0


@pytest.mark.slow
@pytest.mark.parametrize("draw", [bar, black_bar, stamp, logo, panel, eyepiece])
def test_what_is_burned_in_does_not_hold_the_alignment_and_is_named(draw):
    frames, motions = burned(draw)
    found = aligned(frames, 4, model="similarity")
    assert found.failed == ()
    assert worst(found, motions) < 0.3
    shown = np.zeros((*SHAPE, 3), np.uint16) + 30000
    before = shown.copy()
    draw(shown)
    drawn = (shown != before).any(2)
    # Nothing beyond what was drawn, its rim aside, and nearly all of its edges.
    assert not (found.still.mask & ~cv2.dilate(drawn.astype(np.uint8), np.ones((25, 25)))).any()
    edges = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    assert found.still.mask[edges].mean() > 0.6


@pytest.mark.slow
def test_the_area_of_a_bar_is_told_in_px():
    frames, _ = burned(bar)
    (box,) = aligned(frames, 4, model="similarity").still.boxes_px()
    x, y, width, height = box
    assert (x, y) == (pytest.approx(480, abs=8), pytest.approx(440, abs=8))
    assert (width, height) == (pytest.approx(120, abs=14), pytest.approx(6, abs=14))


@pytest.mark.slow
@pytest.mark.parametrize(
    "motions",
    [
        [np.eye(3)] * 8,
        [similarity(1.0 + 1e-4 * k, dx=0.1 * k) for k in range(8)],
        breathing(),
    ],
    ids=["nothing moves", "it moves by less than a px", "it breathes"],
)
def test_a_clean_stack_has_nothing_that_stands_still(motions):
    frames, _ = burned(lambda pixels: None, motions)
    assert aligned(frames, 4, model="similarity").still is None


@pytest.mark.slow
def test_one_thing_that_moves_before_a_ground_at_rest_does_not_make_the_ground_a_fault():
    frames, _ = burned(lambda pixels: None, [np.eye(3)] * 8)
    for k, pixels in enumerate(frames):
        pixels[200:260, 100 + 12 * k : 160 + 12 * k] = WHITE
    found = aligned(frames, 4, model="similarity")
    assert found.still is None
    assert worst(found, [np.eye(3)] * 8) < 0.3


@pytest.mark.slow
def test_threads_change_nothing_about_it():
    frames, _ = burned(bar)
    one, three = (aligned(frames, 4, threads, "similarity") for threads in (1, 3))
    assert np.array_equal(one.transforms, three.transforms)
    assert np.array_equal(one.still.mask, three.still.mask)


def test_an_edge_that_goes_out_of_focus_where_it_stays_does_not_stand_on_the_sensor():
    # The subject moves; a bar is burned in, and blur shifts one edge back to where it was.
    ground = 2.0 * ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(200, 400)), 1.5)
    y, x = np.mgrid[:200, :320].astype(np.float32)
    motions = [np.array([[1, 0, -2.0 * k], [0, 1, 0], [0, 0, 1.0]]) for k in range(8)]
    details = []
    for k in range(8):
        seen = ground[:, 2 * k : 2 * k + 320] * np.where(x < 150, 0.05, 1.0)
        sigma = 2.0 + 0.9 * k
        away = np.hypot(x - 90, np.maximum(np.abs(y - 100) - 40, 0)) / sigma
        seen = seen + 2.0 * np.exp(-0.5 * away**2)
        seen[80:84, 200:280] = 4.0
        details.append(seen.astype(np.float32))
    resting = agreement(details)
    suspected = suspects(resting, STILL[1])
    assert suspected[100, 87]
    to_first = np.stack([np.linalg.inv(motion) for motion in motions])
    still, _ = still_areas(details, to_first, suspected, resting, resting[0])
    assert still[80:84, 200:280].mean() > 0.9
    assert not still[:, :180].any()


def _before_ground(softness_px: float, part_that_moves: float) -> np.ndarray:
    """What stands still of a bar before ground: soft, it agrees nearly as well at rest as moved."""
    rng = np.random.default_rng(5)
    ground = 30.0 * ndimage.gaussian_filter(rng.normal(size=(200, 400)), softness_px)
    x = np.arange(320)
    details = []
    for k in range(8):
        seen = np.where(x < 320 * part_that_moves, ground[:, k : k + 320], ground[:, :320])
        seen = seen + 0.4 * rng.normal(size=seen.shape)
        seen[80:84, 60:140] = 12.0
        details.append(seen.astype(np.float32))
    moved = np.stack([np.array([[1, 0, float(k)], [0, 1, 0], [0, 0, 1.0]]) for k in range(8)])
    resting = agreement(details)
    return still_areas(details, moved, suspects(resting, STILL[0]), resting, resting[0])[0]


def test_what_is_burned_in_before_little_texture_is_found():
    still = _before_ground(4.8, 1.0)
    assert still[80:84, 60:140].mean() > 0.9
    assert not still[:70].any() and not still[94:].any()


def test_no_motion_is_believed_that_a_third_of_the_rest_does_not_share():
    assert not _before_ground(3.5, 0.65).any()


@pytest.mark.parametrize(("shared", "stands"), [(0.85, True), (0.7, False)])
def test_what_shines_through_agrees_well_or_is_chance(shared, stands):
    rng = np.random.default_rng(6)

    def detail(*shape: int) -> np.ndarray:
        return 4.0 * ndimage.gaussian_filter(rng.normal(size=shape), 1.5)

    ground, mark = detail(160, 300), detail(40, 40)
    details = [ground[:, 3 * k : 3 * k + 240].astype(np.float32) for k in range(8)]
    for seen in details:
        seen[60:100, 100:140] = shared**0.5 * mark + (1.0 - shared) ** 0.5 * detail(40, 40)
    moved = np.stack([np.array([[1, 0, 3.0 * k], [0, 1, 0], [0, 0, 1.0]]) for k in range(8)])
    resting = agreement(details)
    suspected = suspects(resting, STILL[1])
    assert suspected[65:95, 105:135].mean() > 0.75
    still, _ = still_areas(details, moved, suspected, resting, resting[0], faint=True)
    assert still.any() == stands


@pytest.mark.parametrize(("found_px", "stands"), [(0.0, True), (0.5, False)])
def test_what_agrees_better_as_frames_were_found_to_lie_does_not_stand_still(found_px, stands):
    # Without the thing, which moves down half a px a frame, the ground alone is aligned, wrongly.
    ground = 2.0 * ndimage.gaussian_filter(np.random.default_rng(7).normal(size=(160, 300)), 1.5)
    y, x = np.mgrid[:160, :240].astype(np.float32)
    details = []
    for k in range(8):
        seen = ground[:, 3 * k : 3 * k + 240].astype(np.float32)
        away = np.maximum(np.abs(x - 120) - 60, 0), np.abs(y - 80 - 0.5 * k)
        details.append(seen * (np.hypot(*away) > 12) + 6.0 * np.exp(-0.03 * np.hypot(*away) ** 2))
    moved = np.stack([similarity(dx=3.0 * k) for k in range(8)])
    lie = np.stack([similarity(dy=-found_px * k) for k in range(8)])
    resting = agreement(details)
    lying, _ = agreement(details, np.linalg.inv(lie))
    suspected = suspects(resting, STILL[1])
    still, _ = still_areas(details, moved, suspected, resting, lying, faint=True)
    assert still.any() == stands
