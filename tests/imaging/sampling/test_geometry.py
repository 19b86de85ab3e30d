"""Corners of a frame, and planes that are moved."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.sampling.geometry import corner_distance, corners, in_cells, moved

SHIFT = np.array([[1, 0, 3.0], [0, 1, -4.0], [0, 0, 1]])


def test_corners_are_those_of_rows_and_columns():
    assert corners((20, 30))[:2].T.tolist() == [[0, 0], [30, 0], [0, 20], [30, 20]]


def test_the_distance_is_that_of_the_corner_that_moved_farthest():
    assert corner_distance(SHIFT, np.eye(3), (20, 30)) == 5.0
    larger = np.diag([1.1, 1.1, 1.0])
    assert corner_distance(larger, np.eye(3), (30, 40)) == pytest.approx(5.0)


def test_a_motion_in_cells_is_that_of_px_over_their_size():
    assert in_cells(SHIFT, 4)[:2, 2].tolist() == [0.75, -1.0]


def test_a_plane_is_moved_and_is_nan_or_goes_on_beyond_its_border():
    plane = np.arange(12, dtype=np.float32).reshape(3, 4)
    right = np.array([[1, 0, 1.0], [0, 1, 0], [0, 0, 1]])
    assert moved(plane, right)[0].tolist()[:3] == [1, 2, 3]
    assert np.isnan(moved(plane, right)[:, 3]).all()
    assert moved(plane, right, "nearest")[0].tolist() == [1, 2, 3, 3]
