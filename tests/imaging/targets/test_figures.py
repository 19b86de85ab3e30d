"""What is off in a picture of a chart is told, by how much, and nothing that is not."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import colour
from imaging.targets import lab
from imaging.targets.charts import chart
from imaging.targets.figures import figures
from imaging.targets.patches import measure
from tests.imaging.targets.made_charts import CORNERS, chart_picture

KNOWN = chart("colorchecker24")
ICC = colour.profile("adobe-rgb")


def told(picture, corners=CORNERS):
    return figures(measure(picture, ICC, KNOWN, corners))


def test_a_true_picture_is_off_by_nothing():
    found = told(chart_picture(KNOWN))
    assert all(abs(value) < 0.02 for value in found.values()), found


def test_what_was_added_to_the_colours_is_told():
    off = np.zeros((24, 3))
    off[3] = [0, 6, 0]
    off[7] = [-5, 0, 3]
    found = told(chart_picture(KNOWN, off))
    wanted = lab.delta_e_2000(KNOWN.lab, KNOWN.lab + off)
    assert found["color_mean"] == pytest.approx(wanted.mean(), abs=0.02)
    assert found["color_max"] == pytest.approx(wanted.max(), abs=0.02)
    assert found["color_p90"] == pytest.approx(np.percentile(wanted, 90), abs=0.02)
    assert found["white_balance"] < 0.02
    # Lightness counts for more where it is not weighed.
    assert found["color_sl1_max"] > found["color_max"]


def test_a_picture_in_the_wrong_space_is_far_off():
    picture = chart_picture(KNOWN, space="srgb")
    assert told(picture)["color_mean"] > 3.0


def test_a_cast_is_the_white_balance_and_no_error_of_tone():
    off = np.zeros((24, 3))
    off[KNOWN.neutral] = [0, 0, 5]
    found = told(chart_picture(KNOWN, off))
    wanted = lab.delta_ab(KNOWN.lab + off, KNOWN.lab)[KNOWN.neutral].max()
    assert found["white_balance"] == pytest.approx(wanted, abs=0.02)
    assert found["white_balance"] > 3
    assert found["tone"] < 0.02


def test_an_underexposed_picture_is_off_in_tone():
    off = np.zeros((24, 3))
    off[:, 0] = -4
    off[21, 0] = -7
    found = told(chart_picture(KNOWN, off))
    assert found["tone"] == pytest.approx(7.0, abs=0.02)
    assert found["exposure"] == pytest.approx(-4.5, abs=0.02)


def test_noise_is_told_in_lightness_and_a_slope_of_the_light_is_none():
    rng = np.random.default_rng(3)
    picture = chart_picture(KNOWN).astype(float)
    fall = np.linspace(1.0, 0.8, picture.shape[1])[None, :, None]
    sloped = (picture * fall ** (256 / 563)).astype(np.uint16)
    assert told(sloped)["noise"] < 0.05
    noisy = picture + rng.normal(0, 655, picture.shape[:2])[..., None]
    found = measure(np.clip(noisy, 0, 65535).astype(np.uint16), ICC, KNOWN, CORNERS)
    grey = found.chart.patches.index("D4")
    value = float(chart_picture(KNOWN)[tuple(found.quads[grey].mean(0).astype(int)[::-1])][1])
    step = lab.to_lab(np.array([[value - 327] * 3, [value + 327] * 3], np.uint16), ICC)[:, 0]
    assert found.noise[grey] == pytest.approx(step[1] - step[0], rel=0.05)


def test_light_that_falls_off_is_told_in_per_cent():
    picture = chart_picture(KNOWN).astype(float)
    fall = np.linspace(1.0, 0.8, picture.shape[1])[None, :, None]
    # By the power of the curve, so that light falls by a fifth from left to right of the picture.
    found = told((picture * fall ** (256 / 563)).astype(np.uint16))
    assert found["unevenness_percent"] == pytest.approx(13.6, abs=1.0)


def test_a_patch_at_the_end_of_a_channel_is_named():
    picture = chart_picture(KNOWN)
    white = tuple(measure(picture, ICC, KNOWN, CORNERS).quads[18].mean(0).astype(int)[::-1])
    brighter = np.clip(picture.astype(float) * 65535 / picture[white].max() * 1.01, 0, 65535)
    found = measure(brighter.astype(np.uint16), ICC, KNOWN, CORNERS)
    assert "A4" in np.array(found.chart.patches)[found.clipped]
    assert "F4" not in np.array(found.chart.patches)[found.clipped]


def test_a_patch_outside_the_frame_is_left_out():
    picture = chart_picture(KNOWN)[:, 200:]
    found = measure(np.ascontiguousarray(picture), ICC, KNOWN, CORNERS - [200, 0])
    assert found.missing == ("A1", "A2", "A3", "A4")
    assert len(found.lab) == 20
    assert figures(found)["color_max"] < 0.02


def test_corners_that_do_not_go_round_are_refused():
    with pytest.raises(ImagingError, match="do not go round"):
        told(chart_picture(KNOWN), CORNERS[[0, 2, 1, 3]])


def test_corners_outside_the_picture_are_refused():
    with pytest.raises(ImagingError, match="no patch of the target lies in the picture"):
        told(chart_picture(KNOWN), CORNERS + 5000)


def test_a_chart_that_is_too_small_is_refused():
    with pytest.raises(ImagingError, match="fewer than 64"):
        told(chart_picture(KNOWN, corners=CORNERS / 10), CORNERS / 10)
