"""A stack as it looks from aside: every frame is shifted by its height, and all are fused again.

So what is seen through, bristles and glossy places stay what they are in the frames, where a
picture that is bent by its depth map would smear them. That is how stereo is made of focus stacks
since synthetic stereo began; a stack is then seen by parallel rays, as by a telecentric lens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.frame import Frame
from imaging.sampling.coverage import common_area


def shifted(
    frames: Sequence[Frame], shifts: Sequence[float], right: NDArray[np.float64]
) -> list[Frame]:
    """Frames of which each shows the subject moved to the right.

    Parameters
    ----------
    shifts : of each frame, in px of the reference frame
    right : (2,) unit vector in px of the reference frame
    """
    return [_moved(frame, shift * right) for frame, shift in zip(frames, shifts, strict=True)]


def _moved(frame: Frame, by: NDArray[np.float64]) -> Frame:
    if not by.any():
        return frame
    inverse = frame.inverse.copy()
    for row in range(2):
        inverse[row, 2] -= inverse[row, 0] * by[0] + inverse[row, 1] * by[1]
    return replace(frame, inverse=inverse)


def area_seen(
    frames: Sequence[Frame],
    shifts: Sequence[float],
    right: NDArray[np.float64],
    shape: tuple[int, int],
) -> tuple[int, int, int, int]:
    """The upright rectangle that every frame shows, however far it is shifted to either side.

    Parameters
    ----------
    frames : not shifted
    shifts : the longest to either side, of each frame, px
    right : (2,) unit vector in px of the reference frame
    shape : (rows, columns) of a frame

    Returns
    -------
    x, y, width and height, px of the reference frame
    """
    both = [*shifted(frames, shifts, right), *shifted(frames, [-one for one in shifts], right)]
    return common_area(np.array([np.linalg.inv(frame.inverse) for frame in both]), shape)
