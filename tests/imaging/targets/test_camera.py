"""A camera whose matrix is wrong is put right by a shot of a target."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import colour, raws
from imaging.targets.camera import camera_of
from imaging.targets.charts import chart
from imaging.targets.figures import figures
from imaging.targets.patches import measure
from tests.imaging.targets.made_charts import CORNERS, chart_raw

KNOWN = chart("colorchecker24")
# What the camera makes of linear sRGB: channels that see each other's light, under another light
# than its file says.
SEES = np.diag([0.8, 1.0, 1.15]) @ [[0.75, 0.2, 0.05], [0.1, 0.75, 0.15], [0.05, 0.25, 0.7]]


def made_of(path):
    development = raws.decide(path, "DIRECTIONAL")
    return camera_of(lambda so: raws.develop(path, so), development, KNOWN, CORNERS)


def off(path, **settings):
    development = raws.decide(path, "DIRECTIONAL", colour_space="prophoto", **settings)
    pixels = raws.develop(path, development)
    return figures(measure(pixels, colour.profile("prophoto"), KNOWN, CORNERS))


def test_colours_and_greys_come_out_true_by_what_a_shot_tells(tmp_path):
    path = chart_raw(tmp_path / "a.dng", KNOWN, exposure=0.8, sees=SEES)
    before = off(path)
    assert before["color_mean"] > 6
    assert before["white_balance"] > 5
    made = made_of(path)
    after = off(path, white_balance=made.white_balance, camera_matrix=made.matrix)
    assert made.color_mean < 0.3
    assert made.left_out_mean < 0.5
    assert after["white_balance"] < 1
    # What is left is the exposure.
    exposure = after["exposure"]
    assert exposure < -1
    assert after["color_mean"] < 0.3 + abs(exposure)
    truth = np.linalg.inv(SEES / (SEES @ np.ones(3))[:, None])
    assert np.reshape(made.matrix, (3, 3)) == pytest.approx(truth, abs=0.03)


def test_a_shot_that_tells_too_little_is_refused(tmp_path):
    path = chart_raw(tmp_path / "a.dng", KNOWN, exposure=20.0)
    with pytest.raises(ImagingError, match="patches that are not clipped, and 12 are needed"):
        made_of(path)


def test_of_a_monochrome_camera_none_is_made(tmp_path):
    path = chart_raw(tmp_path / "a.dng", KNOWN, sees=np.full((3, 3), 1 / 3))
    with pytest.raises(ImagingError, match="monochrome"):
        made_of(path)
