"""A depth map as a surface in µm."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.pictures.surface import MOST_NODES, surface_of


def surface(tmp_path, heights, error_um=1.0):
    tiff.write_image(tmp_path / "depth.tif", heights.astype(np.float32))
    with tiff.open_rows(tmp_path / "depth.tif") as depth:
        return surface_of(depth, 2.5, error_um)


def test_a_corner_is_a_px_in_um_from_the_middle_x_right_y_up_z_to_the_camera(tmp_path):
    heights = np.arange(4 * 6).reshape(4, 6) * 10.0
    made = surface(tmp_path, heights, 0.001)
    corners = {tuple(map(float, point)) for point in made.points_um}
    # The first px is top left, its middle half a px from the edges.
    assert (-2.5 * 2.5, 1.5 * 2.5, 0.0) in corners
    assert (2.5 * 2.5, -1.5 * 2.5, 230.0) in corners
    assert np.allclose(made.places[np.argmin(made.points_um[:, 2])], (0.5 / 6, 0.5 / 4))
    a, b, c = made.points_um[made.faces].transpose(1, 0, 2)
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_of_a_large_map_every_so_many_px_are_looked_at_where_they_lie(tmp_path):
    width = 2 * MOST_NODES + 200
    heights = np.tile(np.arange(width) * 2.0, (90, 1))
    made = surface(tmp_path, heights)
    x_px = made.points_um[:, 0] / 2.5 + width / 2 - 0.5
    assert np.allclose(made.points_um[:, 2], 2 * x_px, atol=0.01)
    # Of 2248 px, every third.
    assert np.allclose((x_px.min(), x_px.max()), (1, 2245), atol=1e-3)


def test_a_map_that_knows_next_to_nothing_has_no_surface(tmp_path):
    heights = np.full((20, 20), np.nan)
    heights[3, 4] = 5.0
    with pytest.raises(ImagingError, match=r"depth\.tif: hardly a height is known"):
        surface(tmp_path, heights)


def test_a_hole_narrower_than_a_measurement_is_closed_and_told_a_wider_one_is_a_hole(tmp_path):
    heights = np.full((60, 60), 8.0)
    heights[5:19, 5:19] = np.nan
    assert surface(tmp_path, heights).closed == 14 * 14
    heights[30:45, 30:45] = np.nan
    made = surface(tmp_path, heights)
    a, b, c = made.points_um[made.faces].transpose(1, 0, 2)
    area = np.abs(np.cross(b - a, c - a)[:, 2]).sum() / 2 / 2.5**2
    assert area == 59**2 - 16**2
