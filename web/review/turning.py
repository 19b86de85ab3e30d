"""Pictures on a grid that lies turned in them, for looking at: means of px, interpolated once."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from web.review.placing import Box

# What interpolation reaches beyond a place, in reduced px.
REACH_PX = 3


def turned(
    reduced: Callable[[Box], NDArray[np.uint8]],
    matrix: NDArray[np.float64],
    box: Box,
    factor: int,
    outside: int | None = None,
) -> NDArray[np.uint8]:
    """A box of a turned grid at a reduced size, (h / factor, w / factor, 3).

    Parameters
    ----------
    reduced : a box of the picture, its sides whole factors, reduced by the factor
    matrix : (3, 3) affine, px of the grid → px of the picture
    box : in px of the grid, its sides whole factors
    outside : value where the picture was not asked for; None repeats its border
    """
    x, y, width, height = box
    corners = np.array([[x, x + width - 1] * 2, [y, y, y + height - 1, y + height - 1], [1] * 4])
    places = (matrix @ corners)[:2]
    left, top = (int(np.floor(at)) - REACH_PX * factor for at in places.min(1))
    wide, high = (
        (int(np.ceil(far)) - near) // factor * factor + (REACH_PX + 1) * factor
        for far, near in zip(places.max(1), (left, top))
    )
    pixels = reduced((left, top, wide, high))
    motion = np.linalg.inv(_to_fine(left, top, factor)) @ matrix @ _to_fine(x, y, factor)
    size = width // factor, height // factor
    found = cv2.warpAffine(
        pixels,
        motion[:2],
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT,
        borderValue=(outside or 0,) * 3,
    )
    return np.asarray(found, np.uint8)


def _to_fine(left: int, top: int, factor: int) -> NDArray[np.float64]:
    """Px of what was reduced → px as they were; centres at integers."""
    middle = (factor - 1) / 2
    return np.array([[factor, 0, left + middle], [0, factor, top + middle], [0, 0, 1.0]])
