"""Groups of cells that touch, held against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.checks.touching import groups_of


def test_corners_join_cells_only_where_they_are_to():
    cells = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 0, 0]], bool)
    joined, apart = groups_of(cells, corners=True), groups_of(cells, corners=False)
    assert [(group.place, group.number) for group in joined] == [
        ((slice(0, 2), slice(0, 3)), 3),
        ((slice(3, 4), slice(0, 1)), 1),
    ]
    assert joined[0].own.tolist() == [[True, False, False], [False, True, True]]
    assert [group.number for group in apart] == [1, 2, 1]


def test_where_no_cell_is_there_is_no_group():
    assert groups_of(np.zeros((4, 5), bool), corners=True) == []


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 1.0])
def test_groups_and_their_order_are_those_of_scipy(corners, share):
    rng = np.random.default_rng(7)
    for rows, columns in ((1, 1), (1, 40), (37, 1), (23, 40), (60, 61)):
        cells = rng.random((rows, columns)) < share
        labels, _ = ndimage.label(cells, np.ones((3, 3)) if corners else None)
        wanted = [
            (place, (labels[place] == number).tolist())
            for number, place in enumerate(ndimage.find_objects(labels), 1)
        ]
        found = groups_of(cells, corners)
        assert [(group.place, group.own.tolist()) for group in found] == wanted
        assert [group.number for group in found] == [int(group.own.sum()) for group in found]
