"""Where a stack is sharp, and how much: places that are sharp twice show the near of two things."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.near_end import End
from imaging.fusion.peaks import NONE, Peaks
from imaging.sampling.dilation import dilated
from imaging.sampling.kernels import kernel

# Energy so many times the noise's is detail.
STRONG = np.float32(5.0)
# A near peak has this share of the greatest energy at least, and lies two frames before it.
SEEN, APART = np.float32(0.15), 2
# Blurred, an edge passes over places beside it, a ghost in frames before and behind it: nothing is
# believed to be nearer than all that has this share of the greatest energy round it.
STANDS_OUT, ROUND_PX = np.float32(0.2), 33


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


def find_places(
    sharpest: NDArray[np.uint16],
    best: NDArray[np.float32],
    peaks: Peaks,
    noise: float,
    near: End | None,
) -> Places:
    """What is known of the places of a stack.

    Parameters
    ----------
    sharpest : (h, w) uint16, frame of the greatest energy
    best : (h, w) float32, that energy
    peaks : of the same places
    noise : its energy
    near : which end is nearer; None prefers none
    """
    frame, energy = (
        sharpest.copy(),
        np.where(best > STRONG * np.float32(noise), best, np.float32(0.0)),
    )
    twice = np.zeros(best.shape, np.uint8)
    if near is End.LAST:
        _take_nearer(peaks.last, peaks.last_at, 1, best, frame, energy, twice)
    elif near is End.FIRST:
        _take_nearer(peaks.first, peaks.first_at, 0, best, frame, energy, twice)
    ghosts = _ghosts(frame, energy >= STANDS_OUT * dilated(best, ROUND_PX), near)
    energy[ghosts] = 0.0
    twice[ghosts] = 0
    return Places(frame, energy, twice)


def _ghosts(
    frame: NDArray[np.uint16], outstanding: NDArray[np.bool_], near: End | None
) -> NDArray[np.bool_]:
    """Where `frame` is nearer than all that stands out round a place."""
    turned = near is End.FIRST
    nearness = (NONE - frame if turned else frame).astype(np.int32)
    reach = dilated(np.where(outstanding, nearness, 0).astype(np.uint16), ROUND_PX)
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
