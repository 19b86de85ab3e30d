"""How px count from the middle of a frame, where a turn or a magnification moves nothing."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.small_matrices import inverse, product


class Centred(NamedTuple):
    """How px count from a frame's centre, and in shares of half of the longer side, all float64.

    Attributes
    ----------
    scale : half of the longer side, px
    centre, to_centre : (3, 3), px from the centre → px, and back
    unit, to_unit : (3, 3), shares from the centre → px, and back
    """

    scale: float
    centre: NDArray[np.float64]
    to_centre: NDArray[np.float64]
    unit: NDArray[np.float64]
    to_unit: NDArray[np.float64]


@cache
def centred(rows: int, columns: int) -> Centred:
    """How px of a frame of so many rows and columns count from its centre."""
    scale = 0.5 * max(rows, columns)
    centre = np.array([[1, 0, 0.5 * (columns - 1)], [0, 1, 0.5 * (rows - 1)], [0, 0, 1.0]])
    unit = product(centre, np.diag([scale, scale, 1.0]))
    return Centred(scale, centre, inverse(centre), unit, inverse(unit))
