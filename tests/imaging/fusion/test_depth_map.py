"""The delivered depth map: what is known is told, in place and unit; the rest is NaN."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.frames import tiff
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.depth_map import known_depth

SHAPE = (300, 64)
SURE = 65535
STILL = [np.eye(3)] * 3


@pytest.fixture()
def cut(tmp_path):
    """`known_depth` of maps that are given as values or (H, W) arrays."""

    def of(depth, confidence, source, crop=(0, 0, 64, 300), positions=(1, 2, 3), inverses=STILL):
        maps = []
        for name, value, dtype in (
            ("depth", depth, np.float32),
            ("confidence", confidence, np.uint16),
            ("source", source, np.uint16),
        ):
            plane = np.broadcast_to(np.asarray(value, dtype), SHAPE)
            tiff.write_image(tmp_path / f"{name}.tif", np.ascontiguousarray(plane))
            maps.append(tiff.open_rows(tmp_path / f"{name}.tif"))
        return known_depth(*maps, crop, (1, 2, 3), positions, inverses)

    return of


def test_the_crop_keeps_every_px_in_its_place(cut):
    depth = 1 + np.arange(300 * 64, dtype=np.float32).reshape(SHAPE) / 1e5
    found = cut(depth, SURE, 1, crop=(10, 20, 40, 270))
    assert np.array_equal(found, depth[20:290, 10:50])


def test_what_is_not_sure_is_unknown(cut):
    sure = np.full(SHAPE, SURE)
    sure[:, :32] = int(LEAST_CONFIDENCE * 65535) - 1
    known = np.isfinite(cut(2.0, sure, 2))
    assert not known[:, :32].any()
    assert known[8:-8, 32:-8].all()


def test_a_sharpest_frame_that_contradicts_its_surroundings_is_unknown(cut):
    assert np.isnan(cut(2.9, SURE, 1)).all()
    assert np.isfinite(cut(2.0, SURE, 1)[8:-8, 8:-8]).all()


def test_positions_may_fall_and_leave_a_gap(cut):
    found = cut(-120.0, SURE, 2, positions=(0.0, -50.0, -150.0))
    assert (found[8:-8, 8:-8] == -120.0).all()
    assert np.isnan(cut(-120.0, SURE, 1, positions=(0.0, -50.0, -150.0))).all()


def test_where_a_neighbouring_frame_does_not_reach_no_peak_is_one(cut):
    aside = np.array([[1, 0, -20.0], [0, 1, 0], [0, 0, 1]])
    found = cut(1.0, SURE, 1, inverses=[np.eye(3), aside, np.eye(3)])
    assert np.isnan(found[:, :28]).all()
    assert np.isfinite(found[8:-8, 28:-8]).all()
    # The third frame is no neighbour of the first.
    far = cut(1.0, SURE, 1, inverses=[np.eye(3), np.eye(3), aside])
    assert np.isfinite(far[8:-8, 8:-8]).all()
