"""The nearest and the farthest focus of every place: peaks of its energy, frame by frame.

Through the rim of something near, a frame focused behind it sees what lies there: such a place is
sharp twice, and the stronger peak need not be the nearer one. The first and the last peak are
followed beside the greatest energy, in memory that does not depend on the number of frames.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.coverage import covered_columns, tile_columns
from imaging.sampling.kernels import kernel

# A peak is so many times as high as the valleys before and behind it.
PROMINENT = np.float32(2.0)
# A peak has so many times the noise's energy at least; below half of the noise's nothing is told.
LEAST_PEAK = np.float32(8.0)
GROUND = np.float32(0.5)
NONE = 65535
_NONE = np.uint16(NONE)


class Peaks(NamedTuple):
    """Peaks so far at each px, for kernels, (h, w) each.

    Attributes
    ----------
    rising : float32, the greatest energy since the last valley
    at : uint16, its frame; NONE where energy has not risen
    valley : float32, the least energy before it
    first, last : float32, energy of the first and of the last peak
    first_at, last_at : uint16, their frames; NONE where there is none
    """

    rising: NDArray[np.float32]
    at: NDArray[np.uint16]
    valley: NDArray[np.float32]
    first: NDArray[np.float32]
    first_at: NDArray[np.uint16]
    last: NDArray[np.float32]
    last_at: NDArray[np.uint16]


def no_peaks(shape: tuple[int, int]) -> Peaks:
    """Before the first frame."""
    rising, valley, first, last = (np.zeros(shape, np.float32) for _ in range(4))
    valley.fill(np.inf)
    at, first_at, last_at = (np.full(shape, NONE, np.uint16) for _ in range(3))
    return Peaks(rising, at, valley, first, first_at, last, last_at)


@kernel
def follow_peaks(energy, frame, outline, beyond, y0, x0, noise, peaks):
    """Take one tile of a frame's energies, (h, w) at (y0, x0), into the peaks.

    Beyond the frame's border by more than `beyond` px nothing is told; `outline` is its
    coverage.Outline, `noise` the energy of noise.
    """
    width = energy.shape[1]
    fell = np.empty(width, np.uint8)
    for i in range(energy.shape[0]):
        y = y0 + i
        low, high = covered_columns(outline, float(y), -beyond)
        first, last = tile_columns(low, high, 1, x0, width)
        e, left, right = energy[i, first:last], x0 + first, x0 + last
        rising, at = peaks.rising[y, left:right], peaks.at[y, left:right]
        valley = peaks.valley[y, left:right]
        if _fall(e, noise, rising, at, fell) > 0:
            _keep(
                fell,
                rising,
                at,
                peaks.first[y, left:right],
                peaks.first_at[y, left:right],
                peaks.last[y, left:right],
                peaks.last_at[y, left:right],
            )
        _follow(e, np.uint16(frame), noise, fell, rising, at, valley)


# Row by row and loop by loop: each of these loops but `_keep`, which has little to do, is
# vectorised; all in one would not be.
@kernel
def _fall(energy, noise, rising, at, fell):
    """Write where energy has fallen off a peak, 1, else 0; gives in how many px of a row it has."""
    prominent, ground, count = PROMINENT, GROUND * noise, 0
    for j in range(energy.size):
        e = max(energy[j], ground)
        off = (e <= rising[j]) & (at[j] != _NONE) & (rising[j] > prominent * e)
        fell[j] = off
        count += off
    return count


@kernel
def _keep(fell, rising, at, first, first_at, last, last_at):
    """Write the peaks that energy has fallen off."""
    for j in range(rising.size):
        if fell[j]:
            last[j], last_at[j] = rising[j], at[j]
            if first_at[j] == _NONE:
                first[j], first_at[j] = rising[j], at[j]


@kernel
def _follow(energy, frame, noise, fell, rising, at, valley):
    """Follow the energy of a row up, and down into the next valley."""
    prominent, least, ground = PROMINENT, LEAST_PEAK * noise, GROUND * noise
    none = np.float32(0.0)
    for j in range(energy.size):
        e = max(energy[j], ground)
        higher = (e > rising[j]) & (e > prominent * valley[j]) & (e > least)
        off = fell[j] != 0
        kept = none if off else rising[j]
        rising[j] = e if higher else kept
        kept_at = _NONE if off else at[j]
        here = frame if higher else kept_at
        at[j] = here
        lowest = e if off else min(valley[j], e)
        valley[j] = lowest if here == _NONE else valley[j]
