"""What was burned into the frames, or stands still before them, holds no alignment and is told."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

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
