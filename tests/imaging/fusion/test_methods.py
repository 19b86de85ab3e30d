"""Fusion: the same bytes for any number of threads, the sharp parts of every frame, flat memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imaging.frames.tiff import write_image
from imaging.fusion.blending import blend, contrast_weights, depth_weights
from imaging.fusion.depth import carry_depth, measure_focus
from imaging.fusion.frame import Frame
from imaging.fusion.methods import fuse
from imaging.fusion.sharpness import measure_noise
from imaging.pictures.crop import common_area

SHAPE = (300, 420)


def texture(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    field = sum(
        ndimage.gaussian_filter(rng.standard_normal((*shape, 3)), (s, s, 0)) * s
        for s in (0.8, 2.0, 7.0, 25.0)
    )
    return np.clip(0.45 + 0.1 * field / field.std(), 0.02, 0.98)


def stored(
    folder: Path,
    images: list[np.ndarray],
    motions: list[np.ndarray] | None = None,
    noise: float = 0.0,
) -> list[Frame]:
    rng = np.random.default_rng(9)
    frames = []
    for k, image in enumerate(images):
        path = folder / f"{k}.tif"
        noisy = np.clip(image + rng.normal(0, noise, image.shape), 0, 1) if noise else image
        write_image(path, np.rint(noisy * 65535).astype(np.uint16))
        frames.append(Frame(path, np.eye(3) if motions is None else motions[k]))
    return frames


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


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    return -10 * np.log10(np.mean((image / 65535.0 - truth) ** 2))


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


def fused_by(method: str, frames: list[Frame]) -> np.ndarray:
    """The uncropped picture that a method of the step fuse makes of frames, values 0..1."""
    noise = measure_noise(frames)
    depth = carry_depth(measure_focus(frames, SHAPE, noise.luminance, 2), 0.1, 4.0, 2.0)
    out = np.zeros((*SHAPE, 3), np.uint16)

    def write(first: int, rows: np.ndarray) -> None:
        out[first : first + len(rows)] = rows

    if method == "weighted":
        blend(frames, SHAPE, contrast_weights(8, 6), 10, write, 2)
    elif method == "depthmap":
        blend(frames, SHAPE, depth_weights(depth), 0, write, 2)
    else:
        prior = depth if method == "holostack" else None
        fuse(frames, SHAPE, noise.colour, write, depth=prior, threads=2)
    return out / 65535.0


@pytest.mark.parametrize("method", ["holostack", "pyramid", "weighted", "depthmap"])
@pytest.mark.parametrize("moved", [(12, 9), (7, 16)])
def test_where_the_sharp_frame_ends_the_picture_is_as_sharp_as_it(tmp_path, method, moved):
    # The first frame is sharp and ends within the picture; the others reach further, blurred.
    truth = texture(11, (340, 460))
    dx, dy = moved
    images, motions = [], []
    for k, sigma in enumerate((0.0, 4.0, 6.0)):
        x, y = (20 - dx, 20 - dy) if k == 0 else (20, 20)
        blurred = ndimage.gaussian_filter(truth, (sigma, sigma, 0)) if sigma else truth
        images.append(blurred[y : y + SHAPE[0], x : x + SHAPE[1]])
        motions.append(np.array([[1, 0, 20.0 - x], [0, 1, 20.0 - y], [0, 0, 1]]))
    x, y, width, height = common_area(np.linalg.inv(motions), SHAPE)
    assert (x + width, y + height) == (SHAPE[1] - dx, SHAPE[0] - dy)
    got = fused_by(method, stored(tmp_path, images, motions, 0.002))
    got, truth = (whole[y : y + height, x : x + width] for whole in (got, truth[20:-20, 20:-20]))
    off = np.abs(got - truth)
    detail = np.abs(np.diff(truth, axis=0)).mean()
    for rim in (off[:, -1], off[:, -4:], off[-1:], off[-4:], off[-16:, -16:]):
        assert rim.mean() < off[40:-40, 40:-40].mean() + 0.3 * detail
    for edge in (np.s_[:, -1], np.s_[:, -2], np.s_[-1], np.s_[-2]):
        along, true = (np.diff(picture[edge], axis=0).std() for picture in (got, truth))
        assert 0.94 < along / true < 1.05


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
    assert peaks[1] < 1.1 * peaks[0]
