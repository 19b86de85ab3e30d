"""Derivatives: sizes, colour and files as others read them."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips
from PIL import Image

from imaging.frames import colour, tiff
from imaging.pictures.derivative import save, scale
from imaging.pictures.file_types import FILE_TYPES


@pytest.fixture()
def master(tmp_path):
    pixels = np.full((300, 400, 3), (40000, 20000, 10000), np.uint16)
    tiff.write_image(tmp_path / "m.tif", pixels, colour.profile("adobe-rgb"))
    return tmp_path / "m.tif"


@pytest.mark.parametrize(
    ("wanted", "size"), [(200, (200, 150)), (None, (400, 300)), (9999, (400, 300))]
)
def test_a_derivative_is_scaled_down_to_its_long_edge_and_never_enlarged(master, wanted, size):
    image = scale(master, wanted, "srgb")
    assert (image.width, image.height) == size


def test_colours_look_the_same_in_srgb(master):
    image = scale(master, 100, "srgb")
    shown = np.asarray(image)[50, 50] / 65535
    # Adobe RGB to sRGB by the published matrices, in linear light.
    light = (np.array([40000, 20000, 10000]) / 65535) ** (563 / 256)
    to_srgb = np.array([[1.39836, -0.39836, 0.0], [0, 1.0, 0], [0, -0.04293, 1.04293]])
    linear = to_srgb @ light
    wanted = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(shown - wanted).max() < 0.004


def test_scaling_keeps_the_light_of_fine_patterns(tmp_path):
    pixels = np.zeros((256, 256, 3), np.uint16)
    pixels[::2, ::2] = pixels[1::2, 1::2] = 65535
    tiff.write_image(tmp_path / "m.tif", pixels, colour.profile("srgb"))
    image = np.asarray(scale(tmp_path / "m.tif", 64, "master"))
    # Half the light is 73.5 % of the value in sRGB; averaging values instead would give 50 %.
    assert image[20:40, 20:40].mean() / 65535 == pytest.approx(0.735, abs=0.01)


@pytest.mark.parametrize("format", FILE_TYPES)
def test_files_carry_profile_description_and_resolution(master, tmp_path, format):
    path = tmp_path / f"out.{FILE_TYPES[format].ending}"
    save(
        scale(master, 200, "srgb"), path, format, 90, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", 50.0
    )
    with Image.open(path) as image:
        assert image.size == (200, 150)
        assert colour.describe(image.info["icc_profile"]) == "sRGB"
    read = pyvips.Image.new_from_file(str(path))
    assert b"xmpmeta" in read.get("xmp-data")
    # 50 pixels a millimetre are 1270 an inch; some types have it in Exif alone.
    in_exif = "exif-ifd0-XResolution"
    assert read.xres == pytest.approx(50.0, rel=0.01) or "(1270.0" in read.get(in_exif)
