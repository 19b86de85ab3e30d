"""Cells of a frame: means over squares of px, of those that the frame covers whole."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.fusion.focus_cells import add_tile
from imaging.fusion.sharpness import REACH_PX
from imaging.sampling.coverage import Outline

BEYOND = 20


def cells_of(values: np.ndarray, cell: int, first_column: float) -> np.ndarray:
    """Cells of a picture in which a frame begins at a column, and ends far beyond the others."""
    rows, columns = values.shape
    motion = np.array([[1, 0, -first_column], [0, 1, BEYOND], [0, 0, 1.0]])
    outline = Outline(motion, rows + 2 * BEYOND, columns + 2 * BEYOND)
    found = np.zeros((-(-rows // cell), -(-columns // cell)), np.float32)
    add_tile(values, outline, 0, 0, cell, found)
    return found


@pytest.mark.parametrize(("shape", "cell"), [((20, 75), 4), ((40, 130), 32), ((5, 3), 4)])
def test_a_cell_is_the_sum_of_its_px_row_by_row_over_their_number(shape, cell):
    values = np.random.default_rng(1).random(shape, np.float32)
    found = cells_of(values, cell, -BEYOND)
    for (i, j), mean in np.ndenumerate(found):
        square = values[i * cell : (i + 1) * cell, j * cell : (j + 1) * cell]
        assert mean == np.add.accumulate(square.ravel())[-1] / np.float32(square.size)


def test_a_cell_that_the_frame_covers_in_part_has_no_mean():
    found = cells_of(np.ones((8, 64), np.float32), 4, 21.0 - REACH_PX)
    assert np.isnan(found[:, :6]).all()
    assert (found[:, 6:] == 1.0).all()
