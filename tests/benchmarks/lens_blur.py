"""How wide a lens blurs what is a frame out of focus, told by a stack itself.

Where depth is surely told and even, a frame in focus is blurred by discs of many radii; the one
that comes nearest to another frame says how wide that one's blur is. Of the four real stacks with
thirty and more such places the discs leave 1 to 7 % of the variance, and half of all places lie
within a fifth of each other; made scenes with 1.1 px per frame are told to have 1.01.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Radii that are tried, px per frame; a place, px at half resolution, and how many are asked.
RADII = 0.25 * 1.15 ** np.arange(24)
PLACE_PX, MOST_PLACES = 12, 200
# A place is asked where so much of it is told with this confidence, its depth even to a frame and
# so near to a frame; round about it differs by no more than the last.
CONFIDENCE, LEAST_TOLD = 0.3, 0.9
EVEN, IN_FOCUS, AROUND = 1.0, 0.3, 1.5
# Frames away that are compared.
AWAY = (-5, -4, -3, -2, 2, 3, 4, 5)


def blur_per_frame(
    frames: NDArray[np.float16], depth: NDArray[np.float32], confidence: NDArray[np.float32]
) -> float | None:
    """Radius of the blur disc per frame out of focus, px; None where no place tells.

    Parameters
    ----------
    frames : (n, 3, H, W), aligned, linear light
    depth : (h, w) in frames from 0, h = ceil(H / 2)
    confidence : (h, w) 0..1, as the depth map has it
    """
    told = []
    for y, x, middle in _even_places(frames, depth, confidence):
        told += [_best_radius(frames, y, x, middle, away) for away in AWAY]
    radii = [k for k in told if k is not None]
    return float(RADII[int(np.median(radii))]) if radii else None


def _even_places(
    frames: NDArray[np.float16], depth: NDArray[np.float32], confidence: NDArray[np.float32]
) -> list[tuple[int, int, float]]:
    """Row, column and depth of the places of most detail whose depth is even."""
    side, found = PLACE_PX, []
    for y in range(side, depth.shape[0] - 2 * side, side):
        for x in range(side, depth.shape[1] - 2 * side, side):
            here = depth[y : y + side, x : x + side]
            sure = confidence[y : y + side, x : x + side] >= CONFIDENCE
            middle = float(here.mean())
            around = depth[y - side : y + 2 * side, x - side : x + 2 * side]
            if (
                sure.mean() < LEAST_TOLD
                or np.ptp(here) > EVEN
                or abs(middle - round(middle)) > IN_FOCUS
                or np.abs(around - middle).max() > AROUND
            ):
                continue
            shown = frames[round(middle), 1, 2 * y : 2 * (y + side), 2 * x : 2 * (x + side)]
            found.append((-float(shown.astype(np.float32).std()), y, x, middle))
    return [(y, x, middle) for _, y, x, middle in sorted(found)[:MOST_PLACES]]


def _best_radius(
    frames: NDArray[np.float16], y: int, x: int, middle: float, away: int
) -> int | None:
    """Which of `RADII` makes a place's frame in focus most like the frame so far away."""
    focus, side = round(middle), 2 * PLACE_PX
    if not 0 <= focus + away < len(frames):
        return None
    top, left = 2 * y, 2 * x
    around = np.s_[top - side : top + 2 * side, left - side : left + 2 * side]
    sharp = frames[focus, 1][around].astype(np.float32)
    wanted = frames[focus + away, 1, top : top + side, left : left + side].astype(np.float32)
    errors = []
    for per_frame in RADII:
        radius = per_frame * abs(focus + away - middle)
        if radius > side:
            break
        shown = cv2.filter2D(sharp, -1, disc(radius))[side:-side, side:-side]
        errors.append(float((shown - wanted).var()))
    return int(np.argmin(errors))


def disc(radius: float) -> NDArray[np.float32]:
    """A disc of light whose border is a px wide, of sum 1."""
    reach = int(radius) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    light = np.clip(radius + 0.5 - np.hypot(x, y), 0.0, 1.0)
    return (light / light.sum()).astype(np.float32)
