"""Evenly spaced lines across a row of brightness: each found, the places of all fitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

# Lines side by side, of which none is missing.
LEAST_LINES = 10
# How much is smoothed before lines are looked for: fine ones, and those in noise.
SMOOTHED_PX = (0.7, 2.0, 5.0)
# Of the depth of the deepest tenth, of a line.
LEAST_DEPTH = 0.2
# From one gap to the next, while lines are counted; of a division, from where a line should be.
LEAST_LIKE, MOST_OFF, OFF_PX = 0.25, 0.02, 0.25
# Of a division, by which it may be longer at one end than at the other: by a ruler that is tilted.
MOST_CHANGE = 0.02
# Half as deep as they are, lines are no broader, in divisions.
MOST_WIDTH = 0.44
# Lines nearer to one another are not told apart.
LEAST_PERIOD_PX = 3.5


@dataclass(frozen=True)
class Lines:
    """Evenly spaced lines.

    Attributes
    ----------
    places_px : of each, in its order
    period_px : from one to the next, in the middle of all
    uncertainty_px : standard uncertainty of that, by the fit
    change_px : by how much it is longer at the end than at the beginning
    rms_px : of the distances of lines from where they should be
    width_px : of a line, at half its depth
    contrast : depth of a line, as brightness is given
    is_dark : whether lines are darker than what is between them
    """

    places_px: NDArray[np.float64]
    period_px: float
    uncertainty_px: float
    change_px: float
    rms_px: float
    width_px: float
    contrast: float
    is_dark: bool

    @property
    def count(self) -> int:
        """Divisions between the lines."""
        return len(self.places_px) - 1


def lines_of(profile: NDArray[np.float64], first_px: float = 0.0) -> Iterator[Lines]:
    """The finest evenly spaced lines in a row, dark or light, the narrower if both are.

    Parameters
    ----------
    profile : (N,) brightness
    first_px : where it begins
    """
    found = [
        lines
        for smoothed in SMOOTHED_PX
        for is_dark in (True, False)
        for lines in _by(profile, smoothed, is_dark)
    ]
    if found:
        finest = min(one.period_px for one in found)
        alike = [one for one in found if one.period_px < 1.1 * finest]
        # Of those that are as broad as what is between, the dark ones.
        kind = min(
            alike, key=lambda one: (round(10 * one.width_px / one.period_px), not one.is_dark)
        )
        is_dark = kind.is_dark
        alike = [one for one in alike if one.is_dark == is_dark]
        most = max(one.count for one in alike)
        # The least smoothed of those that have nearly all, so that their breadth is their own.
        best = next(one for one in alike if one.count >= 0.8 * most)
        yield Lines(**{**vars(best), "places_px": best.places_px + first_px})


def _by(profile: NDArray[np.float64], smoothed_px: float, is_dark: bool) -> Iterator[Lines]:
    # Takes a second to load, and whoever only imports this file has no lines.
    from scipy.signal import find_peaks

    soft = gaussian_filter1d(profile, smoothed_px) * (-1.0 if is_dark else 1.0)
    peaks, known = find_peaks(soft, prominence=float(np.ptp(soft)) * 0.02)
    if len(peaks) < LEAST_LINES:
        return
    depths = known["prominences"]
    deep = depths >= LEAST_DEPTH * np.quantile(depths, 0.9)
    peaks, depths = peaks[deep], depths[deep]
    for start, end in _runs(np.diff(peaks)):
        chosen = peaks[start:end]
        before, here, after = soft[chosen - 1], soft[chosen], soft[chosen + 1]
        bend = before - 2 * here + after
        places = chosen + np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-12), 0)
        fitted = _fitted(places)
        if fitted is None:
            continue
        period, uncertainty, change, rms = fitted
        width = period * _share_of(profile * (-1.0 if is_dark else 1.0), places)
        contrast = float(np.median(depths[start:end]))
        yield Lines(places, period, uncertainty, change, rms, width, contrast, is_dark)


def _share_of(profile: NDArray[np.float64], places: NDArray[np.float64]) -> float:
    """How much of a division is line: where the mean of all is more than half as high."""
    steps = np.arange(len(places) - 1)[:, None] + np.arange(60)[None, :] / 60
    columns = np.interp(steps, np.arange(len(places)), places)
    folded = np.interp(columns, np.arange(len(profile)), profile).mean(0)
    return float((folded > (folded.max() + folded.min()) / 2).mean())


def _runs(gaps: NDArray[np.int_]) -> Iterator[tuple[int, int]]:
    """From which to which line gaps are alike."""
    start = 0
    for k in range(1, len(gaps) + 1):
        # Of gaps of few px, rounding makes neighbours unlike by one.
        slack = 0 if k == len(gaps) else LEAST_LIKE * gaps[k - 1] + 1
        if k == len(gaps) or abs(gaps[k] - gaps[k - 1]) > slack:
            if k - start + 1 >= LEAST_LINES:
                yield start, k + 1
            start = k


def _fitted(places: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    """Period, its uncertainty, its change and what is left; None where lines are not even."""
    numbers = np.arange(len(places)) - (len(places) - 1) / 2
    design = np.stack([np.ones_like(numbers), numbers, numbers**2], 1)
    found, *_ = np.linalg.lstsq(design, places, rcond=None)
    off = places - design @ found
    period, change = float(found[1]), float(2 * found[2] * (len(places) - 1))
    rms = float(np.sqrt((off**2).sum() / (len(places) - 3)))
    if (
        period < LEAST_PERIOD_PX
        or rms > max(MOST_OFF * period, OFF_PX)
        or np.abs(off).max() > 0.2 * period
        or abs(change) > MOST_CHANGE * period
    ):
        return None
    return period, rms / float(np.sqrt((numbers**2).sum())), change, rms
