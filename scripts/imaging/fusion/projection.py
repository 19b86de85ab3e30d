"""A stack in one projection: from one point of view, or by parallel rays, to the last px.

On a rail, what is in focus is always as far from the lens. So frames that keep their size show what
is sharp in them by parallel rays; that is an orthographic picture. Registration scales each frame
until what it shows fits the reference frame, so that the fused image is nearly what the lens saw
from the reference frame's place: a central perspective. By how much it scales them for their
distance tells how far away that place is, which makes either projection exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.fusion.frame import Frame

# So many standard errors tell a perspective from none.
SURE = 3.0
# Sizes that differ by less do not.
SAME_SIZE = 1e-9


@dataclass(frozen=True)
class Pupil:
    """How far the lens's centre of perspective is from the plane in focus, as frames' sizes tell.

    Attributes
    ----------
    distance_um : infinite where frames do not differ in size, as through a telecentric lens
    error_um : its standard error
    """

    distance_um: float
    error_um: float


def scales_of(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """By how much each frame is enlarged to fit the reference frame, (n,)."""
    return np.array([1 / np.sqrt(abs(np.linalg.det(frame.inverse[:2, :2]))) for frame in frames])


def pupil_of(scales: NDArray[np.float64], heights_um: NDArray[np.float64]) -> Pupil:
    """Where the lens's centre of perspective is, by the sizes of frames that a rail has moved.

    From one frame to the next, what lies between their planes in focus changes its size by their
    distance's share of the distance of both from the lens: sizes follow an exponential.

    Parameters
    ----------
    scales : (n,), of `scales_of`
    heights_um : (n,) of the planes in focus above the reference frame's, larger is nearer to the
        camera

    Raises
    ------
    ImagingError
        All frames are at one height, or frames get larger where focus comes nearer, as in no
        camera on a rail.
    """
    sum_of_squares = float((heights_um**2).sum())
    if not sum_of_squares or len(scales) < 3:
        raise ImagingError("fewer than three heights of focus tell no perspective")
    sizes = np.log(scales)
    per_um = float((heights_um * sizes).sum()) / sum_of_squares
    scatter = float(((sizes - per_um * heights_um) ** 2).sum()) / (len(scales) - 2)
    error = np.sqrt(scatter / sum_of_squares)
    if abs(per_um) <= SURE * error:
        return Pupil(np.inf, np.inf)
    if per_um < 0:
        raise ImagingError(
            "frames show things larger where their focus is nearer to the camera, as when a lens "
            "is focused by its ring, or where direction is wrong: that is no perspective of a "
            "rail; check the sheet's column direction, or leave this derivative out"
        )
    return Pupil(1 / per_um, float(error) / per_um**2)


def central(heights_um: NDArray[np.float64], pupil: Pupil) -> NDArray[np.float64]:
    """The scales at which frames show what is sharp in them as the reference frame's place sees it.

    Raises
    ------
    ImagingError : something is as near as the lens
    """
    if np.isinf(pupil.distance_um):
        return np.ones(len(heights_um))
    nearer = pupil.distance_um - heights_um
    if nearer.min() <= 0:
        raise ImagingError(
            f"by their sizes frames are focused {pupil.distance_um:.0f} µm from the lens, less "
            "than the stack is deep; check step_um or positions"
        )
    return pupil.distance_um / nearer


def placed(
    frames: Sequence[Frame], scales: NDArray[np.float64], shape: tuple[int, int]
) -> list[Frame]:
    """Frames at scales of their own, turned as before, and moved as far as goes with their scales.

    A rail that does not run along the lens's axis does no harm: registration moved each frame back,
    from one to the next by px of the size that frames had there. Of h µm of the rail that are D
    (s - 1) for sizes of s = exp(h / D), where h are wanted, times the new scale.

    Parameters
    ----------
    scales : (n,), 1 is the size that a frame has
    shape : (rows, columns) of a frame
    """
    middle = (np.array(shape[::-1], np.float64) - 1) / 2
    found = []
    for frame, own, scale in zip(frames, scales_of(frames), scales, strict=True):
        inverse = frame.inverse.copy()
        moved = np.linalg.solve(inverse[:2, :2], middle - inverse[:2, 2]) - middle
        share = np.log(own) / (own - 1) if abs(own - 1) > SAME_SIZE else 1.0
        where = middle + moved * scale * share
        inverse[:2, :2] *= own / scale
        inverse[:2, 2] = middle - inverse[:2, :2] @ where
        found.append(replace(frame, inverse=inverse))
    return found
