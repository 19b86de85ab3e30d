"""Motions that a model of alignment allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A row for each freedom: how dx, dy, and the slopes dx/x, dx/y, dy/x, dy/y go with it.
MODELS = {
    "translation": np.eye(6)[:2],
    "similarity": np.array(
        [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1], [0, 0, 0, -1, 1, 0]], float
    ),
    "affine": np.eye(6),
}


def motion(change: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is added to the identity: (..., 6) as the columns of `MODELS` → (..., 3, 3)."""
    matrix = np.zeros((*change.shape[:-1], 3, 3))
    matrix[..., :2, :] = change[..., [[2, 3, 0], [4, 5, 1]]]
    return matrix
