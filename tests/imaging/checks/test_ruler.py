"""The divisions of a ruler are measured to a fraction of a px, or the picture is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from imaging.checks.ruler import find_divisions
from imaging.errors import ImagingError
from tests.imaging.checks.rulers import (
    SHAPE,
    bars,
    bristles,
    coin,
    grid,
    ruler,
    shot,
    two_scales,
)


@pytest.mark.slow
# A failing example is large enough to be looked at as it is.
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    period_px=st.floats(6.0, 22.0),
    angle_deg=st.floats(-90.0, 90.0),
    blur=st.floats(0.05, 0.1),
    noise=st.floats(0.002, 0.03),
    tilt_deg=st.floats(-1.0, 1.0),
    is_light=st.booleans(),
)
def test_divisions_are_measured_at_any_angle_in_blur_and_noise(
    period_px, angle_deg, blur, noise, tilt_deg, is_light
):
    picture = ruler(
        period_px, angle_deg, blur_px=max(0.6, blur * period_px), noise=noise, tilt_deg=tilt_deg,
        is_light=is_light,
    )  # fmt: skip
    found = find_divisions(picture)
    off = abs(found.period_px - period_px)
    assert off < 0.003 * period_px
    # Four standard uncertainties, and what a made picture's own px leave.
    assert off < 4 * found.uncertainty_px + 2e-4 * period_px
    assert abs((found.angle_deg - angle_deg + 90) % 180 - 90) < 1.0
    assert found.count >= 12


def test_uncertainty_follows_noise_and_tilt():
    plain, noisy, tilted = (
        find_divisions(ruler(12.0, 20.0, **otherwise)).uncertainty_px
        for otherwise in ({}, {"noise": 0.1}, {"tilt_deg": 1.0})
    )
    assert plain < 0.005
    assert noisy > 2 * plain
    assert tilted > 2 * plain


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (lambda: grid(16.0, 8.0), "evenly spaced lines in two directions"),
        (lambda: coin(119), "shows no ruler"),
        (lambda: coin(300), "shows no ruler"),
        (lambda: bristles(24, 2.5, 1), "shows no ruler"),
        (lambda: bristles(40, 6.0, 2), "shows no ruler"),
        (lambda: two_scales(10.0, 20.0), "two rows of evenly spaced lines"),
        (lambda: two_scales(25.4, 10.0), "two rows of evenly spaced lines"),
        (lambda: bars(14.0), "bars and gaps are alike"),
        (lambda: np.full(SHAPE, 0.5), "shows no ruler"),
        (lambda: shot(np.full(SHAPE, 0.5), noise=0.1), "shows no ruler"),
        # The fine lines are blurred away, and the long ones alone would be counted.
        (lambda: ruler(4.0, 5.0, blur_px=1.8), "finer ones were there|alike|no ruler"),
        (lambda: ruler(6.0, 30.0, blur_px=2.6), "finer ones were there|alike|no ruler"),
    ],
)
def test_what_can_be_read_in_two_ways_or_is_no_ruler_is_refused(picture, words):
    with pytest.raises(ImagingError, match=words):
        find_divisions(picture())
