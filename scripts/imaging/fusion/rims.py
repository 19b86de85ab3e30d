"""Depth that breaks at the rims of what is near.

Energy is gathered over a window, so that a rim's reaches beyond the rim, and depth with it; within
the rim a frame focused on the ground behind may be sharper, since through a rim a lens sees what
lies behind it. Both bands are known by their energy, which falls off from a crest: the rim itself.
There depth is told anew, by a flood from both sides that meets at the crest, a watershed of the
near frame's energy. Where the near end of the stack is known, the crest belongs to what is near,
however strong the ground is there: occlusion has an order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.flood import flood
from imaging.fusion.near_end import End
from imaging.fusion.peaks import Peaks
from imaging.fusion.places import find_places
from imaging.sampling.dilation import dilated
from imaging.sampling.kernels import kernel

# A px belongs to a crest if it has these shares of the greatest energy next to it and around it;
# one with less than FOOT of that may have its energy from there.
CREST, STANDING, FOOT = np.float32(0.8), np.float32(0.5), np.float32(0.25)
# Windows, px at half resolution: a crest's neighbours, the reach of its energy, how far from places
# that are sharp twice depth is told anew, and by how much the flood reaches beyond them.
BESIDE_PX, AROUND_PX, DOUBTFUL_PX, BEYOND_PX = 3, 9, 17, 5
# Depth that differs by less, in frames, stays as it was carried.
JUMP = np.float32(1.5)


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
    places = find_places(sharpest, best, peaks, noise, near)
    around = dilated(places.energy, AROUND_PX)
    told, todo = np.full(depth.shape, np.nan, np.float32), np.zeros(depth.shape, np.uint8)
    doubtful = dilated(places.twice, DOUBTFUL_PX)
    _tell(places, around, dilated(places.energy, BESIDE_PX), doubtful, told, todo)
    todo = dilated(todo, BEYOND_PX) * np.isnan(told)
    flood(told, places.energy, todo)
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


@kernel
def _replace(depth, told, todo, twice):
    """Take the depth that was told anew, where it jumps from what was carried; in place."""
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            z = told[y, x]
            if (todo[y, x] or twice[y, x]) and abs(z - depth[y, x]) > JUMP:
                depth[y, x] = z
