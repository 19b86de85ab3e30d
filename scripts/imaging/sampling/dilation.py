"""Greatest values round every px: the dilation of mathematical morphology."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def dilated(plane: NDArray, side: int) -> NDArray:
    """The greatest value in a square of `side` px, odd, round every px of a plane (h, w)."""
    import cv2  # steps that ask for none need not wait for it

    return cv2.dilate(plane, np.ones((side, side), np.uint8))
