"""Focus and depth: a slope is found between the frames, and a place without detail says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imaging.frames.tiff import write_image
from imaging.fusion.depth import carry_depth
from imaging.fusion.focus import State, conclude, measure_focus, spacing
from imaging.fusion.focus_cells import CellWriter
from imaging.fusion.frame import Frame
from imaging.fusion.in_turn import AHEAD_FROM
from imaging.fusion.sharpness import measure_noise

SHAPE = (256, 512)
COUNT = 9


def slope(folder: Path, plain_rows: int = 0) -> tuple[list[Frame], np.ndarray]:
    """Frames of a plane that rises from frame 0.5 at the left to frame 7.5 at the right."""
    rng = np.random.default_rng(1)
    detail = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 0.7)
    detail[:plain_rows] = 0.0
    height = np.broadcast_to(np.linspace(0.5, COUNT - 1.5, SHAPE[1]), SHAPE)
    sigmas = np.linspace(0.0, 9.0, 37)
    blurred = np.stack([ndimage.gaussian_filter(detail, s) if s else detail for s in sigmas])
    rows, columns = np.indices(SHAPE)
    frames = []
    for k in range(COUNT):
        level = np.minimum(np.abs(height - k) * 1.2 / 0.25, 35.9)
        low = level.astype(int)
        mixed = (low + 1 - level) * blurred[low, rows, columns] + (level - low) * blurred[
            low + 1, rows, columns
        ]
        image = 0.5 + 0.2 * mixed + rng.normal(0, 0.003, SHAPE)
        samples = np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16)
        write_image(folder / f"{k}.tif", np.repeat(samples[..., None], 3, 2))
        frames.append(Frame(folder / f"{k}.tif", np.eye(3)))
    return frames, height[::2, ::2]


@pytest.mark.slow
def test_a_slope_is_found_to_a_fraction_of_a_step(tmp_path):
    frames, height = slope(tmp_path)
    focus = measure_focus(frames, SHAPE, measure_noise(frames).luminance, 2)
    error = np.abs(carry_depth(focus) - height)
    assert np.median(error) < 0.1
    assert np.quantile(error, 0.95) < 0.3
    assert np.median(focus.confidence) > 0.5


@pytest.mark.slow
def test_a_plain_surface_has_no_confidence_but_a_depth_carried_there(tmp_path):
    frames, height = slope(tmp_path, plain_rows=96)
    focus = measure_focus(frames, SHAPE, measure_noise(frames).luminance, 2)
    assert np.median(focus.confidence[:32]) < 0.2
    assert np.median(np.abs(carry_depth(focus)[16:40] - height[16:40])) < 0.7


@pytest.mark.parametrize("many", [3, AHEAD_FROM])
def test_threads_do_not_change_a_bit(tmp_path, many):
    frames, _ = slope(tmp_path)
    found, files = [], []
    for threads in (1, many):
        paths = tmp_path / f"energy-{threads}.tif", tmp_path / f"light-{threads}.tif"
        cells = CellWriter(*paths, SHAPE, len(frames))
        found.append(measure_focus(frames, SHAPE, 1e-5, threads, cells=cells))
        cells.close()
        files.append([path.read_bytes() for path in paths])
    one, other = found
    assert np.array_equal(one.sharpest, other.sharpest)
    assert np.array_equal(one.peak, other.peak)
    assert np.array_equal(one.confidence, other.confidence)
    assert files[0] == files[1]


@pytest.mark.parametrize("true", [2.6, 3.2, 3.9])
def test_a_missing_frame_leaves_its_place_between_its_neighbours(true):
    """Frames at 1, 2, 3, 5, 6: a Gaussian's peak is found exactly though frame 4 is missing."""
    where = np.array([1.0, 2.0, 3.0, 5.0, 6.0])
    energy = np.exp(-0.5 * (where - true) ** 2)
    k = int(energy.argmax())
    best, before, after, previous, total = (
        np.full((1, 1), value, np.float32)
        for value in (energy[k], energy[k - 1], energy[k + 1], energy[-1], energy.sum())
    )
    sharpest, covered = np.full((1, 1), k, np.uint16), np.ones((1, 1), np.uint8)
    low, rival, inner, width, middle = np.zeros((5, 1, 1), np.float32)
    light = np.zeros((1, 1), np.uint8)
    state = State(
        *(best, sharpest, before, after, previous, total, covered, low, rival, light, inner),
        *(width, middle),
    )
    peak, confidence = np.empty((2, 1, 1), np.float32)
    steps = spacing(where, len(where))
    conclude(state, steps, 5, np.float32(1e-9), peak, confidence)
    assert np.interp(peak[0, 0], np.arange(5), where) == pytest.approx(true, abs=1e-4)


def test_even_steps_up_or_down_change_no_bit(tmp_path):
    frames, _ = slope(tmp_path)
    plain = measure_focus(frames[:5], SHAPE, 1e-5)
    for positions in ([0.0, 50.0, 100.1, 150.0, 199.8], [0.0, -50.0, -100.0, -150.0, -200.0]):
        moved = measure_focus(frames[:5], SHAPE, 1e-5, positions=positions)
        assert np.array_equal(plain.peak, moved.peak)


def test_where_the_sharpest_frame_ends_its_depth_goes_to_its_border(tmp_path):
    # A flat subject in focus in frame 0, which ends 24 px before the others do.
    rng = np.random.default_rng(5)
    detail = 0.5 + 0.3 * ndimage.gaussian_filter(rng.standard_normal((256, 560)), 0.8)
    frames = []
    for k, sigma in enumerate((0.0, 1.5, 3.0, 4.5)):
        x = 0 if k == 0 else 24
        image = ndimage.gaussian_filter(detail, sigma) if sigma else detail
        image = image[:, x : x + SHAPE[1]] + rng.normal(0, 0.003, SHAPE)
        samples = np.rint(np.clip(image, 0, 1) * 65535).astype(np.uint16)
        write_image(tmp_path / f"{k}.tif", np.repeat(samples[..., None], 3, 2))
        frames.append(
            Frame(tmp_path / f"{k}.tif", np.array([[1, 0, 24.0 - x], [0, 1, 0], [0, 0, 1]]))
        )
    focus = measure_focus(frames, SHAPE, measure_noise(frames).luminance, 2)
    depth = carry_depth(focus)
    rim = (SHAPE[1] - 24) // 2
    assert (focus.covered[:, :rim] == 1).all()
    assert (focus.covered[:, rim:] == 0).all()
    assert (focus.sharpest[:, rim - 4 : rim] == 0).mean() > 0.98
    assert np.abs(depth[:, rim - 4 : rim]).max() < 0.3
    assert (focus.sharpest[:, rim + 1 :] == 1).mean() > 0.9
