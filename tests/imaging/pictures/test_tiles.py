"""Tiles of a picture: their levels, and any box of any level from its rows."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imaging.frames import colour, tiff
from imaging.pictures.crop import upright
from imaging.pictures.tiles import levels, render, write_tiles

CROP = (3, 5, 40, 24)


@pytest.fixture
def picture(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 65536, (37, 53, 3), dtype=np.uint16)
    path = tmp_path / "fused.tif"
    with tiff.create_image(path, pixels.shape, colour.profile("srgb")) as image:
        image.write(0, pixels)
    return path, pixels


def test_levels_are_halves_rounded_up_down_to_a_single_tile():
    assert levels(6000, 4000) == [(1500, 1000), (3000, 2000), (6000, 4000)]
    assert levels(2048, 10) == [(2048, 10)]
    assert levels(2049, 3) == [(1025, 2), (2049, 3)]


def test_a_master_of_24_mpx_is_nine_tiles():
    assert sum(-(-w // 2048) * -(-h // 2048) for w, h in levels(6000, 4000)) == 9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_that_of_the_picture_cropped_and_turned(picture, orientation):
    path, pixels = picture
    x, y, width, height = CROP
    whole = upright(pixels[y : y + height, x : x + width], orientation)
    with tiff.open_rows(path) as rows:
        box = render(rows, CROP, orientation, 1, (7, 2, 11, 9))
        assert np.array_equal(box, whole[2:11, 7:18])
        # What reaches beyond is cut off.
        assert np.array_equal(render(rows, CROP, orientation, 1, (-5, -5, 99, 99)), whole)


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_px_of_a_smaller_level_is_the_mean_of_those_it_covers(picture, orientation):
    path, pixels = picture
    x, y, width, height = CROP
    whole = upright(pixels[y : y + height, x : x + width], orientation).astype(float)
    down, across = whole.shape[0] // 4, whole.shape[1] // 4
    means = whole.reshape(down, 4, across, 4, 3).mean(axis=(1, 3))
    with tiff.open_rows(path) as rows:
        level = render(rows, CROP, orientation, 4, (0, 0, across, down))
    assert np.abs(level - means).max() <= 0.5


def test_tiles_hold_what_is_shown_and_nothing_but_px(picture, tmp_path):
    path, pixels = picture
    sizes = write_tiles(path, tmp_path / "tiles", 32, crop=CROP, orientation=6)
    assert sizes == [(12, 20), (24, 40)]
    names = sorted(
        one.relative_to(tmp_path / "tiles").as_posix() for one in tmp_path.rglob("*.jpg")
    )
    assert names == ["0/0_0.jpg", "1/0_0.jpg", "1/0_1.jpg"]
    assert not list(tmp_path.rglob("*.dzi")) and not list(tmp_path.rglob("*.xml"))
    with Image.open(tmp_path / "tiles" / "1" / "0_0.jpg") as tile:
        assert tile.size == (24, 32) and "icc_profile" not in tile.info
        shown = np.asarray(tile, float)
    x, y, width, height = CROP
    whole = upright(pixels[y : y + height, x : x + width], 6)[:32] / 257
    # Noise is hard on JPEG; turned wrongly, nothing would be alike.
    assert np.corrcoef(shown.mean(axis=2).ravel(), whole.mean(axis=2).ravel())[0, 1] > 0.7
