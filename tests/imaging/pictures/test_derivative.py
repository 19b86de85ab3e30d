"""Derivatives: sizes, colour, scale bars and files as others read them."""

from __future__ import annotations

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imaging.frames import colour, tiff
from imaging.pictures.derivative import ScaleBar, draw_scale_bar, plan_scale_bar, save, scale


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


@given(st.integers(64, 10000), st.floats(0.01, 500))
def test_a_scale_bar_is_round_and_between_a_tenth_and_a_quarter_of_the_width(width, size):
    bar = plan_scale_bar(width, size)
    assert 0.0999 * width <= bar.length_px <= 0.2501 * width
    mantissa = bar.length_um / 10 ** np.floor(np.log10(bar.length_um) + 1e-9)
    assert any(mantissa == pytest.approx(step) for step in (1, 2, 5))


@pytest.mark.parametrize(("size", "label"), [(10.0, "2 mm"), (1.0, "200 µm"), (0.001, "200 nm")])
def test_a_scale_bar_says_its_length_with_a_unit(size, label):
    assert plan_scale_bar(1000, size).label == label


def test_the_bar_is_as_long_as_it_says():
    picture = np.full((400, 600, 3), 30000, np.uint16)
    bar = plan_scale_bar(600, 5.0)
    drawn = draw_scale_bar(picture, bar)
    white = (drawn == 65535).all(2)
    # Its lowest rows hold nothing but the bar itself.
    row = np.flatnonzero(white.any(1))[-1]
    assert white[row].sum() == round(bar.length_px)
    assert np.array_equal(drawn[:250, :300], picture[:250, :300])


def test_the_unit_on_the_bar_is_a_micro_and_no_letter_that_the_font_lacks():
    picture = np.full((1500, 2000, 3), 30000, np.uint16)

    def written(label):
        white = (draw_scale_bar(picture, ScaleBar(500.0, 400.0, label)) == 65535).all(2)
        rows = np.flatnonzero(white.any(1))
        gap = np.flatnonzero(np.diff(rows) > 1)[-1]  # between the label and the bar
        letters = white[rows[0] : rows[gap] + 1]
        columns = np.flatnonzero(letters.any(0))
        return letters[:, columns[0] : columns[-1] + 1]

    micro, u = written("500 µm"), written("500 um")
    high = min(len(micro), len(u)) - 1
    assert (micro[:high] != u[:high]).mean() < 0.01  # but for the edges of the stem
    assert len(micro) > 1.15 * len(u)  # the stem below the line
    assert micro[len(u) + 1 :].any(0).sum() < 12


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_files_carry_profile_and_description(master, tmp_path, format):
    path = tmp_path / "out"
    save(
        scale(master, 200, "srgb"), path, format, 90, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", 50.0
    )
    with Image.open(path) as image:
        assert image.size == (200, 150)
        assert colour.describe(image.info["icc_profile"]) == "sRGB"
    read = pyvips.Image.new_from_file(str(path))
    assert b"xmpmeta" in read.get("xmp-data")
    assert read.xres == pytest.approx(50.0, rel=0.01)
