"""The divisions of a ruler or a stage micrometer in a picture: how many px lie from line to line.

A ruler is lines that are parallel and evenly spaced, some of them longer than others. The picture
is turned until they stand upright, cut across into bands, and in each the lines are found one by
one and their places fitted. The finest division that shows is the one found. What a division is
must not be guessed: where the picture can be read in two ways, it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.checks.even_lines import MOST_WIDTH, Lines, lines_of
from imaging.errors import ImagingError

# Of a picture's shorter side, what is looked at at once; lines are longer.
BANDS, LEAST_BAND_PX = 150, 4
# Lines are no more aslant than this where their direction was found.
MOST_SLOPE = 0.1
# Lines of one ruler go through so many neighbouring bands, and are so dark beside the darkest.
LEAST_BANDS, LEAST_CONTRAST = 3, 0.25
# The same division: by so much bands may differ.
SAME = 0.015
# Of the steps from px to px of the band that has most, where lines are looked for.
LEAST_STEEP = 0.15
# Of lines that others cross, as in a grid, so many bands will do wherever they lie.
CROSSED_BANDS = 6
# Directions are looked at that are so far apart, so many of them.
DIRECTIONS, APART_DEG = 3, 15
# Of the edges across the first, that a direction has.
LEAST_EDGES = 0.05
# Of the depth of a line, of lines between that are fainter than those that were counted.
FAINT = 0.05
TWO_POINTS = "give two points of it in scale_points, and their distance"
NOTHING = (
    "shows no ruler that can be read: nowhere are there ten lines side by side that are evenly "
    f"spaced. Shoot it sharp, flat and in even light, or {TWO_POINTS}"
)


@dataclass(frozen=True)
class Divisions:
    """The divisions of a ruler.

    Attributes
    ----------
    period_px : from one line to the next, in the middle of the ruler
    uncertainty_px : standard uncertainty of that: of the fit, of how it changes along and across
    count : divisions that were measured
    angle_deg : of the ruler, clockwise from the picture's rows, from -90 to 90
    """

    period_px: float
    uncertainty_px: float
    count: int
    angle_deg: float


@dataclass(frozen=True)
class _Band:
    row: int
    lines: Lines


@dataclass(frozen=True)
class _Ruler:
    angle_deg: float
    bands: tuple[_Band, ...]
    others: tuple[_Band, ...]
    slope: float
    turned: NDArray[np.float32]
    high: int

    @property
    def upright_deg(self) -> float:
        return self.angle_deg - float(np.degrees(np.arctan(self.slope)))

    @property
    def best(self) -> Lines:
        return max((band.lines for band in self.bands), key=lambda one: (one.count, -one.rms_px))

    @property
    def period_px(self) -> float:
        return float(np.median([band.lines.period_px for band in self.bands]))

    @property
    def contrast(self) -> float:
        return float(np.median([band.lines.contrast for band in self.bands]))


def find_divisions(light: NDArray) -> Divisions:
    """Find the divisions of the ruler in a picture.

    Parameters
    ----------
    light : (H, W) real numbers, of any scale

    Raises
    ------
    ImagingError : there are no evenly spaced lines, or they can be read in two ways
    """
    picture = np.ascontiguousarray(light, dtype=np.float32)
    if not np.ptp(picture):
        raise ImagingError(NOTHING)
    found = [ruler for angle in _directions(picture) if (ruler := _looked_at(picture, angle))]
    if not found:
        raise ImagingError(NOTHING)
    ruler = max(found, key=lambda one: one.contrast)
    if across := [one for one in found if one.contrast >= LEAST_CONTRAST * ruler.contrast
                  and _apart(one.upright_deg, ruler.upright_deg) > APART_DEG]:  # fmt: skip
        raise ImagingError(
            "has evenly spaced lines in two directions, "
            f"{ruler.period_px:.1f} and {across[0].period_px:.1f} px apart, as a grid has: which "
            f"are the divisions cannot be told; {TWO_POINTS}"
        )
    # Once more where the lines stand upright to a fraction of a px.
    ruler = _looked_at(picture, ruler.upright_deg) or ruler
    _refuse_ambiguous(ruler)
    return _measured(ruler, picture.shape[1])


def _directions(picture: NDArray[np.float32]) -> list[float]:
    """The directions across which most edges lie, and those at right angles, in degrees."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    along, down = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    strength = np.hypot(along, down)
    step = max(1, strength.size // 2_000_000)
    chosen = np.flatnonzero(strength.ravel() >= np.quantile(strength.ravel()[::step], 0.95))
    angle = np.degrees(np.arctan2(down.ravel()[chosen], along.ravel()[chosen])) % 180.0
    weight = strength.ravel()[chosen].astype(np.float64) ** 2
    counts = np.bincount(angle.astype(int) % 180, weight, 180)
    smooth = np.sum([np.roll(counts, k) for k in (-2, -1, 0, 1, 2)], axis=0)
    directions: list[float] = []
    for peak in np.argsort(smooth)[::-1]:
        about = smooth[np.arange(peak - 8, peak + 9) % 180]
        if smooth[peak] == about.max() and all(
            _apart(peak + 0.5, one) > APART_DEG for one in directions
        ):
            directions.append(_finer(angle, weight, peak + 0.5))
        if len(directions) == DIRECTIONS or smooth[peak] < LEAST_EDGES * smooth.max():
            break
    first = directions[0]
    if all(_apart(first + 90.0, one) > APART_DEG for one in directions):
        directions.append((first + 90.0) % 180.0)
    return directions


def _finer(angle: NDArray, weight: NDArray, about: float) -> float:
    """The mean direction of the edges about one."""
    for within in (5.0, 2.0, 2.0):
        off = (angle - about + 90.0) % 180.0 - 90.0
        near = np.abs(off) <= within
        about += float(np.average(off[near], weights=weight[near])) if near.any() else 0.0
    return about % 180.0


def _apart(one: float, other: float) -> float:
    """The angle between two directions."""
    return abs((one - other + 90.0) % 180.0 - 90.0)


def _looked_at(picture: NDArray[np.float32], angle_deg: float) -> _Ruler | None:
    """The ruler in one direction, if there is one."""
    turned, inside = _turned(picture, angle_deg)
    high = max(LEAST_BAND_PX, min(picture.shape) // BANDS)
    profiles = []
    for top in range(0, turned.shape[0] - high + 1, high):
        covered = inside[top : top + high].all(0)
        columns = np.flatnonzero(covered)
        if len(columns) > 40:
            part = slice(columns[0], columns[-1] + 1)
            profiles.append((top, columns[0], turned[top : top + high, part].mean(0)))
    steep = [float(np.abs(np.diff(profile)).mean()) for _, _, profile in profiles]
    every = [
        _Band(top // high, lines)
        for (top, left, profile), steps in zip(profiles, steep)
        if steps > LEAST_STEEP * max(steep)
        for lines in lines_of(profile.astype(np.float64), float(left))
    ]
    if not every:
        return None
    dark = LEAST_CONTRAST * float(np.quantile([band.lines.contrast for band in every], 0.9))
    every = [band for band in every if band.lines.contrast >= dark]
    for period in sorted({band.lines.period_px for band in every}):
        same = {
            band.row: band for band in every if abs(band.lines.period_px / period - 1.0) <= SAME
        }
        if rows := _neighbours(sorted(same)):
            bands = tuple(same[row] for row in rows)
            slope = _slope(bands, high)
            if slope is None or abs(slope) > MOST_SLOPE:
                continue
            others = tuple(band for band in every if band.row not in same)
            return _Ruler(angle_deg, bands, others, slope, turned, high)
    return None


def _turned(picture: NDArray[np.float32], angle_deg: float) -> tuple[NDArray, NDArray[np.bool_]]:
    """A picture turned back by an angle, whole, and where it is."""
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle_deg, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide = int(np.ceil(height * sine + width * cosine))
    high = int(np.ceil(height * cosine + width * sine))
    matrix[:, 2] += (wide - width) / 2, (high - height) / 2
    turned = cv2.warpAffine(picture, matrix, (wide, high), flags=cv2.INTER_CUBIC,
                            borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    whole = np.zeros(picture.shape, np.uint8)
    whole[2:-2, 2:-2] = 1
    inside = cv2.warpAffine(whole, matrix, (wide, high), flags=cv2.INTER_NEAREST) > 0
    return turned, inside


def _neighbours(rows: Sequence[int]) -> list[int]:
    """The longest run of neighbouring bands, if it is long enough, or all, if they are many."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    longest = max(runs, key=len, default=[])
    if len(longest) >= LEAST_BANDS:
        return longest
    return list(rows) if len(rows) >= CROSSED_BANDS else []


def _slope(bands: Sequence[_Band], high: int) -> float | None:
    """By how many px lines go aside for a px down; None where they go not through all bands."""
    rows, offsets = [], []
    for above, below in pairwise(bands):
        if below.row > above.row + 1 or below.lines.is_dark != above.lines.is_dark:
            continue
        period = above.lines.period_px
        gaps = below.lines.places_px[:, None] - above.lines.places_px[None, :]
        nearest = gaps[np.arange(len(gaps)), np.abs(gaps).argmin(1)]
        nearest = nearest[np.abs(nearest) < 0.3 * period]
        if len(nearest) < 0.6 * min(gaps.shape):
            return None
        rows.append(high)
        offsets.append(float(np.median(nearest)))
    return float(np.sum(offsets) / np.sum(rows)) if rows else 0.0


def _refuse_ambiguous(ruler: _Ruler) -> None:
    """Refuse a ruler that can be read in two ways."""
    period, best = ruler.period_px, ruler.best
    if best.width_px > MOST_WIDTH * period:
        raise ImagingError(
            f"has bars {best.width_px:.1f} px broad, {period:.1f} px apart, so that bars and gaps "
            f"are alike: whether one is a division or both cannot be told; {TWO_POINTS}"
        )
    reached = {band.row for band in ruler.bands}
    reach = set(reached)
    for step in (1, -1):
        row = (max if step > 0 else min)(reached)
        others = {band.row for band in ruler.others}
        while row + step in others | reached or row + 2 * step in others:
            row += step
            reach.add(row)
    every = set()
    for band in ruler.others:
        ratio = band.lines.period_px / period
        times = round(ratio)
        if times < 2 or abs(ratio / times - 1.0) > SAME or (band.row not in reach and times == 2):
            raise ImagingError(
                f"has two rows of evenly spaced lines, {period:.1f} and "
                f"{band.lines.period_px:.1f} px apart: which are the divisions cannot be told; "
                f"{TWO_POINTS}"
            )
        if band.row in reach:
            every.add(times)
    if every == {2} or _fainter_between(ruler):
        raise ImagingError(
            f"has lines {period:.1f} px apart, and what lies between looks as if finer ones were "
            f"there that are too faint or blurred to be counted; {TWO_POINTS}"
        )


def _fainter_between(ruler: _Ruler) -> bool:
    """Whether faint lines show at all halves, fourths, fifths or tenths of a division."""
    best = ruler.best
    high = ruler.high
    rows = [band.row for band in ruler.bands]
    steps = np.arange(best.count)[:, None] + np.arange(60)[None, :] / 60
    columns = np.interp(steps, np.arange(best.count + 1), best.places_px)
    sign = -1.0 if best.is_dark else 1.0
    for row in range(max(0, min(rows) - 3), max(rows) + 4):
        part = ruler.turned[row * high : (row + 1) * high]
        if not len(part):
            continue
        profile = part.mean(0).astype(np.float64)
        folded = sign * np.median(np.interp(columns, np.arange(len(profile)), profile), axis=0)
        for parts in (2, 4, 5, 10):
            # At each place against those half way to the next.
            places = np.arange(1, parts) * 60 // parts
            half = 30 // parts
            rises = folded[places] - np.maximum(folded[places - half], folded[(places + half) % 60])
            if rises.min() > FAINT * ruler.contrast:
                return True
    return False


def _measured(ruler: _Ruler, width_px: int) -> Divisions:
    best = ruler.best
    span = best.count * best.period_px
    # How the division changes along the ruler, at the edges of the picture, taken as even.
    drift = abs(best.change_px) * max(1.0, width_px / span) / 2 / np.sqrt(3)
    whole = [one.lines for one in ruler.bands if one.lines.count > 0.7 * best.count]
    across = float(np.std([one.period_px for one in whole]))
    uncertainty = float(np.sqrt(best.uncertainty_px**2 + drift**2 + across**2))
    angle = float((ruler.upright_deg + 90.0) % 180.0 - 90.0)
    return Divisions(best.period_px, uncertainty, best.count, angle)
