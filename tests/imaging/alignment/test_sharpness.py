"""Sharpness in the cells of a frame, by direction."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.sharpness import CELLS, cell_sharpness

Y, X = np.mgrid[:96, :144].astype(np.float32)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (X, [1, 0, 0.5, 0.5]),
        (Y, [0, 1, 0.5, 0.5]),
        (X + Y, [1, 1, 2, 0]),
        (Y - X, [1, 1, 0, 2]),
    ],
    ids=["across", "down", "falling", "rising"],
)
def test_a_slope_has_its_square_in_each_direction(image, expected):
    cells = cell_sharpness(image)
    assert cells.shape == (4, *CELLS)
    assert cells[:, 1:-1, 1:-1] == pytest.approx(
        np.tile(np.array(expected)[:, None, None], (1, CELLS[0] - 2, CELLS[1] - 2)), abs=1e-5
    )


def test_only_the_cell_with_an_edge_is_sharp():
    image = np.zeros((96, 144), np.float32)
    image[40:44, 64:68] = 1.0
    assert np.argwhere(cell_sharpness(image).sum(0) > 0).tolist() == [[3, 5]]
