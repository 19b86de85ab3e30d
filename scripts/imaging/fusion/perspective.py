"""Which end of a stack is nearer to the lens, as perspective tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.near_end import End

# So much must magnification change from the first frame to the last, and by so many times as it is
# uncertain. Of what a lens that is telecentric shows, blur and drift make less.
LEAST_CHANGE, CERTAIN = 0.005, 5.0
# The share of steps from frame to frame that must go the same way.
STEADY = 0.9


def magnifications(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale of each frame against the reference, from its (n, 3, 3) transform.

    It is what a frame must be enlarged by: the larger the subject in a frame, the smaller it is.
    """
    return np.sqrt(np.abs(np.linalg.det(matrices[:, :2, :2])))


def grows_by(matrices: NDArray[np.float64]) -> float:
    """By which share the subject is larger in the last frame than in the first; below 0 smaller."""
    scales = magnifications(matrices)
    return float(scales[0] / scales[-1] - 1.0)


def near_end_by_perspective(
    matrices: NDArray[np.float64], uncertain_px: Sequence[float | None], shape: tuple[int, int]
) -> End | None:
    """Which end of a stack is the nearer one, as its magnification tells.

    It holds where camera and specimen were moved against each other and nothing in the lens was:
    what comes nearer is seen larger, and the plane in focus, which keeps its distance from the
    lens, goes on into what lies further away. Focusing in the lens does the reverse in most lenses,
    so it must be known how focus was moved.

    Parameters
    ----------
    matrices : (n, 3, 3), frame px → reference px
    uncertain_px : (n,) standard error of each frame's corners against the reference, px; None
        where alignment did not tell it
    shape : (rows, columns) of a frame

    Returns
    -------
    the end, None where magnification changes too little, or to and fro
    """
    first_px, last_px = uncertain_px[0], uncertain_px[-1]
    if first_px is None or last_px is None or len(matrices) < 3:
        return None
    grown = grows_by(matrices)
    uncertain = float(np.hypot(first_px, last_px) / (np.hypot(*shape) / 2))
    if abs(grown) < max(LEAST_CHANGE, CERTAIN * uncertain):
        return None
    growing = np.diff(magnifications(matrices)) < 0.0
    if np.mean(growing == (grown > 0.0)) < STEADY:
        return None
    return End.FIRST if grown > 0.0 else End.LAST
