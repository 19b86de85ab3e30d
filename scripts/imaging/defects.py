"""Defects of the sensor: px that stand out of their surroundings in every frame alike.

A hot px looks sharp in every frame. Where frames are moved to lie on each other, fusion would
show it once per frame, as a trail. What belongs to the subject moves with it, so that only what
stays at its place on the sensor while the subject moves is taken for a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from imaging.frame import open_pixels

# A spot's ring lies so far round it: beyond what demosaicing spreads a defect over.
RING_PX = 3
# A spot stands out of every px of its ring by more than this share of the range.
LEAST_CONTRAST = 0.04
# The most frames that are searched, and the share of them that must show a defect.
SEARCHED = 6
LEAST_SHARE = 0.85
# With fewer frames, or less motion, a spot of the subject could be taken for one of the sensor.
LEAST_FRAMES = 4
LEAST_MOTION_PX = 2.0
# A frame with more spots than this is itself a texture of spots.
MOST_SPOTS = 100_000
STRIP_ROWS = 256


@dataclass(frozen=True)
class Spots:
    """What stands out of its surroundings in one frame.

    Attributes
    ----------
    x, y : (K,) int32, px of the frame
    """

    x: NDArray[np.int32]
    y: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _stands_out(pixels, y, x, c, contrast):
    """Whether a px is brighter, or darker, than its whole ring by `contrast`."""
    v = np.int32(pixels[y, x, c])
    brighter, darker = True, True
    for d in range(-RING_PX, RING_PX + 1):
        for dy, dx in ((-RING_PX, d), (RING_PX, d), (d, -RING_PX), (d, RING_PX)):
            ring = np.int32(pixels[y + dy, x + dx, c])
            brighter = brighter and v > ring + contrast
            darker = darker and v < ring - contrast
        if not (brighter or darker):
            return False
    return True


@njit(cache=True, nogil=True)
def find_spots(pixels, first_row, last_row, found):
    """Find the px of some rows that stand out of their ring in any channel.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, rows of a frame
    first_row, last_row : rows of `pixels` to search, at least RING_PX from its border
    found : (K, 2) int32, y and x written

    Returns
    -------
    number of px found; may exceed K, then only K are written
    """
    contrast = np.int32(LEAST_CONTRAST * 65535)
    columns = pixels.shape[1]
    marked = np.zeros(3 * max(columns - 2 * RING_PX, 0), np.uint8)
    count = 0
    for y in range(first_row, last_row):
        line, above, below = pixels[y], pixels[y - RING_PX], pixels[y + RING_PX]
        if not _mark(line.ravel(), above.ravel(), below.ravel(), contrast, marked):
            continue
        for x in range(RING_PX, columns - RING_PX):
            at = 3 * (x - RING_PX)
            for c in range(3):
                if marked[at + c] and _stands_out(pixels, y, x, c, contrast):
                    if count < found.shape[0]:
                        found[count, 0] = y
                        found[count, 1] = x
                    count += 1
                    break
    return count


@njit(cache=True, nogil=True)
def _mark(line, above, below, contrast, marked):
    """Mark what differs from its four sides, most px do not; rows of samples, (3 W,) uint16."""
    side = 3 * RING_PX
    some = 0
    for k in range(marked.size):
        v = np.int32(line[k + side])
        left, right = v - np.int32(line[k]), v - np.int32(line[k + 2 * side])
        up, down = v - np.int32(above[k + side]), v - np.int32(below[k + side])
        brighter = min(min(left, right), min(up, down)) > contrast
        darker = max(max(left, right), max(up, down)) < -contrast
        marked[k] = brighter or darker
        some += brighter or darker
    return some > 0


def read_spots(path: Path) -> Spots:
    """Find what stands out of its surroundings in a converted frame; none where all of it does."""
    places: list[NDArray[np.int32]] = []
    total = 0
    with open_pixels(path) as pixels:
        rows = pixels.shape[0]
        for first in range(RING_PX, rows - RING_PX, STRIP_ROWS):
            last = min(first + STRIP_ROWS, rows - RING_PX)
            found = np.empty((MOST_SPOTS, 2), np.int32)
            strip = pixels.read(first - RING_PX, last + RING_PX)
            count = find_spots(strip, RING_PX, RING_PX + last - first, found)
            total += count
            if total > MOST_SPOTS:
                return Spots(np.zeros(0, np.int32), np.zeros(0, np.int32))
            places.append(found[:count] + np.array([first - RING_PX, 0], np.int32))
    every = np.concatenate(places) if places else np.zeros((0, 2), np.int32)
    return Spots(every[:, 1], every[:, 0])


def searched_frames(count: int) -> list[int]:
    """Positions of the frames of a stack in which defects are looked for."""
    if count < LEAST_FRAMES:
        return []
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, SEARCHED))})


def sensor_defects(
    spots: Sequence[Spots], transforms: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.int32]:
    """What stays at its place on the sensor while the subject moves.

    Parameters
    ----------
    spots : of some frames
    transforms : (len(spots), 3, 3), frame px → reference px
    shape : (rows, columns) of a frame

    Returns
    -------
    (D, 2) int32: x and y of each defect, in order of y
    """
    if len(spots) < LEAST_FRAMES:
        return np.zeros((0, 2), np.int32)
    columns = shape[1]
    flat = [np.unique(one.y.astype(np.int64) * columns + one.x) for one in spots]
    places, seen = np.unique(np.concatenate(flat), return_counts=True)
    places = places[seen >= LEAST_SHARE * len(spots)]
    y, x = places // columns, places % columns
    moved = transforms @ np.stack([x, y, np.ones_like(x)]).astype(float)
    span = np.ptp(moved[:, :2], axis=0).max(0)
    kept = span >= LEAST_MOTION_PX
    return np.stack([x[kept], y[kept]], 1).astype(np.int32)
