"""Defects of the sensor: px that stand out of their surroundings in every frame alike.

A hot px looks sharp in every frame. Where frames are moved to lie on each other, fusion would
show it once per frame, as a trail. What belongs to the subject moves with it, so that only what
stays at its place on the sensor while the subject moves is taken for a defect.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames.converted import open_pixels
from imaging.sampling.kernels import kernel

# A spot's ring lies so far round it: beyond what demosaicing spreads a defect over.
RING_PX = 3
# A spot stands out of every px of its ring by more than this share of the range.
LEAST_CONTRAST = 0.04
# The most frames that are searched for spots, and the share of them in which a spot is worth a look
# into all frames; of those so many must show it.
SEARCHED = 12
WORTH_A_LOOK = 0.5
LEAST_SHARE = 0.75
# With fewer frames, or less motion, a spot of the subject could be taken for one of the sensor.
LEAST_FRAMES = 4
LEAST_MOTION_PX = 2.0
# A subject as bright as a hot px, or as dark as a dead one, hides it. What is hidden in many frames
# is asked of those that could show it, and must be seen before so many other parts of the subject:
# of one part it could be a spot, and so many parts have none at the same px by chance. Parts are so
# far apart that no spot of the subject, which is narrower than its ring, is in two of them; two of
# them in the searched frames are worth a look.
OTHER_PARTS = 4
APART_PX = RING_PX + 1.0
# How a px looks in a frame: as the subject does; hidden; brighter or darker than its ring in its
# channel, as a defect; or in another one alone.
GONE, HIDDEN, SHOWN, OTHERWISE = 0, 1, 2, 3
# A frame with more spots than this is itself a texture of spots.
MOST_SPOTS = 100_000
STRIP_ROWS = 256


class Spots(NamedTuple):
    """What stands out of its surroundings in one frame.

    Attributes
    ----------
    x, y : (K,) int32, px of the frame
    ways : (K,) int32, a bit for each way in which it does: brighter in channel 0, 1, 2, then darker
    values : (K, 3) int32, its samples
    """

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    ways: NDArray[np.int32]
    values: NDArray[np.int32]


class Suspects(NamedTuple):
    """Places that may be defects of the sensor, in order of y.

    Attributes
    ----------
    places : (K, 2) int32, x and y
    way : (K,) int32, in which way each stands out, as the bit's place in `Spots.ways`; -1 where
        frames differ
    level : (K,) int32, the sample nearest to its surroundings of those frames
    """

    places: NDArray[np.int32]
    way: NDArray[np.int32]
    level: NDArray[np.int32]


@kernel
def _stands_out(pixels, y, x, c, contrast):
    """1 if a px is brighter than its whole ring by `contrast`, -1 if it is darker, else 0.

    It is also the brightest, or darkest, of those that it touches: a defect is at one px in all
    frames, while a spot of the subject, which moves by less than its own width, is not.
    """
    v = np.int32(pixels[y, x, c])
    brighter, darker = True, True
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            beside = np.int32(pixels[y + dy, x + dx, c])
            brighter = brighter and v >= beside
            darker = darker and v <= beside
    if not (brighter or darker):
        return 0
    for d in range(-RING_PX, RING_PX + 1):
        for dy, dx in ((-RING_PX, d), (RING_PX, d), (d, -RING_PX), (d, RING_PX)):
            ring = np.int32(pixels[y + dy, x + dx, c])
            brighter = brighter and v > ring + contrast
            darker = darker and v < ring - contrast
        if not (brighter or darker):
            return 0
    return 1 if brighter else -1


@kernel
def _ways(pixels, y, x, contrast):
    """A bit for each way in which a px stands out of its ring, as in `Spots.ways`."""
    ways = 0
    for c in range(3):
        side = _stands_out(pixels, y, x, c, contrast)
        if side != 0:
            ways |= 1 << (c if side > 0 else c + 3)
    return ways


@kernel
def _look(pixels, places, way, level, contrast, seen):
    """How px of some rows look, one of GONE, HIDDEN, SHOWN and OTHERWISE; `seen` (K,) is written.

    `places` (K, 2) are x and y in `pixels`, at least RING_PX from its border; `way` and `level` as
    Suspects have them.
    """
    for k in range(places.shape[0]):
        x, y, own = places[k, 0], places[k, 1], way[k]
        ways = _ways(pixels, y, x, contrast)
        if own >= 0 and ways & (1 << own):
            seen[k] = SHOWN
        elif ways:
            seen[k] = OTHERWISE
        else:
            seen[k] = GONE
            if own >= 0:
                beyond = np.int32(pixels[y, x, own % 3]) - level[k]
                if (beyond if own < 3 else -beyond) >= -contrast:
                    seen[k] = HIDDEN


@kernel
def find_spots(pixels, first_row, last_row, found):
    """Find the px of some rows that stand out of their ring in any channel.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, rows of a frame
    first_row, last_row : rows of `pixels` to search, at least RING_PX from its border
    found : (K, 6) int32; y, x, its ways and its three samples are written

    Returns
    -------
    number of px found; may exceed K, then only K are written
    """
    contrast = np.int32(LEAST_CONTRAST * 65535)
    columns = pixels.shape[1]
    # Eight samples at once are asked whether any is marked.
    words = np.zeros((3 * columns + 7) // 8, np.uint64)
    marked = words.view(np.uint8)
    count = 0
    for y in range(first_row, last_row):
        line, above, below = pixels[y], pixels[y - RING_PX], pixels[y + RING_PX]
        if not _mark(line.ravel(), above.ravel(), below.ravel(), contrast, marked):
            continue
        before = 0
        for w in range(words.size):
            if words[w] == 0:
                continue
            for k in range(8 * w, 8 * w + 8):
                x = RING_PX + k // 3
                if not marked[k] or x == before:
                    continue
                before = x
                ways = _ways(pixels, y, x, contrast)
                if ways:
                    if count < found.shape[0]:
                        found[count, 0], found[count, 1], found[count, 2] = y, x, ways
                        for c in range(3):
                            found[count, 3 + c] = pixels[y, x, c]
                    count += 1
    return count


@kernel
def _mark(line, above, below, contrast, marked):
    """Mark what differs from its four sides, most px do not; rows of samples, (3 W,) uint16."""
    side, limit = 3 * RING_PX, np.uint16(contrast)
    some = False
    for k in range(3 * (line.size // 3 - 2 * RING_PX)):
        v, left, right = line[k + side], line[k], line[k + 2 * side]
        up, down = above[k + side], below[k + side]
        most, least = max(max(left, right), max(up, down)), min(min(left, right), min(up, down))
        # All in 16 bits, of which processors have most at once.
        brighter = (v > most) & (np.uint16(v - most) > limit)
        darker = (v < least) & (np.uint16(least - v) > limit)
        marked[k] = brighter | darker
        some |= brighter | darker
    return some


class SpotSearch:
    """Looks for what stands out in a frame, while that is read by rows."""

    def __init__(self) -> None:
        self._room = np.empty((MOST_SPOTS, 6), np.int32)
        self._found: list[NDArray[np.int32]] = []
        self._total = 0

    def look(self, pixels: NDArray[np.uint16], top: int, first: int, last: int) -> None:
        """Search rows of a frame.

        Parameters
        ----------
        pixels : (R, W, 3), rows `top` … of the frame, with RING_PX on either side of those that
            are searched, or as many as the frame has
        first, last : rows of the frame to search, past the last
        """
        start, end = max(first - top, RING_PX), min(last - top, len(pixels) - RING_PX)
        if self._total > MOST_SPOTS or start >= end:
            return
        count = find_spots(pixels, start, end, self._room)
        self._total += count
        self._found.append(self._room[:count] + np.array([top, 0, 0, 0, 0, 0], np.int32))

    def spots(self) -> Spots:
        """What was found; nothing in a frame in which everything stands out."""
        found = self._found if self._total <= MOST_SPOTS else []
        every = np.concatenate([np.zeros((0, 6), np.int32), *found])
        return Spots(every[:, 1], every[:, 0], every[:, 2], every[:, 3:])


def searched_frames(count: int, most: int = SEARCHED) -> list[int]:
    """Positions of the frames of a stack in which faults of the sensor are looked for, `most`."""
    if count < LEAST_FRAMES:
        return []
    return sorted({round(k) for k in np.linspace(0, count - 1, min(count, most))})


def likely_defects(
    spots: Sequence[Spots], shape: tuple[int, int], transforms: NDArray[np.float64]
) -> Suspects:
    """Places that stand out in many of the searched frames, or before several parts of the subject.

    Parameters
    ----------
    spots : of some frames
    shape : (rows, columns) of a frame
    transforms : (n, 3, 3) of these frames, frame px → reference px

    Returns
    -------
    for a look into all frames
    """
    columns = shape[1]
    flat = np.concatenate(
        [np.zeros(0, np.int64)] + [one.y.astype(np.int64) * columns + one.x for one in spots]
    )
    if len(spots) < LEAST_FRAMES or not flat.size:
        return Suspects(np.zeros((0, 2), np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    order = np.argsort(flat, kind="stable")
    flat = flat[order]
    first = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    places, seen = flat[first], np.diff(first, append=flat.size)
    # Where a spot lies in the subject.
    part = np.concatenate([_moved(one, motion) for one, motion in zip(spots, transforms)])[order]
    travel = np.maximum.reduceat(part, first) - np.minimum.reduceat(part, first)
    ways = np.concatenate([one.ways for one in spots])[order]
    values = np.concatenate([one.values for one in spots])[order]
    way = _lowest_bit(np.bitwise_and.reduceat(ways, first))
    channel = (np.arange(len(places)), np.maximum(way, 0) % 3)
    least, most = np.minimum.reduceat(values, first), np.maximum.reduceat(values, first)
    level = np.where(way < 3, least[channel], most[channel]).astype(np.int32)
    several = (travel.max(1) >= APART_PX) & (way >= 0)
    chosen = (seen >= WORTH_A_LOOK * len(spots)) | several
    y, x = np.divmod(places[chosen], columns)
    return Suspects(np.stack([x, y], 1).astype(np.int32), way[chosen], level[chosen])


def _moved(spots: Spots, motion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of spots in reference px, (k, 2)."""
    x, y = spots.x.astype(float), spots.y.astype(float)
    return np.stack([row[0] * x + row[1] * y + row[2] for row in motion[:2]], 1)


def _lowest_bit(bits: NDArray[np.int32]) -> NDArray[np.int32]:
    """Place of the lowest bit that is set, -1 where none is."""
    place = np.full(bits.shape, -1, np.int32)
    for way in reversed(range(6)):
        place[bits & (1 << way) != 0] = way
    return place


def look_at(path: Path, suspects: Suspects) -> NDArray[np.uint8]:
    """How each suspect looks in a converted frame: GONE, HIDDEN, SHOWN or OTHERWISE; (K,).

    Only the rows round them are read.
    """
    places = suspects.places
    seen = np.zeros(len(places), np.uint8)
    if not len(places):
        return seen
    contrast = np.int32(LEAST_CONTRAST * 65535)
    with open_pixels(path) as pixels:
        start = 0
        while start < len(places):
            top = int(places[start, 1])
            end = int(np.searchsorted(places[:, 1], top + STRIP_ROWS))
            bottom = int(places[end - 1, 1])
            rows = pixels.read(top - RING_PX, bottom + RING_PX + 1)
            here, part = places[start:end] - np.array([0, top - RING_PX], np.int32), seen[start:end]
            _look(rows, here, suspects.way[start:end], suspects.level[start:end], contrast, part)
            start = end
    return seen


def sensor_defects(
    places: NDArray[np.int32], seen: NDArray[np.uint8], transforms: NDArray[np.float64]
) -> NDArray[np.int32]:
    """What stays at its place on the sensor while the subject moves.

    Parameters
    ----------
    places : (K, 2) x and y
    seen : (n, K), how each of them looks in all frames, of `look_at`
    transforms : (n, 3, 3), frame px → reference px

    Returns
    -------
    (D, 2) int32: x and y of each defect, in the order of `places`; no two touch
    """
    if len(seen) < LEAST_FRAMES:
        return places[:0]
    x, y = places.T
    part = (transforms @ np.stack([x, y, np.ones_like(x)]).astype(float))[:, :2]
    # Of the frames that show it alone: a spot of a subject that was at rest for a while moved on.
    shown = seen >= SHOWN
    low = np.where(shown[:, None], part, np.inf).min(0)
    high = np.where(shown[:, None], part, -np.inf).max(0)
    often = shown.sum(0)
    kept = (often >= LEAST_SHARE * len(seen)) & ((high - low).max(0) >= LEAST_MOTION_PX)
    same, hidden = seen == SHOWN, seen == HIDDEN
    could_show = len(seen) - hidden.sum(0)
    likely = (same.sum(0) >= np.maximum(LEAST_SHARE * could_show, OTHER_PARTS)) & ~kept
    for k in np.flatnonzero(likely):
        kept[k] = _parts(part[same[:, k], :, k]) >= OTHER_PARTS
    return _one_of_each(places[kept], often[kept])


def _parts(positions: NDArray[np.float64]) -> int:
    """How many of some positions, (n, 2), are apart from each other, taken in their order."""
    apart: list[NDArray[np.float64]] = []
    for position in positions:
        if all(np.abs(position - other).max() >= APART_PX for other in apart):
            apart.append(position)
    return len(apart)


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
