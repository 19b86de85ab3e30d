"""Triangles over a grid of heights, held against the grid node by node."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from imaging.pictures.thinning import LARGEST, triangulate


def hills(shape=(150, 201)):
    """A smooth relief with a step in it, not of a size that fits."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    relief = 40 * np.sin(x / 17) * np.cos(y / 23) + 0.3 * x
    relief[:, 120:] += 25
    return relief.astype(np.float32)


def covering(heights, triangles):
    """How far each node lies off the triangles over it, and how many there are, by their planes."""
    off, count = np.zeros(heights.shape), np.zeros(heights.shape, int)
    for corners in triangles.nodes[triangles.faces]:
        low, high = corners.min(0), corners.max(0)
        y, x = np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1]
        (ay, ax), (by, bx), (cy, cx) = corners
        whole = (by - ay) * (cx - ax) - (bx - ax) * (cy - ay)
        b = ((y - ay) * (cx - ax) - (x - ax) * (cy - ay)) / whole
        c = ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / whole
        a = 1 - b - c
        within = (a >= 0) & (b >= 0) & (c >= 0)
        plane = a * heights[ay, ax] + b * heights[by, bx] + c * heights[cy, cx]
        box = np.s_[low[0] : high[0] + 1, low[1] : high[1] + 1]
        apart = np.where(within, np.abs(plane - heights[box]), 0)
        off[box] = np.maximum(off[box], np.where(np.isnan(apart), np.inf, apart))
        count[box] += within
    return off, count


def area(triangles):
    """What the triangles cover, in cells; negative where one is turned round."""
    (a, b, c) = triangles.nodes[triangles.faces].transpose(1, 0, 2)
    (uy, ux), (vy, vx) = (b - a).T, (c - a).T
    # Rows go down: counter-clockwise for who looks is clockwise in rows and columns.
    return (uy * vx - ux * vy) / 2


def rims(triangles):
    """The sides that one triangle alone has, each as its two nodes."""
    sides = Counter(
        tuple(sorted((face[k], face[(k + 1) % 3]))) for face in triangles.faces for k in range(3)
    )
    assert max(sides.values()) <= 2
    return [triangles.nodes[list(side)] for side, times in sides.items() if times == 1]


@pytest.mark.parametrize("error", [0.5, 2.0, 8.0])
def test_every_node_lies_within_the_error_of_its_triangles(error):
    off, count = covering(hills(), triangulate(hills(), error))
    assert count.min() >= 1
    assert off.max() <= error + 1e-4


def test_there_are_no_cracks_no_overlaps_and_every_face_looks_at_the_camera():
    triangles = triangulate(hills(), 2.0)
    assert (area(triangles) > 0).all()
    assert area(triangles).sum() == 149 * 200
    # A side that only one triangle has lies on the border: no corner in the midst of a side.
    for (y0, x0), (y1, x1) in rims(triangles):
        assert y0 == y1 in (0, 149) or x0 == x1 in (0, 200)


def test_what_is_flat_or_a_slope_takes_two_triangles_a_square():
    y, x = np.mgrid[: 2 * LARGEST + 1, : 3 * LARGEST + 1].astype(np.float32)
    for plane in (0 * x, 3 * x - 2 * y):
        assert len(triangulate(plane, 0.01).faces) == 2 * 6


def test_a_larger_error_takes_fewer_triangles():
    numbers = [len(triangulate(hills(), error).faces) for error in (0.5, 2, 8)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[2] < 0.1 * 2 * 149 * 200


def test_what_is_unknown_is_a_hole_to_the_cell_and_nothing_else_is():
    heights = hills()
    heights[40:60, 70:75] = np.nan
    heights[100, 10] = np.nan
    triangles = triangulate(heights, 2.0)
    off, count = covering(heights, triangles)
    assert np.array_equal(count > 0, np.isfinite(heights))
    assert off.max() <= 2.0 + 1e-4
    # Cells that an unknown node touches: 21 x 6 and 2 x 2, of which a corner's half may be covered.
    missing = 149 * 200 - area(triangles).sum()
    assert missing <= 21 * 6 + 4
    assert missing >= 21 * 6 + 4 - 0.5 * 8


def test_where_nothing_is_known_there_are_no_triangles():
    assert len(triangulate(np.full((30, 30), np.nan, np.float32), 1.0).faces) == 0


def test_equal_grids_give_equal_triangles():
    first, again = triangulate(hills(), 1.0), triangulate(hills(), 1.0)
    assert first.nodes.tobytes() == again.nodes.tobytes()
    assert first.faces.tobytes() == again.faces.tobytes()
