"""Depth that breaks at the rims of what is near.

Energy is gathered over a window, so that a rim's reaches beyond the rim, and depth with it; within
the rim a frame focused on the ground behind may be sharper, since through a rim a lens sees what
lies behind it. Both bands are known by their energy, which falls off from a crest: the rim itself.
There depth is told anew, by a flood from both sides that meets at the crest, a watershed [1]_ of
the near frame's energy. Where the near end of the stack is known, the crest belongs to what is
near, however strong the ground is there: occlusion has an order.

.. [1] F. Meyer, "Un algorithme optimal pour la ligne de partage des eaux", 8e Congrès de
   reconnaissance des formes et intelligence artificielle, Lyon 1991, vol. 2, 847-857: flooding from
   markers by an ordered queue.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.fusion.peaks import NONE, Peaks
from imaging.sampling.kernels import kernel


class End(StrEnum):
    """The end of a stack that is nearer to the lens."""

    FIRST = "first"
    LAST = "last"


# Energy so many times the noise's is detail.
STRONG = np.float32(5.0)
# A near peak has this share of the greatest energy at least, and lies two frames before it.
SEEN, APART = np.float32(0.15), 2
# Blurred, an edge passes over places beside it, a ghost in frames before and behind it: nothing is
# believed to be nearer than all that has this share of the greatest energy round it.
STANDS_OUT, ROUND_PX = np.float32(0.2), 33
# A px belongs to a crest if it has these shares of the greatest energy next to it and around it;
# one with less than FOOT of that may have its energy from there.
CREST, STANDING, FOOT = np.float32(0.8), np.float32(0.5), np.float32(0.25)
# Windows, px at half resolution: a crest's neighbours, the reach of its energy, how far from places
# that are sharp twice depth is told anew, and by how much the flood reaches beyond them.
BESIDE_PX, AROUND_PX, DOUBTFUL_PX, BEYOND_PX = 3, 9, 17, 5
# Depth that differs by less, in frames, stays as it was carried.
JUMP = np.float32(1.5)
# What lies so far from a crest, px at half resolution, stands on either side of it.
SIDE_PX = 4
# Energy of a crest that tells a rim, in units of the noise's; rims that must tell the near end, and
# the share of them that must agree.
TELLING, LEAST_RIMS, AGREEING = 10.0, 10, 0.75


class Places(NamedTuple):
    """What is known of places, (h, w) each.

    Attributes
    ----------
    frame : uint16, in which they are sharp: the near one of two
    energy : float32, their energy in it; 0 where it is noise
    twice : uint8, 1 where they are sharp in two frames
    """

    frame: NDArray[np.uint16]
    energy: NDArray[np.float32]
    twice: NDArray[np.uint8]


def near_end(
    depth: NDArray[np.float32], best: NDArray[np.float32], noise: float
) -> tuple[End | None, int, int]:
    """Which end of a stack is the nearer one, as its rims tell.

    A rim belongs to what is nearer: it has the depth of the side that it belongs to, and what lies
    on its other side lies behind it.

    Parameters
    ----------
    depth : (h, w) float32, in frames
    best : (h, w) float32, greatest energy
    noise : its energy

    Returns
    -------
    the end, None where too few rims tell, or not alike; how many tell of the first, of the last
    """
    crest = (best >= TELLING * noise) & (best >= _most(best, AROUND_PX))
    y, x = np.nonzero(crest)
    rows, columns = depth.shape
    before, behind = np.zeros(y.size, np.int32), np.zeros(y.size, np.int32)
    for dy, dx in _circle(SIDE_PX):
        beside = depth[np.clip(y + dy, 0, rows - 1), np.clip(x + dx, 0, columns - 1)] - depth[y, x]
        before += beside <= -APART
        behind += beside >= APART
    least = len(_circle(SIDE_PX)) // 4
    last = int(np.count_nonzero((before >= least) & (behind == 0)))
    first = int(np.count_nonzero((behind >= least) & (before == 0)))
    if max(first, last) < max(LEAST_RIMS, AGREEING * (first + last)):
        return None, first, last
    return (End.FIRST if first > last else End.LAST), first, last


def _circle(radius: int) -> list[tuple[int, int]]:
    """Twelve px round the origin; whole numbers alike on every processor."""
    half, most = radius // 2, (radius * 7 + 4) // 8
    corner = [(half, most), (most, half)]
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    straight = [(radius, 0), (-radius, 0), (0, radius), (0, -radius)]
    return straight + [(a * p, b * q) for p, q in corner for a, b in signs]


def break_at_rims(
    depth: NDArray[np.float32],
    sharpest: NDArray[np.uint16],
    best: NDArray[np.float32],
    peaks: Peaks,
    noise: float,
    near: End | None,
) -> NDArray[np.float32]:
    """Depth that breaks where a near thing ends.

    Parameters
    ----------
    depth : (h, w) float32, in frames, as carried
    sharpest : (h, w) uint16, frame of the greatest energy
    best : (h, w) float32, that energy
    peaks : of the same places
    noise : its energy
    near : which end is nearer; None prefers none

    Returns
    -------
    (h, w) float32
    """
    places = _places(sharpest, best, peaks, np.float32(noise), near)
    around = _most(places.energy, AROUND_PX)
    told, todo = np.full(depth.shape, np.nan, np.float32), np.zeros(depth.shape, np.uint8)
    doubtful = _most(places.twice, DOUBTFUL_PX)
    _tell(places, around, _most(places.energy, BESIDE_PX), doubtful, told, todo)
    todo = _most(todo, BEYOND_PX) * np.isnan(told)
    _flood(told, places.energy, todo)
    broken = depth.copy()
    _replace(broken, told, todo, places.twice)
    return broken


def behind_rims(
    depth: NDArray[np.float32], broken: NDArray[np.float32], near: End | None
) -> NDArray[np.uint8]:
    """1 where breaking at rims brought depth nearer, (h, w): frames behind may be held back."""
    if near is None:
        return np.zeros(depth.shape, np.uint8)
    nearer = broken - depth if near is End.LAST else depth - broken
    return (nearer > JUMP).astype(np.uint8)


def _most(plane: NDArray, side: int) -> NDArray:
    """The greatest value in a square round every px."""
    return cv2.dilate(plane, np.ones((side, side), np.uint8))


def _places(
    sharpest: NDArray[np.uint16],
    best: NDArray[np.float32],
    peaks: Peaks,
    noise: np.float32,
    near: End | None,
) -> Places:
    frame, energy = sharpest.copy(), np.where(best > STRONG * noise, best, np.float32(0.0))
    twice = np.zeros(best.shape, np.uint8)
    if near is End.LAST:
        _take_nearer(peaks.last, peaks.last_at, 1, best, frame, energy, twice)
    elif near is End.FIRST:
        _take_nearer(peaks.first, peaks.first_at, 0, best, frame, energy, twice)
    ghosts = _ghosts(frame, energy >= STANDS_OUT * _most(best, ROUND_PX), near)
    energy[ghosts] = 0.0
    twice[ghosts] = 0
    return Places(frame, energy, twice)


def _ghosts(
    frame: NDArray[np.uint16], outstanding: NDArray[np.bool_], near: End | None
) -> NDArray[np.bool_]:
    """Where `frame` is nearer than all that stands out round a place."""
    turned = near is End.FIRST
    nearness = (NONE - frame if turned else frame).astype(np.int32)
    reach = _most(np.where(outstanding, nearness, 0).astype(np.uint16), ROUND_PX)
    return nearness >= reach.astype(np.int32) + APART


@kernel
def _take_nearer(peak, at, last, best, frame, energy, twice):
    """Where a peak lies clearly nearer than the greatest energy, take it instead."""
    for y in range(peak.shape[0]):
        for x in range(peak.shape[1]):
            k = np.int32(at[y, x])
            if k == NONE or peak[y, x] < SEEN * best[y, x]:
                continue
            ahead = k - np.int32(frame[y, x]) if last else np.int32(frame[y, x]) - k
            if ahead >= APART:
                frame[y, x] = k
                energy[y, x] = peak[y, x]
                twice[y, x] = 1


@kernel
def _tell(places, around, beside, doubtful, told, todo):
    """Write the depth of places that tell it, and 1 where the flood has to tell it."""
    frame, energy, twice = places
    none = np.float32(0.0)
    for y in range(energy.shape[0]):
        for x in range(energy.shape[1]):
            e = energy[y, x]
            if twice[y, x]:
                if e >= CREST * beside[y, x] and e >= STANDING * around[y, x]:
                    told[y, x] = frame[y, x]
                todo[y, x] = 1
            elif e > none and not (e < FOOT * around[y, x] and doubtful[y, x]):
                told[y, x] = frame[y, x]
            elif doubtful[y, x]:
                todo[y, x] = 1


# Bits of a float32 that tell its octave and the eighth of it, and how many such there are.
OCTAVE_BITS, LEVELS = 20, 2048


@kernel
def _flood(told, energy, todo):
    """Tell the depth of places `todo` that do not tell it, in place, lowest energy first.

    Energies in the same eighth of an octave are alike; of these, those reached first come first.
    """
    rows, columns = told.shape
    heights = energy.view(np.int32)
    following = np.full(rows * columns, -1, np.int32)
    heads, tails = np.full(LEVELS, -1, np.int32), np.full(LEVELS, -1, np.int32)
    for y in range(rows):
        for x in range(columns):
            if np.isnan(told[y, x]):
                continue
            for side in range(4):
                b, a = _beside(y, x, side)
                if 0 <= b < rows and 0 <= a < columns and todo[b, a] and np.isnan(told[b, a]):
                    level = heights[y, x] >> OCTAVE_BITS
                    _queue(y * columns + x, level, heads, tails, following)
                    break
    level = 0
    while level < LEVELS:
        place = heads[level]
        if place < 0:
            level += 1
            continue
        heads[level] = following[place]
        y, x = place // columns, place % columns
        for side in range(4):
            b, a = _beside(y, x, side)
            if 0 <= b < rows and 0 <= a < columns and todo[b, a] and np.isnan(told[b, a]):
                told[b, a] = told[y, x]
                above = max(level, heights[b, a] >> OCTAVE_BITS)
                _queue(b * columns + a, above, heads, tails, following)


@kernel
def _beside(y, x, side):
    if side == 0:
        return y - 1, x
    if side == 1:
        return y, x - 1
    if side == 2:
        return y, x + 1
    return y + 1, x


@kernel
def _queue(place, level, heads, tails, following):
    """Put a place last in the queue of its level."""
    following[place] = -1
    if heads[level] < 0:
        heads[level] = place
    else:
        following[tails[level]] = place
    tails[level] = place


@kernel
def _replace(depth, told, todo, twice):
    """Take the depth that was told anew, where it jumps from what was carried; in place."""
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            z = told[y, x]
            if (todo[y, x] or twice[y, x]) and abs(z - depth[y, x]) > JUMP:
                depth[y, x] = z
