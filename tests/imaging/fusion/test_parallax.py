"""A stack seen from aside: what moves where, and by how much, on the virtual specimen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from hardware.virtual.beetle import beetle
from hardware.virtual.lens import Lens, expose, subject, truth
from imaging.frames import colour, tiff
from imaging.fusion.frame import Frame
from imaging.fusion.methods import Settings, fuse
from imaging.fusion.parallax import area_seen, shifted
from imaging.fusion.stack import measure
from imaging.pictures.aside import shifts_px

SETTINGS = Settings("holostack", 4, 1.0, "auto", 0.5, 4, 0.2, 0.0, 0, 0, "")
# So far away that nothing changes its size as the rail moves: parallel rays.
WIDTH, HEIGHT, PITCH = 480, 360, 4.0
LENS = Lens(na=1 / 8, working_distance_um=1e9)
STEP_UM, ANGLE_DEG = 50.0, 6.0
EYE = np.eye(3)


def test_a_view_from_above_has_the_very_frames(tmp_path):
    frames = [Frame(tmp_path / "1.tif", EYE), Frame(tmp_path / "2.tif", EYE)]
    shifts = shifts_px([0.0, 90.0], 30.0, 0.0, 2.5)
    seen = shifted(frames, shifts, np.array([1.0, 0.0]))
    assert all(one is other for one, other in zip(frames, seen, strict=True))


def test_all_frames_show_what_the_longest_shift_to_either_side_leaves(tmp_path):
    frames = [Frame(tmp_path / f"{k}.tif", EYE) for k in range(3)]
    shifts = [7.2, 0.0, -7.5]
    assert area_seen(frames, shifts, np.array([1.0, 0.0]), (200, 300)) == (8, 0, 284, 200)
    assert area_seen(frames, shifts, np.array([0.0, 1.0]), (200, 300)) == (0, 8, 300, 184)


@pytest.mark.slow
def test_the_virtual_specimen_is_seen_with_the_parallax_of_its_heights(tmp_path):
    of = subject(beetle(WIDTH, HEIGHT, PITCH, 700, seed=5), LENS)
    heights = np.arange(0.0, 701.0, STEP_UM)
    icc = colour.profile("srgb")
    back = np.linspace(0, 1, 65536) ** (1 / 2.2)
    frames = []
    for k, height in enumerate(heights):
        light = np.clip(expose(of, LENS, height, WIDTH, HEIGHT), 0, 1)
        pixels = (back[(light * 65535).astype(int)] * 65535).astype(np.uint16)
        tiff.write_image(tmp_path / f"{k}.tif", pixels, icc)
        frames.append(Frame(tmp_path / f"{k}.tif", EYE, icc))
    grey = []
    for angle in (-ANGLE_DEG / 2, ANGLE_DEG / 2):
        shifts = shifts_px(heights, 350.0, angle, PITCH)
        seen = shifted(frames, shifts, np.array([1.0, 0.0]))
        stack, _ = measure(seen, (HEIGHT, WIDTH), None)
        fuse(stack, SETTINGS, tmp_path / "view.tif", 1, lambda done: None)
        grey.append(tiff.read_image(tmp_path / "view.tif").mean(axis=2))
    depth = truth(of, LENS, 0.0, WIDTH, HEIGHT)[1]
    errors = []
    for y in range(40, HEIGHT - 40, 8):
        for x in range(60, WIDTH - 60, 8):
            place = np.s_[y - 16 : y + 16, x - 32 : x + 32]
            # Where it is level as far as it moves, and has detail, its parallax is one number.
            if np.ptp(depth[place]) > STEP_UM or np.gradient(grey[0][place], axis=1).std() < 300:
                continue
            height = float(depth[place].mean())
            wanted = 2 * math.tan(math.radians(ANGLE_DEG / 2)) * (height - 350.0) / PITCH
            errors.append(parallax_px(*(eye[place] for eye in grey), wanted) - wanted)
    assert len(errors) > 20
    assert abs(np.median(errors)) < 0.15
    assert np.quantile(np.abs(errors), 0.95) < 0.2


def parallax_px(left, right, about: float) -> float:
    """How much farther right a place lies in the left picture, by least squares."""
    found, middle = about, np.s_[:, 16:-16]
    for _ in range(6):
        one, other = (
            ndimage.shift(eye, (0, by), order=3, mode="nearest")[middle]
            for eye, by in ((left, -found / 2), (right, found / 2))
        )
        slope = np.gradient((one + other) / 2, axis=1)
        found += ((other - one) * slope).sum() / (slope**2).sum()
    return found
