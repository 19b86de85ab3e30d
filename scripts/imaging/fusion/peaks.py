"""The nearest and the farthest focus of every place: peaks of its energy, frame by frame.

Through the rim of something near, a frame focused behind it sees what lies there: such a place is
sharp twice, and the stronger peak need not be the nearer one. The first and the last peak are
followed beside the greatest energy, in memory that does not depend on the number of frames.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.coverage import covered_columns
from imaging.sampling.kernels import kernel

# A peak is so many times as high as the valleys before and behind it.
PROMINENT = np.float32(2.0)
# A peak has so many times the noise's energy at least; below half of the noise's nothing is told.
LEAST_PEAK = np.float32(8.0)
GROUND = np.float32(0.5)
NONE = 65535


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
    prominent, least, ground = PROMINENT, LEAST_PEAK * noise, GROUND * noise
    none = np.float32(0.0)
    for i in range(energy.shape[0]):
        y = y0 + i
        low, high = covered_columns(outline, float(y), -beyond)
        for j in range(energy.shape[1]):
            x = x0 + j
            if x < low or x > high:
                continue
            e = max(energy[i, j], ground)
            if e > peaks.rising[y, x]:
                if e > prominent * peaks.valley[y, x] and e > least:
                    peaks.rising[y, x] = e
                    peaks.at[y, x] = frame
            elif peaks.at[y, x] != NONE and peaks.rising[y, x] > prominent * e:
                peaks.last[y, x] = peaks.rising[y, x]
                peaks.last_at[y, x] = peaks.at[y, x]
                if peaks.first_at[y, x] == NONE:
                    peaks.first[y, x] = peaks.rising[y, x]
                    peaks.first_at[y, x] = peaks.at[y, x]
                peaks.rising[y, x] = none
                peaks.at[y, x] = NONE
                peaks.valley[y, x] = e
            if peaks.at[y, x] == NONE:
                peaks.valley[y, x] = min(peaks.valley[y, x], e)
