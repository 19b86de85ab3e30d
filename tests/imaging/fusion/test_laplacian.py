"""Fusion: the same bytes for any number of threads, the sharp parts of every frame, flat memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from imaging.fusion import laplacian
from imaging.fusion.depth import carry_depth
from imaging.fusion.focus import measure_focus
from imaging.fusion.frame import Frame
from imaging.fusion.laplacian import fuse
from imaging.fusion.level_sums import add_base
from imaging.fusion.sharpness import measure_noise, noise_energies
from imaging.sampling.coverage import Outline
from tests.imaging.fusion.made_stacks import SHAPE, psnr, stored, texture


def fused(
    frames: list[Frame], shape: tuple[int, int] = SHAPE, threads: int = 2, **options
) -> np.ndarray:
    noise = measure_noise(frames)
    focus = measure_focus(frames, shape, noise.luminance, threads)
    out = np.zeros((*shape, 3), np.uint16)

    def write(first: int, rows: np.ndarray) -> None:
        out[first : first + len(rows)] = rows

    fuse(frames, shape, noise.colour, write, depth=carry_depth(focus), threads=threads, **options)
    return out


@pytest.mark.slow
def test_a_single_frame_gives_itself(tmp_path):
    truth = texture(1)
    out = fused(stored(tmp_path, [truth]))
    assert np.abs(out.astype(int) - np.rint(truth * 65535)).max() <= 1


def test_two_halves_become_one_whole(tmp_path):
    truth = texture(2)
    blurred = ndimage.gaussian_filter(truth, (4, 4, 0))
    left = np.where(np.arange(SHAPE[1])[:, None] < 200, truth, blurred)
    right = np.where(np.arange(SHAPE[1])[:, None] < 200, blurred, truth)
    assert psnr(fused(stored(tmp_path, [left, right])), truth) > 40


def test_threads_do_not_change_a_bit(tmp_path):
    images = [ndimage.gaussian_filter(texture(3), (s, s, 0)) for s in (0.0, 1.0, 2.0)]
    turn = np.array([[1.001, 0.002, 0.3], [-0.002, 1.001, -0.7], [0, 0, 1.0]])
    frames = stored(tmp_path, images, [np.eye(3), turn, turn @ turn], 0.01)
    one, two, three = (fused(frames, threads=n) for n in (1, 2, 3))
    assert np.array_equal(one, two)
    assert np.array_equal(one, three)


def test_noise_is_averaged_where_frames_agree(tmp_path):
    flat = np.full((*SHAPE, 3), 0.5)
    out = fused(stored(tmp_path, [flat] * 8, noise=0.02)) / 65535.0
    assert out.std() < 0.8 * 0.02
    assert abs(out.mean() - 0.5) < 1e-3


def test_no_border_shows_where_frames_are_shifted(tmp_path):
    truth = texture(4, (340, 460))
    shifts = [(0, 0), (13, -9), (-17, 19), (20, 20)]
    images, motions = [], []
    for dx, dy in shifts:
        images.append(truth[20 + dy : 20 + dy + SHAPE[0], 20 + dx : 20 + dx + SHAPE[1]])
        motions.append(np.array([[1, 0, -dx], [0, 1, -dy], [0, 0, 1.0]]))
    out = fused(stored(tmp_path, images, motions))
    assert psnr(out, truth[20:-20, 20:-20]) > 50


def test_no_px_leaves_the_range_of_the_frames(tmp_path):
    rng = np.random.default_rng(8)
    disc = np.hypot(*np.mgrid[-150:150, -210:210])[..., None] < 80
    ground = np.clip(0.7 + 0.1 * texture(8), 0, 1)
    images = []
    for focus in range(5):
        blurred = ndimage.gaussian_filter(disc * 1.0, (2.0 * focus, 2.0 * focus, 0))
        behind = ndimage.gaussian_filter(ground, (2.0 * (4 - focus),) * 2 + (0,))
        images.append(blurred * 0.05 + (1 - blurred) * behind + rng.normal(0, 0.002, ground.shape))
    out = fused(stored(tmp_path, images)) / 65535.0
    cells = [
        image.reshape(150, 2, 210, 2, 3) for image in (out, np.max(images, 0), np.min(images, 0))
    ]
    got, most, least = (np.moveaxis(cell, 2, 1).reshape(150, 210, 4, 3) for cell in cells)
    step = 1 / 255 + 1 / 65535
    assert (got <= most.max(2, keepdims=True) + step).all()
    assert (got >= least.min(2, keepdims=True) - step).all()


@pytest.mark.parametrize("shape", [(17, 23), (49, 96), (5, 300)])
def test_small_and_odd_pictures_are_fused(tmp_path, shape):
    image = texture(5, (300, 300))[: shape[0], : shape[1]]
    out = fused(stored(tmp_path, [image, image]), shape)
    assert psnr(out, image) > 60


def test_memory_does_not_grow_with_the_number_of_frames(tmp_path):
    frames = stored(tmp_path, [texture(6), ndimage.gaussian_filter(texture(6), (2, 2, 0))])
    peaks = []
    for count in (4, 24):
        tracemalloc.start()
        fused(frames * (count // 2))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Which strips are in work at one moment is chance: of 20 frames more, less than 2 are kept.
    assert peaks[1] < peaks[0] + 2 * 2 * texture(6).size


def test_of_light_and_shade_frames_out_of_focus_tell_less_than_of_fine_detail():
    noise = noise_energies(1e-5, 3)
    depth = np.zeros((50, 50), np.float32)
    level = laplacian._levels(3, noise, 6, depth, 3.0)[2]
    total, weights = np.zeros((3, 25, 25), np.float32), np.zeros((25, 25), np.float32)
    image, none = np.ones((3, 25, 25), np.float32), np.zeros((1, 1), np.uint8)
    add_base(image, level, 3, Outline(np.eye(3), 100, 100), total, weights, none, 0)
    # At the reach: a quarter is left of the head start of detail, of light a fifth squared.
    assert np.allclose(weights, 0.2**2 + 0.005)


def test_of_light_and_shade_many_frames_far_out_of_focus_tell_little():
    noise = noise_energies(1e-5, 3)
    depth = np.zeros((50, 50), np.float32)
    level = laplacian._levels(3, noise, 6, depth, 3.0)[2]
    total, weights = np.zeros((3, 25, 25), np.float32), np.zeros((25, 25), np.float32)
    none = np.zeros((1, 1), np.uint8)
    for frame in range(40):
        image = np.full((3, 25, 25), float(frame > 5), np.float32)
        add_base(image, level, frame, Outline(np.eye(3), 100, 100), total, weights, none, 0)
    assert np.all(total / weights < 0.15)
