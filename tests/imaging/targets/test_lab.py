"""L*a*b* is what a profile means, and ΔE2000 what its authors publish."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000

from imaging.errors import ImagingError
from imaging.frames import colour
from imaging.targets import lab
from tests.imaging.targets.made_charts import encoded

# Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005), table 1: pairs for what
# implementations get wrong, hues apart, opposite, across 0 degrees, greys, large differences.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0010), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
]


@pytest.mark.parametrize(("one", "other", "wanted"), SHARMA)
def test_the_difference_of_a_published_pair(one, other, wanted):
    pair = np.array(one, float), np.array(other, float)
    assert lab.delta_e_2000(*pair) == pytest.approx(wanted, abs=5e-5)
    assert lab.delta_e_2000(*pair[::-1]) == pytest.approx(wanted, abs=5e-5)


def test_differences_are_those_of_another_program():
    rng = np.random.default_rng(1)
    one, other = rng.uniform([0, -100, -100], [100, 100, 100], (2, 5000, 3))
    assert np.abs(lab.delta_e_2000(one, other) - deltaE_ciede2000(one, other)).max() < 1e-9


def test_without_weighing_a_difference_of_lightness_counts_in_full():
    one, other = np.array([90.0, 0.0, 0.0]), np.array([95.0, 0.0, 0.0])
    assert lab.delta_e_2000(one, other, weigh_lightness=False) == pytest.approx(5.0)
    assert lab.delta_e_2000(one, other) < 4.0


def test_white_balance_does_not_ask_how_light_a_grey_is():
    grey, darker = np.array([60.0, 1.0, 2.0]), np.array([40.0, 1.0, 2.0])
    assert lab.delta_ab(grey, darker) == 0.0
    assert lab.delta_ab(grey, np.array([60.0, -1.0, 2.0])) > 1.0


@pytest.mark.parametrize("space", colour.SPACES)
def test_white_is_white_and_a_colour_comes_back_from_every_space(space):
    wanted = np.array([[100.0, 0.0, 0.0], [50.0, 0.0, 0.0], [50.0, 20.0, -10.0]])
    found = lab.to_lab(encoded(wanted, space), colour.profile(space))
    assert found == pytest.approx(wanted, abs=0.02)


def test_lab_is_that_of_lcms():
    pixels = np.random.default_rng(2).integers(0, 256, (32, 32, 3), np.uint8)
    icc = colour.profile("adobe-rgb")
    ours = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    theirs = ImageCms.buildTransform(ours, ImageCms.createProfile("LAB"), "RGB", "LAB")
    coded = np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), theirs))
    # Pillow's LAB has L* in 255 steps, and a*, b* as bytes of two's complement.
    wanted = np.dstack([coded[..., 0] / 2.55, coded[..., 1:].astype(np.int8).astype(float)])
    assert np.abs(lab.to_lab(pixels.astype(np.uint16) * 257, icc) - wanted).max() < 1.0


def test_a_profile_of_tables_is_refused():
    tags = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with pytest.raises(ImagingError, match="export it as sRGB"):
        lab.colorants(tags)
