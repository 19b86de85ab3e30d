"""The virtual lens, against physics."""

import math

import numba
import numpy as np
import pytest

from hardware.virtual.lens import Lens, expose, truth
from hardware.virtual.scene import NOTHING_UM, Scene, beetle

WIDTH, HEIGHT, PITCH = 160, 120, 4.0
LENS = Lens(na=1 / 16, working_distance_um=60_000, samples=48)


@pytest.fixture(scope="module")
def scene():
    return beetle(WIDTH, HEIGHT, PITCH, 600, seed=5)


def card(height_um, colour=(0.5, 0.5, 0.5), texture=0.0):
    """A level card, with a chequered texture or none."""
    shape = (HEIGHT + 128, WIDTH + 128)
    y, x = np.indices(shape)
    chequer = 1 + texture * np.where((y // 2 + x // 2) % 2, 1.0, -1.0)
    rgb = np.asarray(colour) * chequer[..., None]
    return Scene(
        PITCH,
        np.full(shape, height_um, np.float32),
        rgb.astype(np.float32),
        np.full(shape, NOTHING_UM, np.float32),
        np.zeros((*shape, 3), np.float32),
    )


@pytest.mark.slow
def test_picture_does_not_depend_on_the_number_of_threads(scene):
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    one = expose(scene, LENS, 300, WIDTH, HEIGHT)
    numba.set_num_threads(threads)
    assert np.array_equal(one, expose(scene, LENS, 300, WIDTH, HEIGHT))


@pytest.mark.slow
def test_what_is_in_focus_is_as_in_the_truth(scene):
    sharp, depth = truth(scene, LENS, 300, WIDTH, HEIGHT)
    frame = expose(scene, LENS, 300, WIDTH, HEIGHT)
    error = np.abs(frame - sharp).mean(axis=2)
    in_focus = np.abs(depth - 300) < 30
    far = np.abs(depth - 300) > 250
    assert in_focus.sum() > 200
    assert np.median(error[in_focus]) < 0.35 * np.median(error[far])


@pytest.mark.parametrize("off_um", [200, -400])
def test_defocus_has_the_radius_of_the_cone(off_um):
    board = card(0)
    centre = (board.surface_rgb.shape[0] // 2, board.surface_rgb.shape[1] // 2)
    board.surface_rgb[:] = 0
    board.surface_rgb[centre] = 1000
    picture = expose(board, LENS, off_um, WIDTH, HEIGHT)[..., 1].astype(float)
    y, x = np.indices(picture.shape)
    total = picture.sum()
    mean_y, mean_x = (picture * y).sum() / total, (picture * x).sum() / total
    spread = (picture * ((y - mean_y) ** 2 + (x - mean_x) ** 2)).sum() / total
    # A uniform disc of radius r has a mean square radius of r² / 2.
    assert math.sqrt(2 * spread) == pytest.approx(LENS.na * abs(off_um) / PITCH, rel=0.12)


def test_magnification_changes_with_the_rail_as_perspective_says():
    board = card(0)
    board.surface_rgb[:] = 0
    rows, columns = board.surface_rgb.shape[:2]
    board.surface_rgb[rows // 2, columns // 2 + 60] = 1000
    pinhole = Lens(1e-4, LENS.working_distance_um, 1)

    def place(focus_um):
        picture = truth(board, pinhole, focus_um, WIDTH, HEIGHT)[0][..., 1]
        return (picture.sum(axis=0) * (np.arange(WIDTH) + 0.5)).sum() / picture.sum() - WIDTH / 2

    near, far = place(0), place(6000)
    assert far / near == pytest.approx(60_000 / 66_000, rel=0.01)


def test_a_bristle_hides_what_is_behind_and_blurs_to_let_it_through():
    board = card(0, (1, 1, 1))
    middle = board.surface_rgb.shape[1] // 2
    board.bristle_um[:, middle - 1 : middle + 2] = 500
    in_focus = expose(board, LENS, 500, WIDTH, HEIGHT)[HEIGHT // 2, WIDTH // 2, 1]
    behind = expose(board, LENS, 0, WIDTH, HEIGHT)[HEIGHT // 2, WIDTH // 2, 1]
    assert in_focus < 0.1
    assert behind > 0.6
    depth = truth(board, LENS, 0, WIDTH, HEIGHT)[1]
    assert depth[HEIGHT // 2, WIDTH // 2] == 500


def test_truth_gives_the_height_of_a_card():
    depth = truth(card(123), LENS, 300, WIDTH, HEIGHT)[1]
    assert np.abs(depth - 123).max() < 1
