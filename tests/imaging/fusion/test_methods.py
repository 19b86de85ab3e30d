"""Every method of fusion: as sharp as the sharpest frame, to its very border."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imaging.frames.tiff import read_image
from imaging.fusion.frame import Frame
from imaging.fusion.methods import METHODS, Settings, fuse
from imaging.fusion.stack import measure
from imaging.sampling.coverage import common_area
from records.sheet.settings import defaults, section
from tests.imaging.fusion.made_stacks import SHAPE, stored, texture


def settings(method: str) -> Settings:
    return Settings(**(defaults("fuse") | {"method": method}))


def test_there_is_a_method_for_every_name_that_the_setting_may_have():
    assert list(METHODS) == section("fuse")["method"]["enum"]


def test_a_method_is_recorded_with_the_settings_that_it_uses_and_no_others():
    slabs = {"slab_frames": 0, "slab_overlap": 2}
    assert {name: settings(name).used for name in METHODS} == {
        "holostack": {
            **{"power": 6, "reach": 3.0, "prefer": "auto", "prefer_strength": 0.5},
            **slabs,
        },
        "pyramid": {"power": 6, **slabs},
        "weighted": {"power": 6, "radius_px": 8, **slabs},
        "depthmap": {"threshold": 0.1, "radius_px": 8, "smoothing_px": 4.0, **slabs},
        "external": {"command": "", **slabs},
    }


def fused_by(method: str, frames: list[Frame], out: Path) -> np.ndarray:
    """The uncropped picture that a method makes of frames, values 0..1."""
    chosen = settings(method)
    stack, _ = measure(frames, SHAPE, chosen.carrying, 2)
    fuse(stack, chosen, out, 2, lambda done: None)
    return read_image(out) / 65535.0


@pytest.mark.parametrize("method", ["holostack", "pyramid", "weighted", "depthmap"])
@pytest.mark.parametrize("moved", [(12, 9), (7, 16)])
def test_where_the_sharp_frame_ends_the_picture_is_as_sharp_as_it(tmp_path, method, moved):
    # The first frame is sharp and ends within the picture; the others reach further, blurred.
    truth = texture(11, (340, 460))
    dx, dy = moved
    images, motions = [], []
    for k, sigma in enumerate((0.0, 4.0, 6.0)):
        x, y = (20 - dx, 20 - dy) if k == 0 else (20, 20)
        blurred = ndimage.gaussian_filter(truth, (sigma, sigma, 0)) if sigma else truth
        images.append(blurred[y : y + SHAPE[0], x : x + SHAPE[1]])
        motions.append(np.array([[1, 0, 20.0 - x], [0, 1, 20.0 - y], [0, 0, 1]]))
    x, y, width, height = common_area(np.linalg.inv(motions), SHAPE)
    assert (x + width, y + height) == (SHAPE[1] - dx, SHAPE[0] - dy)
    got = fused_by(method, stored(tmp_path, images, motions, 0.002), tmp_path / "fused.tif")
    got, truth = (whole[y : y + height, x : x + width] for whole in (got, truth[20:-20, 20:-20]))
    off = np.abs(got - truth)
    detail = np.abs(np.diff(truth, axis=0)).mean()
    for rim in (off[:, -1], off[:, -4:], off[-1:], off[-4:], off[-16:, -16:]):
        assert rim.mean() < off[40:-40, 40:-40].mean() + 0.3 * detail
    for edge in (np.s_[:, -1], np.s_[:, -2], np.s_[-1], np.s_[-2]):
        along, true = (np.diff(picture[edge], axis=0).std() for picture in (got, truth))
        assert 0.94 < along / true < 1.05
