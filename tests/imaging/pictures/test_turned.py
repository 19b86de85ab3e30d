"""What a crop cuts out: px as they are, or if it is turned what another program samples there."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import ndimage

from imaging.frames import colour, tiff
from imaging.pictures import turned
from imaging.pictures.crop import Crop
from imaging.pictures.overlays import sampled

SHAPE = (300, 400)
DIGEST = "bf045a05c450b2efa90adf6958f267e2a4d5aef8ed8feafa532ba2f33a33a2e6"


def waves(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Waves 7 px long and longer in every direction, another in each channel."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    planes = [
        0.5 + 0.2 * np.sin(2 * np.pi * (x / (7 + c) + y / 19)) + 0.2 * np.cos(2 * np.pi * y / 8)
        for c in range(3)
    ]
    return np.rint(np.stack(planes, 2) * 65535).astype(np.uint16)


@pytest.fixture
def opened(tmp_path):
    def open_picture(pixels):
        path = tmp_path / "fused.tif"
        with tiff.create_image(path, pixels.shape, colour.profile("srgb")) as image:
            image.write(0, pixels)
        return tiff.open_rows(path)

    return open_picture


def resampled(pixels: np.ndarray, crop: Crop, order: int = 5) -> np.ndarray:
    """The same by SciPy, from the crop's meaning alone: turned clockwise about its middle."""
    x, y, width, height = crop.box
    angle = np.radians(crop.angle_deg)
    v, u = np.mgrid[:height, :width].astype(float)
    u, v = u - (width - 1) / 2, v - (height - 1) / 2
    at_x = x + (width - 1) / 2 + np.cos(angle) * u - np.sin(angle) * v
    at_y = y + (height - 1) / 2 + np.sin(angle) * u + np.cos(angle) * v
    planes = [
        ndimage.map_coordinates(plane.astype(float), [at_y, at_x], order=order, mode="nearest")
        for plane in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack(planes, 2)


@pytest.mark.parametrize("angle", [0.01, 12.5, -33.0, 45.0, 77.7, 135.0, -170.0])
def test_a_turned_crop_is_what_an_independent_resampling_gives(opened, angle):
    crop = Crop((130, 90, 140, 110), angle)
    with opened(waves()) as rows:
        found = turned.cut(rows, crop)
    # Of waves of 7 px, Lanczos' kernel and a spline of five differ by 0.3 % of white at most. To be
    # off by a fiftieth of a px would be 0.4 %, by half a px 9 %.
    assert np.abs(found - resampled(waves(), crop)).max() < 0.003 * 65535


def test_a_straight_crop_is_an_exact_copy(opened):
    pixels = np.random.default_rng(1).integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
    with opened(pixels) as rows:
        found = turned.cut(rows, Crop((13, 9, 140, 110)))
    assert np.array_equal(found, pixels[9:119, 13:153])


@pytest.mark.parametrize("angle", [90.0, 180.0, -90.0, -180.0])
@pytest.mark.parametrize("size", [(100, 60), (100, 61), (101, 60)])
def test_a_quarter_turn_copies_px_also_where_the_middle_lies_between_them(opened, angle, size):
    pixels = np.random.default_rng(1).integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
    crop = Crop((120, 100, *size), angle)
    with opened(pixels) as rows:
        found = turned.cut(rows, crop)
    turns = round(angle / 90)
    back = np.rot90(found, -turns)
    corner = np.floor(crop.corners().min(0)).astype(int)
    here = pixels[corner[1] : corner[1] + back.shape[0], corner[0] : corner[0] + back.shape[1]]
    assert np.array_equal(back, here)


def test_the_px_of_a_turned_crop_are_the_same_on_every_machine(opened):
    """A digest for all: CI runs this on several processors and systems."""
    pixels = (np.arange(300 * 400 * 3, dtype=np.uint32) * 2654435761 >> 16).astype(np.uint16)
    with opened(pixels.reshape(*SHAPE, 3)) as rows:
        found = turned.cut(rows, Crop((60, 50, 280, 200), 12.345))
    assert hashlib.sha256(found.tobytes()).hexdigest() == DIGEST


def test_a_part_of_the_rows_is_that_part_of_the_whole(opened):
    with opened(waves((900, 1200))) as rows:
        view = turned.Cut(rows, Crop((200, 100, 800, 640), 7.0))
        assert view.shape == (640, 800, 3)
        assert np.array_equal(view.read(500, 530), view.read(0, 640)[500:530])


def test_a_corner_in_the_corner_of_the_image_is_made_of_what_is_there(opened):
    """The kernel reaches beyond the border, where border px go on."""
    crop = Crop((104, 47, 190, 205), 45.0)
    assert crop.lies_in(SHAPE)
    with opened(np.full((*SHAPE, 3), 40000, np.uint16)) as rows:
        assert (turned.cut(rows, crop) == 40000).all()


def test_samples_of_a_map_are_values_of_the_nearest_px(tmp_path):
    numbers = np.random.default_rng(2).integers(0, 999, SHAPE, dtype=np.uint16)
    with tiff.create_image(tmp_path / "source.tif", SHAPE) as image:
        image.write(0, numbers)
    crop = Crop((130, 90, 140, 110), -20.0)
    with tiff.open_rows(tmp_path / "source.tif") as rows:
        found = sampled(rows, crop, 1, 1000)
    wanted = resampled(numbers[..., None], crop, order=0)[..., 0]
    assert np.array_equal(found, wanted)


def test_depths_of_one_surface_go_over_into_each_other_and_none_is_made_up_at_an_edge():
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
    depth = 2 * x + y
    depth[:, 220:] += 5000
    depth[140:160, 150:160] = np.nan
    crop = Crop((130, 90, 140, 110), 30.0)
    found = turned.turn_depth(depth[20:280, 40:360], (40, 20), crop, 10.0)
    assert found.shape == (110, 140)
    u, v = np.arange(140), np.arange(110)
    at_x, at_y = turned._places(crop.matrix, u, v)
    column, row = turned.nearest(crop.matrix, u, v)
    assert np.array_equal(np.isnan(found), np.isnan(depth[row, column]))
    slope = 2 * at_x + at_y
    near, far = found - slope, found - slope - 5000
    # On the slopes as exact as floats are; beside edge and gap, off by at most half a px.
    known = np.isfinite(found)
    off = np.minimum(np.abs(near), np.abs(far))[known]
    assert off.max() <= 1.5
    assert np.median(off) < 0.01
    plain = known & (np.abs(at_x - 219.5) > 2) & (np.hypot(at_x - 155, at_y - 150) > 15)
    assert np.minimum(np.abs(near), np.abs(far))[plain].max() < 0.01
