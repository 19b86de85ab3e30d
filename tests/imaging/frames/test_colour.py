"""Colour spaces: profiles that others understand, curves that agree with lcms."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from imaging.errors import ImagingError
from imaging.frames import colour

SHA256 = {
    "srgb": "b2e586a01e922f485e81d9dc7b9096e9e069282277e04e7b9d3c25d6e305dee6",
    "adobe-rgb": "1b3ff9358fbbbbdd584a0c1c838e4a1d28cfc6843b7fa05f726f1be5767538b4",
    "eci-rgb": "d07340fe7858ab2e371bc6bc73bc72a1aeedd19756c6ccf59493779047a53a03",
    "prophoto": "8404d8dfd4969c514c0cb37c37a5640d4b4fbce52768093f6de12c3aaf81ff4f",
}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("srgb", "sRGB"),
        ("adobe-rgb", "Adobe RGB (1998) compatible"),
        ("prophoto", "ProPhoto RGB compatible"),
        ("eci-rgb", "eciRGB v2 compatible"),
    ],
)
def test_lcms_reads_the_profile_and_its_name(name, title):
    assert colour.describe(colour.profile(name)) == title


def test_the_srgb_profile_means_what_that_of_lcms_means():
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    ours = ImageCms.ImageCmsProfile(io.BytesIO(colour.profile("srgb")))
    moved = ImageCms.profileToProfile(Image.fromarray(pixels), ours, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(moved).astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("name", list(colour.SPACES))
def test_a_profile_has_the_same_bytes_and_tags_as_ever(name):
    # Masters made years apart must carry the same profile.
    assert hashlib.sha256(colour.profile(name)).hexdigest() == SHA256[name]
    tags = b"desc cprt wtpt rXYZ gXYZ bXYZ rTRC gTRC bTRC".split()
    assert list(colour.profile_tags(colour.profile(name))) == tags


@pytest.mark.parametrize("name", list(colour.SPACES))
def test_the_curve_read_from_a_profile_is_that_of_its_space(name):
    values = np.linspace(0.0, 1.0, colour.SAMPLES)
    wanted = colour.decode(colour.SPACES[name], values)
    assert np.abs(colour.light_curve(colour.profile(name))[0] - wanted).max() < 2e-4


def test_grey_is_half_as_bright_as_the_standard_says():
    # IEC 61966-2-1: the value 0.5 is 21.4 % of the light.
    assert colour.decode(colour.SPACES["srgb"], np.array([0.5]))[0] == pytest.approx(
        0.21404, abs=1e-5
    )


def test_a_grey_in_ecirgb_is_its_lightness():
    # ISO 22028-4: the values are L* of the greys; 18.42 % of the light is L* 50.
    light = np.array([0.0, 0.008, 0.18418652, 1.0])
    wanted = [0.0, 0.008 * 24389 / 2700, 0.5, 1.0]
    assert colour.encode(colour.SPACES["eci-rgb"], light) == pytest.approx(wanted, abs=1e-7)


def test_a_parametric_curve_is_read():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wanted = colour.decode(colour.SPACES["srgb"], np.linspace(0, 1, colour.SAMPLES))
    assert np.abs(colour.light_curve(profile)[1] - wanted).max() < 1e-4


def test_no_profile_counts_as_srgb():
    assert np.array_equal(colour.light_curve(None), colour.light_curve(colour.profile("srgb")))


def test_a_damaged_profile_is_refused():
    with pytest.raises(ImagingError, match="damaged"):
        colour.light_curve(colour.profile("srgb")[:150])
