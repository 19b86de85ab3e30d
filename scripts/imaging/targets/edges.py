"""How sharp a picture is: the spatial frequency response of a slanted edge (ISO 12233).

Each row of px crosses the edge at another phase; all rows together sample its profile four times as
finely as the px do. Its derivative is the line spread, whose spectrum is the response.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError

# Bins a px, as ISO 12233 has it.
_BINS = 4
# An edge more upright samples each row alike, one more slanted is none by ISO 12233.
LEAST_DEGREES, MOST_DEGREES = 1.0, 20.0
LEAST_PX = 24
# Steps smaller than this share of white, or this many times the noise beside it, are no edge.
_LEAST_STEP, _LEAST_OVER_NOISE = 0.02, 8.0
# The response is asked for as far as this, in cycles a px: twice what the px can hold.
_END = 1.0


@dataclass(frozen=True)
class Response:
    """What of a pattern's contrast a picture has, by its fineness.

    Attributes
    ----------
    frequency : (K,) cycles a px
    response : (K,) 1 at frequency 0
    mtf50, mtf10 : cycles a px at which half and a tenth of the contrast is left; not above `_END`
    angle_degrees : of the edge against rows or columns of px
    """

    frequency: NDArray[np.float64]
    response: NDArray[np.float64]
    mtf50: float
    mtf10: float
    angle_degrees: float

    @property
    def sampling_efficiency_percent(self) -> float:
        """How far a tenth of the contrast reaches, of what the px can hold; at most 100."""
        return min(100.0, 100.0 * self.mtf10 / 0.5)

    def smallest_detail_px(self) -> float:
        """The period of the finest pattern that has a tenth of its contrast; no less than 2."""
        return 1.0 / min(self.mtf10, 0.5)


def slanted_edge(light: NDArray[np.float64]) -> Response:
    """The response of what made a picture of a straight edge, across the edge.

    Parameters
    ----------
    light : (H, W) linear light 0..1; dark on one side of the edge and light on the other, both even

    Raises
    ------
    ImagingError : no single straight edge, too little contrast, too upright or too slanted
    """
    if min(light.shape) < LEAST_PX:
        raise ImagingError(f"is smaller than {LEAST_PX} px; take in more of the edge")
    across, down = (np.abs(np.diff(light.mean(axis=k))).max() for k in (0, 1))
    rows = light if across >= down else light.T
    if rows[:, -1].mean() < rows[:, 0].mean():
        rows = rows[:, ::-1]
    _refuse_flat(rows)
    place, slope = _line(rows)
    angle = float(np.degrees(np.arctan(abs(slope))))
    if not LEAST_DEGREES <= angle <= MOST_DEGREES:
        raise ImagingError(
            f"has an edge at {angle:.1f}° to the px; turn it by {LEAST_DEGREES:.0f} to "
            f"{MOST_DEGREES:.0f}°, best 5°"
        )
    x = np.arange(rows.shape[1])
    middle = place + slope * np.arange(rows.shape[0])
    distance = (x[None, :] - middle[:, None]) * np.cos(np.arctan(slope))
    frequency, response = _spectrum(_profile(distance, rows))
    half, tenth = (_falls_to(frequency, response, level) for level in (0.5, 0.1))
    return Response(frequency, response, half, tenth, angle)


def _refuse_flat(rows: NDArray[np.float64]) -> None:
    fifth = max(rows.shape[1] // 5, 2)
    sides = rows[:, :fifth], rows[:, -fifth:]
    step = abs(float(sides[1].mean() - sides[0].mean()))
    noise = max(float(np.diff(side, axis=1).std()) for side in sides)
    if step < max(_LEAST_STEP, _LEAST_OVER_NOISE * noise):
        raise ImagingError("shows no edge with enough contrast from its one side to the other")


def _line(rows: NDArray[np.float64]) -> tuple[float, float]:
    """Where the edge is in the first row, and how it goes on from row to row, px."""
    steps = np.diff(rows, axis=1)
    x = np.arange(steps.shape[1]) + 0.5
    y = np.arange(len(rows))
    middle = np.full(len(rows), x.mean())
    # The window narrows on the edge: what is uneven beside it pulls at the first guess alone.
    for width in (len(x), len(x) / 2, len(x) / 2):
        window = np.cos(np.clip((x - middle[:, None]) / width, -0.5, 0.5) * np.pi) ** 2
        weights = np.maximum(steps, 0.0) * window
        total = weights.sum(axis=1)
        if (total <= 0).any():
            raise ImagingError("shows no edge that goes through from end to end")
        slope, place = np.polyfit(y, (weights * x).sum(axis=1) / total, 1)
        middle = place + slope * y
    if middle.min() < 2 or middle.max() > len(x) - 2:
        raise ImagingError("shows no edge that goes through from end to end")
    return float(place), float(slope)


def _profile(distance: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The light across the edge, at every quarter px."""
    # As far as every row goes, on both sides alike, so that the window lies on the edge.
    reach = min(-distance[:, 0].min(), distance[:, -1].max(), -distance[:, 0].max())
    reach = np.floor(min(reach, distance[:, -1].min()) * _BINS) / _BINS
    place = np.rint(distance * _BINS).astype(int)
    half = int(reach * _BINS)
    inside = np.abs(place) <= half
    counts = np.bincount(place[inside] + half, minlength=2 * half + 1)
    sums = np.bincount(place[inside] + half, rows[inside], minlength=2 * half + 1)
    filled = counts > 0
    if filled.mean() < 0.9:
        raise ImagingError("has too few rows across the edge; take in more of it")
    where = np.arange(2 * half + 1)
    return np.interp(where, where[filled], sums[filled] / counts[filled])


def _spectrum(profile: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spread = (profile[2:] - profile[:-2]) / 2.0
    spread = spread * np.hamming(len(spread))
    size = max(len(spread), 64 * _BINS)
    response = np.abs(np.fft.rfft(spread, size))
    frequency = np.fft.rfftfreq(size, 1.0 / _BINS)
    # What the difference of next but one, and a bin a quarter px wide, take of the response.
    loss = np.sinc(2.0 * frequency / _BINS) * np.sinc(frequency / _BINS)
    kept = frequency <= _END
    shares = response[kept] / response[0] / np.maximum(loss[kept], 0.1)
    return np.asarray(frequency[kept], np.float64), np.asarray(shares, np.float64)


def _falls_to(frequency: NDArray[np.float64], response: NDArray[np.float64], level: float) -> float:
    below = np.flatnonzero(response < level)
    if not len(below):
        return float(frequency[-1])
    k = below[0]
    share = (response[k - 1] - level) / (response[k - 1] - response[k])
    return float(frequency[k - 1] + share * (frequency[k] - frequency[k - 1]))
