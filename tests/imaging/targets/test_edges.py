"""Sharpness of made edges is what their blur makes it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf

from imaging.errors import ImagingError
from imaging.targets.edges import slanted_edge


def edge(sigma_px, degrees=5.0, noise=0.0, size=(100, 80), low=0.1, high=0.8):
    """(H, W) linear light of an edge that is blurred by a Gaussian."""
    y, x = np.mgrid[: size[0], : size[1]]
    slope = np.tan(np.radians(degrees))
    distance = x - (size[1] / 2 + 0.3) - slope * (y - size[0] / 2)
    distance *= np.cos(np.radians(degrees))
    share = (1 + erf(distance / (sigma_px * np.sqrt(2)))) / 2
    return low + (high - low) * share + np.random.default_rng(1).normal(0, noise, size)


@pytest.mark.parametrize("sigma_px", [0.5, 0.7, 1.0, 1.5, 2.5])
@pytest.mark.parametrize("degrees", [2.0, 5.0, -5.0, 10.0])
def test_contrast_falls_as_that_of_a_gaussian(sigma_px, degrees):
    # exp(-2 (pi sigma f)^2) is a half at 0.1874 / sigma, a tenth at 0.3415 / sigma.
    found = slanted_edge(edge(sigma_px, degrees))
    assert found.mtf50 == pytest.approx(0.1874 / sigma_px, rel=0.02)
    assert found.mtf10 == pytest.approx(0.3415 / sigma_px, rel=0.05)
    assert found.angle_degrees == pytest.approx(abs(degrees), abs=0.1)
    low = found.frequency < 0.3 / sigma_px
    wanted = np.exp(-2 * (np.pi * sigma_px * found.frequency[low]) ** 2)
    assert np.abs(found.response[low] - wanted).max() < 0.02


def test_an_edge_is_as_sharp_whichever_side_is_dark_and_which_way_it_runs():
    picture = edge(1.0)
    wanted = slanted_edge(picture).mtf50
    for turned in (picture[:, ::-1], picture.T, picture[::-1], 0.9 - picture):
        assert slanted_edge(np.ascontiguousarray(turned)).mtf50 == pytest.approx(wanted, rel=0.01)


def test_noise_changes_little():
    assert slanted_edge(edge(1.0, noise=0.005)).mtf50 == pytest.approx(0.1874, rel=0.03)


def test_the_finest_detail_is_no_finer_than_the_px():
    sharp, soft = slanted_edge(edge(0.4)), slanted_edge(edge(2.0))
    assert (sharp.sampling_efficiency_percent, sharp.smallest_detail_px()) == (100.0, 2.0)
    assert soft.sampling_efficiency_percent == pytest.approx(100 * 0.3415 / 2.0 / 0.5, rel=0.05)
    assert soft.smallest_detail_px() == pytest.approx(2.0 / 0.3415, rel=0.05)


@pytest.mark.parametrize(
    ("picture", "wrong"),
    [
        (edge(1.0, 0.0), "at 0.0°"),
        (edge(1.0, 30.0), "edge"),
        (edge(1.0, low=0.5, high=0.51), "no edge with enough contrast"),
        (edge(1.0, noise=0.1), "no edge with enough contrast"),
        (edge(1.0, size=(20, 80)), "smaller than 24 px"),
    ],
)
def test_what_is_no_slanted_edge_is_refused(picture, wrong):
    with pytest.raises(ImagingError, match=wrong):
        slanted_edge(picture)
