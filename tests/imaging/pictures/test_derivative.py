"""Derivatives: sizes, colour and files as others read them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import pyvips
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from imaging.pictures import encoders
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


@pytest.mark.parametrize("format", FILE_TYPES)
def test_the_bits_of_a_file_are_the_same_with_any_number_of_threads(tmp_path, demo, format):
    frame = pyvips.Image.new_from_file(str(demo / "pcb-jpeg" / "pcb_004.jpg")).colourspace("rgb16")
    tiff.write_image(tmp_path / "m.tif", np.asarray(frame), colour.profile("srgb"))
    before, files = pyvips.voperation.concurrency_get(), []
    try:
        for threads in (1, 4):
            pyvips.voperation.concurrency_set(threads)
            path = tmp_path / f"{threads}"
            save(scale(tmp_path / "m.tif", 640, "srgb"), path, format, 80, None, None)
            assert pyvips.voperation.concurrency_get() == threads
            files.append(path.read_bytes())
    finally:
        pyvips.voperation.concurrency_set(before)
    assert files[0] == files[1]


def test_a_picture_larger_than_its_type_holds_is_refused_and_says_what_to_do(tmp_path):
    wide = pyvips.Image.black(16_384, 8, bands=3).cast("ushort").copy(interpretation="rgb16")
    wide.set_type(pyvips.GValue.blob_type, "icc-profile-data", colour.profile("srgb"))
    with pytest.raises(
        ImagingError, match="16384 px long, and webp holds 16383 px at most; set lo"
    ):
        save(wide, tmp_path / "wide.webp", "webp", 80, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_type_without_an_encoder_here_is_refused_by_name(monkeypatch):
    encoders.refuse_unwritable(FILE_TYPES)
    # The builds that are pinned have AVIF, and no HEVC to fill the same container with.
    lacking = {"avif": replace(FILE_TYPES["avif"], options={"compression": "hevc"})}
    monkeypatch.setattr(encoders, "FILE_TYPES", FILE_TYPES | lacking)
    with pytest.raises(ImagingError, match="was built without an encoder for avif; install pyvips"):
        encoders.refuse_unwritable(["webp", "avif"])
    encoders.refuse_unwritable(["webp", "jpeg"])
