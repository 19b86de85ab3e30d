"""Frames that are pictures already keep their values and their profile."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from imaging import colour, photo
from imaging.errors import ImagingError

RNG = np.random.default_rng(3)
EIGHT = RNG.integers(0, 256, (20, 30, 3), np.uint8)
SIXTEEN = RNG.integers(0, 65536, (20, 30, 3), np.uint16)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_8_bits_are_spread_over_the_whole_range(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(EIGHT).save(path)
    assert np.array_equal(photo.read(path).pixels, EIGHT.astype(np.uint16) * 257)
    assert photo.read(path).bits == 8


def test_16_bit_png_and_tiff_keep_every_value(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), SIXTEEN[..., ::-1])
    tifffile.imwrite(tmp_path / "a.tif", SIXTEEN, photometric="rgb")
    for name in ("a.png", "a.tif"):
        assert np.array_equal(photo.read(tmp_path / name).pixels, SIXTEEN)
        assert photo.read(tmp_path / name).bits == 16


@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_the_files_own_profile_is_kept(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(EIGHT).save(path, icc_profile=colour.profile("adobe-rgb"))
    assert photo.read(path).icc == colour.profile("adobe-rgb")


def test_grey_becomes_rgb_and_its_grey_profile_is_left_out(tmp_path):
    Image.fromarray(EIGHT[..., 0]).save(tmp_path / "a.png")
    found = photo.read(tmp_path / "a.png")
    assert np.array_equal(found.pixels[..., 0], found.pixels[..., 2])
    assert found.icc is None


def test_jpegs_named_png_are_read_by_content(shared_data):
    assert photo.read(shared_data / "stack-algae" / "img_1.png").pixels.shape == (3648, 5440, 3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: Image.fromarray(EIGHT).convert("CMYK").save(path, "JPEG"), "is CMYK"),
        (lambda path: path.write_bytes(b"no picture"), "cannot be decoded"),
        (lambda path: tifffile.imwrite(path, np.zeros((4, 4), np.float32)), "cannot be decoded"),
        (
            lambda path: Image.fromarray(EIGHT).save(
                path, "TIFF", save_all=True, append_images=[Image.fromarray(EIGHT)]
            ),
            "several pictures",
        ),
        (
            lambda path: Image.fromarray(np.zeros((4, 4, 4), np.uint8)).save(path, "PNG"),
            "transparent",
        ),
    ],
)
def test_what_cannot_be_a_frame_is_refused_by_name(tmp_path, make, words):
    path = tmp_path / "frame"
    make(path)
    with pytest.raises(ImagingError, match="frame: ") as refused:
        photo.read(path)
    assert words in str(refused.value)
