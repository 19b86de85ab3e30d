"""Frames that are pictures already keep their values and their profile."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import colour, photographs

RNG = np.random.default_rng(3)
EIGHT = RNG.integers(0, 256, (20, 30, 3), np.uint8)
SIXTEEN = RNG.integers(0, 65536, (20, 30, 3), np.uint16)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_8_bits_are_spread_over_the_whole_range(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(EIGHT).save(path)
    assert np.array_equal(photographs.read(path).pixels, EIGHT.astype(np.uint16) * 257)
    assert photographs.read(path).facts.bits == 8


def test_16_bit_png_and_tiff_keep_every_value(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), SIXTEEN[..., ::-1])
    tifffile.imwrite(tmp_path / "a.tif", SIXTEEN, photometric="rgb")
    for name in ("a.png", "a.tif"):
        assert np.array_equal(photographs.read(tmp_path / name).pixels, SIXTEEN)
        assert photographs.read(tmp_path / name).facts.bits == 16


@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_the_files_own_profile_is_kept(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(EIGHT).save(path, icc_profile=colour.profile("adobe-rgb"))
    assert photographs.read(path).icc == colour.profile("adobe-rgb")


def test_grey_becomes_rgb_of_equal_values(tmp_path):
    Image.fromarray(EIGHT[..., 0]).save(tmp_path / "a.png")
    found = photographs.read(tmp_path / "a.png")
    assert np.array_equal(found.pixels[..., 0], found.pixels[..., 2])
    assert found.icc == colour.profile("srgb")


def test_jpegs_named_png_are_read_by_content(shared_data):
    frame = photographs.read(shared_data / "stack-algae" / "img_1.png")
    assert frame.pixels.shape == (3648, 5440, 3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: Image.fromarray(EIGHT).convert("CMYK").save(path, "JPEG"), "CMYK picture"),
        (lambda path: path.write_bytes(b"no picture"), "no JPEG, PNG or TIFF"),
        (lambda path: tifffile.imwrite(path, np.zeros((4, 4), np.float32)), "floating-point"),
        (
            lambda path: Image.fromarray(EIGHT).save(
                path, "TIFF", save_all=True, append_images=[Image.fromarray(EIGHT)]
            ),
            "2 pictures",
        ),
        (
            lambda path: Image.fromarray(np.zeros((20, 20, 4), np.uint8)).save(path, "PNG"),
            "transparent",
        ),
    ],
)
def test_what_cannot_be_a_frame_is_refused_by_name(tmp_path, make, words):
    path = tmp_path / "frame"
    make(path)
    with pytest.raises(ImagingError, match="frame: ") as refused:
        photographs.read(path)
    assert words in str(refused.value)
