"""The virtual lens, against physics."""

import math

import numpy as np
import pytest

from hardware.virtual.beetle import beetle
from hardware.virtual.lens import Lens, expose, subject, truth
from hardware.virtual.scene import Layer, Scene

WIDTH, HEIGHT, PITCH = 160, 120, 4.0
SHAPE = (HEIGHT + 128, WIDTH + 128)
LENS = Lens(na=1 / 16, working_distance_um=60_000)


@pytest.fixture(scope="module")
def scene():
    return subject(beetle(WIDTH, HEIGHT, PITCH, 600, seed=5), LENS)


def layer(height_um, rgb, cover=None):
    heights = np.full(SHAPE, height_um, np.float32)
    covers = np.ones(SHAPE) if cover is None else cover
    return Layer(heights, np.broadcast_to(rgb, (*SHAPE, 3)).astype(np.float32), covers)


def card(height_um, colour=(0.5, 0.5, 0.5)):
    """A level card."""
    return subject(Scene(PITCH, (layer(height_um, colour),)), LENS)


def dot(right=0, down=0):
    """A bright dot on black, at height 0."""
    rgb = np.zeros((*SHAPE, 3), np.float32)
    rgb[SHAPE[0] // 2 + down, SHAPE[1] // 2 + right] = 1000
    return subject(Scene(PITCH, (layer(0, rgb),)), LENS)


def test_what_is_in_focus_is_as_in_the_truth(scene):
    sharp, depth = truth(scene, LENS, 300, WIDTH, HEIGHT)
    frame = expose(scene, LENS, 300, WIDTH, HEIGHT)
    error = np.abs(frame - sharp).mean(axis=2)
    in_focus = np.abs(depth - 300) < 30
    far = (np.abs(depth - 300) > 150) & (depth > 0)
    assert min(in_focus.sum(), far.sum()) > 200
    assert np.median(error[in_focus]) < 0.35 * np.median(error[far])


@pytest.mark.parametrize("off_um", [200, -400, 700, -1100])
def test_defocus_has_the_radius_of_the_cone(off_um):
    picture = expose(dot(), LENS, off_um, WIDTH, HEIGHT)[..., 1].astype(float)
    y, x = np.indices(picture.shape)
    total = picture.sum()
    mean_y, mean_x = (picture * y).sum() / total, (picture * x).sum() / total
    spread = (picture * ((y - mean_y) ** 2 + (x - mean_x) ** 2)).sum() / total
    # A uniform disc of radius r has a mean square radius of r² / 2.
    assert math.sqrt(2 * spread) == pytest.approx(LENS.na * abs(off_um) / PITCH, rel=0.12)


def test_defocus_takes_no_light_away():
    sharp, blurred = (expose(dot(), LENS, um, WIDTH, HEIGHT).sum() for um in (0, 500))
    assert blurred == pytest.approx(sharp, rel=0.03)


def test_magnification_changes_with_the_rail_as_perspective_says():
    board = dot(right=60)

    def place(focus_um):
        picture = truth(board, LENS, focus_um, WIDTH, HEIGHT)[0][..., 1]
        return (picture.sum(axis=0) * (np.arange(WIDTH) + 0.5)).sum() / picture.sum() - WIDTH / 2

    near, far = place(0), place(6000)
    assert far / near == pytest.approx(60_000 / 66_000, rel=0.01)


def test_a_bristle_hides_what_is_behind_and_blurs_to_let_it_through():
    middle = SHAPE[1] // 2
    cover = np.zeros(SHAPE, np.float32)
    cover[:, middle - 1 : middle + 2] = 1
    board = Scene(PITCH, (layer(0, (1, 1, 1)), layer(500, (0, 0, 0), cover)))
    board = subject(board, LENS)
    in_focus = expose(board, LENS, 500, WIDTH, HEIGHT)[HEIGHT // 2, WIDTH // 2, 1]
    behind = expose(board, LENS, 0, WIDTH, HEIGHT)[HEIGHT // 2, WIDTH // 2, 1]
    assert in_focus < 0.1
    # By geometry the disc of 7.8 px is covered by a strip of 3 px.
    assert behind == pytest.approx(1 - 3 * 2 * 7.8 / (math.pi * 7.8**2), abs=0.05)
    depth = truth(board, LENS, 0, WIDTH, HEIGHT)[1]
    assert depth[HEIGHT // 2, WIDTH // 2] == pytest.approx(500, abs=1)
    assert depth[HEIGHT // 2, WIDTH // 4] == pytest.approx(0, abs=1)


def test_what_is_smaller_than_the_scene_lies_where_it_did():
    cover = np.zeros(SHAPE, np.float32)
    cover[100:140, 90:150] = 1
    whole = layer(300, (1, 0.5, 0), cover)
    part = Layer(
        whole.height_um[80:160, 70:180],
        whole.rgb[80:160, 70:180],
        cover[80:160, 70:180],
        shift_px=(SHAPE[0] / 2 - 120, SHAPE[1] / 2 - 125),
    )
    ground = layer(0, (0, 0, 1))
    pictures = [
        expose(subject(Scene(PITCH, (ground, one)), LENS), LENS, 100, WIDTH, HEIGHT)
        for one in (whole, part)
    ]
    assert np.abs(pictures[0] - pictures[1]).max() < 0.1
    assert np.abs(pictures[0] - pictures[1]).mean() < 2e-3


def test_truth_gives_the_height_of_a_card():
    depth = truth(card(123), LENS, 300, WIDTH, HEIGHT)[1]
    assert np.abs(depth - 123).max() < 1
