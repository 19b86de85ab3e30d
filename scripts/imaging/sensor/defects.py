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
from numpy.typing import NDArray

from imaging.frames.converted import open_pixels
from imaging.sampling.kernels import kernel

# A spot's ring lies so far round it: beyond what demosaicing spreads a defect over.
RING_PX = 3
# A spot stands out of every px of its ring by more than this share of the range.
LEAST_CONTRAST = 0.04
# The most frames that are searched for spots, and the share of them in which a spot is worth a look
# into all frames; of those so many must show it. A spot is missed where the subject behind it is as
# bright, or as dark, as it is.
SEARCHED = 6
WORTH_A_LOOK = 0.5
LEAST_SHARE = 0.75
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


@kernel
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


@kernel
def _stand_out(pixels, places, contrast, shown):
    """Whether px of some rows stand out of their ring in any channel; `shown` (K,) is written.

    `places` (K, 2) are x and y in `pixels`, at least RING_PX from its border.
    """
    for k in range(places.shape[0]):
        shown[k] = False
        for c in range(3):
            shown[k] |= _stands_out(pixels, places[k, 1], places[k, 0], c, contrast)


@kernel
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


@kernel
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


def likely_defects(spots: Sequence[Spots], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Places that stand out in many of the searched frames, for a look into all.

    Parameters
    ----------
    spots : of some frames
    shape : (rows, columns) of a frame

    Returns
    -------
    (K, 2) int32: x and y of each, in order of y
    """
    if len(spots) < LEAST_FRAMES:
        return np.zeros((0, 2), np.int32)
    columns = shape[1]
    flat = [np.unique(frame.y.astype(np.int64) * columns + frame.x) for frame in spots]
    places, seen = np.unique(np.concatenate(flat), return_counts=True)
    places = places[seen >= WORTH_A_LOOK * len(spots)]
    return np.stack([places % columns, places // columns], 1).astype(np.int32)


def shown_in(path: Path, places: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each of some places, (K, 2) in order of y, stands out in a converted frame; (K,).

    Only the rows round them are read.
    """
    shown = np.zeros(len(places), np.bool_)
    if not len(places):
        return shown
    contrast = np.int32(LEAST_CONTRAST * 65535)
    with open_pixels(path) as pixels:
        start = 0
        while start < len(places):
            top = int(places[start, 1])
            end = int(np.searchsorted(places[:, 1], top + STRIP_ROWS))
            bottom = int(places[end - 1, 1])
            rows = pixels.read(top - RING_PX, bottom + RING_PX + 1)
            here = places[start:end] - np.array([0, top - RING_PX], np.int32)
            _stand_out(rows, here, contrast, shown[start:end])
            start = end
    return shown


def sensor_defects(
    places: NDArray[np.int32], shown: NDArray[np.bool_], transforms: NDArray[np.float64]
) -> NDArray[np.int32]:
    """What stays at its place on the sensor while the subject moves.

    Parameters
    ----------
    places : (K, 2) x and y
    shown : (n, K), in which of all frames each of them stands out, of `shown_in`
    transforms : (n, 3, 3), frame px → reference px

    Returns
    -------
    (D, 2) int32: x and y of each defect, in the order of `places`; no two touch
    """
    if len(shown) < LEAST_FRAMES:
        return places[:0]
    x, y = places.T
    moved = (transforms @ np.stack([x, y, np.ones_like(x)]).astype(float))[:, :2]
    # Of the frames that show it alone: a spot of a subject that was at rest for a while moved on.
    low = np.where(shown[:, None], moved, np.inf).min(0)
    high = np.where(shown[:, None], moved, -np.inf).max(0)
    seen = shown.sum(0)
    kept = (seen >= LEAST_SHARE * len(shown)) & ((high - low).max(0) >= LEAST_MOTION_PX)
    return _one_of_each(places[kept], seen[kept])


def _one_of_each(places: NDArray[np.int32], seen: NDArray[np.int64]) -> NDArray[np.int32]:
    """Of places that touch, which demosaicing made of one defect, the middle one."""
    often = dict(zip(map(tuple, places.tolist()), seen.tolist()))

    def touching(x: int, y: int) -> set[tuple[int, int]]:
        return {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}

    def middling(place: tuple[int, int]) -> tuple[int, int]:
        return sum(often.get(near, 0) for near in touching(*place)), often[place]

    taken: set[tuple[int, int]] = set()
    kept = []
    for place in sorted(often, key=middling, reverse=True):
        if place not in taken:
            kept.append(place)
            taken |= touching(*place)
    kept.sort(key=lambda place: place[::-1])
    return np.array(kept, np.int32).reshape(-1, 2)
