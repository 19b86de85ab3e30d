"""Registration of a pair of frames: where a pixel of one lies in the other.

Frames of a focus stack differ in what is sharp, a little in position, rotation and magnification,
and in brightness. A pair is registered directly on intensities from coarse to fine, which uses
every edge that both frames show, sharp or blurred, down to the finest resolution, or to the one
beyond which both are blurred all over and finer ones tell no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.descent import CONVERGED_PX, Match, descend
from imaging.alignment.detail import Detail, Level
from imaging.alignment.small_matrices import inverse, product
from imaging.sampling.geometry import corners

# A search begins at the first resolution with so long a longer side.
SEARCH_SIDE_PX = 160
# Detail that agrees so well at rest, or nearly so, need not be looked for further away.
CERTAIN_CORRELATION = 0.9
# So many of the likeliest shifts are tried, peaks of as many px each way; a shift by a larger share
# of the frame leaves too little in common to be believed.
TRIED_SHIFTS, PEAK_PX, LARGEST_SHIFT = 4, 5, 0.4
# Steps at most: of a search, and from one resolution to the next.
SEARCH_STEPS, STEPS = 25, 12
# So exactly must a shift be known, px of the level, before magnification and turn are sought too;
# and so exactly a motion, where finer resolutions tell it better.
ROUGH_PX, COARSELY_PX = 0.1, 1e-2
# What is as smooth at one resolution as at the next coarser one has a quarter of its squared
# slopes. Frames that have no larger share of them are blurred all over, and the coarser one tells
# as much: made frames beyond the subject have 0.29 to 0.36, others, and real ones, 0.4 to 0.9.
SMOOTHER = 0.38
# What is nearly known is sought at so many of the finest resolutions.
GUESSED_LEVELS = 2
# What is out of focus, or glare, may lie elsewhere than what is sharp, and leads astray the more,
# the coarser the resolution: by so many px of it. Corners of flies in amber lie 1.0 px off at the
# third resolution, 0.15 at the finest, by the phase of their spectra.
ASTRAY_PX = 0.05


def _rescaled(matrix: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """The same motion in px of an image `factor` times as fine; px centres lie at integers."""
    to_coarse = np.array(
        [[1 / factor, 0, 0.5 / factor - 0.5], [0, 1 / factor, 0.5 / factor - 0.5], [0, 0, 1.0]]
    )
    return product(inverse(to_coarse), matrix, to_coarse)


def _shift_candidates(template: Level, image: Level) -> list[NDArray[np.float64]]:
    """The most likely shifts, by cross-correlation of gradient strength over the whole frame."""
    spectra = []
    for level in (template, image):
        gradient = np.nan_to_num(np.hypot(*np.gradient(level.image.astype(np.float64))))
        gradient -= gradient.mean()
        padded = np.zeros((2 * gradient.shape[0], 2 * gradient.shape[1]))
        padded[: gradient.shape[0], : gradient.shape[1]] = gradient
        spectra.append(np.fft.rfft2(padded))
    surface = np.fft.irfft2(np.conj(spectra[0]) * spectra[1])
    rows, columns = surface.shape
    # The surface is twice as large as the frame.
    limit_y, limit_x = int(LARGEST_SHIFT / 2 * rows), int(LARGEST_SHIFT / 2 * columns)
    surface = np.roll(surface, (limit_y, limit_x), (0, 1))[: 2 * limit_y + 1, : 2 * limit_x + 1]
    peaks = (surface == _largest_near(surface)) & (surface > 0)
    ys, xs = np.nonzero(peaks)
    best = np.argsort(surface[ys, xs], kind="stable")[::-1][:TRIED_SHIFTS]
    return [
        np.array([[1, 0, float(xs[k] - limit_x)], [0, 1, float(ys[k] - limit_y)], [0, 0, 1]])
        for k in best
    ]


def _largest_near(surface: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value within PEAK_PX px each way of every px; scipy's loads for 0.2 s."""
    for axis in (0, 1):
        reach = [(0, 0), (0, 0)]
        reach[axis] = (PEAK_PX // 2, PEAK_PX // 2)
        beside = np.pad(surface, reach, constant_values=-np.inf)
        lines = np.lib.stride_tricks.sliding_window_view(beside, PEAK_PX, axis)
        surface = lines.max(-1)
    return surface


def _search(template: Level, image: Level, model: str, converged_px: float) -> Match | None:
    """Find a motion of any size at a coarse level; None where there is none."""

    def refined(start: NDArray[np.float64]) -> Match:
        # Magnification and turn run away where the shift is still far off.
        shifted = descend(template, image, start, "translation", SEARCH_STEPS, ROUGH_PX)
        if shifted.correlation == -1.0:
            return shifted
        return descend(template, image, shifted.matrix, model, SEARCH_STEPS, converged_px)

    near = refined(np.eye(3))
    if near.correlation > CERTAIN_CORRELATION:
        return near
    # No shift at all, which is often among the likeliest, was tried.
    far = [refined(start) for start in _shift_candidates(template, image) if start[:2, 2].any()]
    best = max([near, *far], key=lambda match: match.correlation)
    return best if best.correlation > -1.0 else None


class Registered(NamedTuple):
    """How a frame lies to another.

    Attributes
    ----------
    matrix : (3, 3) float64, full-resolution px of the second frame → of the first
    correlation : -1..1 of the detail at the finest level used; -1 where nothing is known
    sways : (C, 3, 3) float64, what each part of the frame adds to `matrix` by itself
    sigma_px : predicted standard error at the corners, full-resolution px
    """

    matrix: NDArray[np.float64]
    correlation: float
    sways: NDArray[np.float64]
    sigma_px: float


NOTHING = Registered(np.eye(3), -1.0, np.zeros((0, 3, 3)), np.inf)


def register_pair(
    first: Detail,
    second: Detail,
    model: str = "affine",
    guess: NDArray[np.float64] | None = None,
) -> Registered:
    """Measure the transform from px of `second` to px of `first`.

    Parameters
    ----------
    first, second : of two frames of equal shape
    model : one of `models.MODELS`
    guess : (3, 3) full-resolution px, or None to search the whole frame
    """
    binnings = [first.light.binning * 2**k for k in reversed(range(len(first.levels)))]
    levels = _telling(first, second)
    enough = [COARSELY_PX] * (levels - 1) + [CONVERGED_PX]
    start = 0
    kept: Match | None = None
    if guess is None:
        start = next(
            (k for k in range(levels) if max(first.levels[k].image.shape) >= SEARCH_SIDE_PX),
            levels - 1,
        )
        kept = _search(second.levels[start], first.levels[start], model, enough[start])
        if kept is None:
            return NOTHING
        matrix = _rescaled(kept.matrix, 2.0)
        start += 1
    else:
        start = max(levels - GUESSED_LEVELS, 0)
        matrix = _rescaled(guess, 1.0 / binnings[start])
    best = NOTHING
    if kept is not None:
        best = _registered(kept, start - 1, binnings, first)
    for k in range(start, levels):
        match = descend(second.levels[k], first.levels[k], matrix, model, STEPS, enough[k])
        found = _registered(match, k, binnings, first)
        # Noise alone is left at the finer levels of a frame that is all blurred.
        if not found.sigma_px < best.sigma_px:
            break
        best = found
        matrix = _rescaled(match.matrix, 2.0)
    return best


def _telling(first: Detail, second: Detail) -> int:
    """How many resolutions there are until finer ones tell no more, for both frames are blurred."""
    slopes = np.array([first.slopes, second.slopes])
    count = slopes.shape[1]
    while count > 1 and (slopes[:, count - 1] < SMOOTHER * slopes[:, count - 2]).all():
        count -= 1
    return count


def _registered(match: Match, k: int, binnings: Sequence[int], frame: Detail) -> Registered:
    """A match at level `k`, in full-resolution px."""
    if match.sways is None:
        return NOTHING
    binning = float(binnings[k])
    sways = _rescaled(match.sways, binning)
    spread = ((sways @ corners(frame.light.shape))[:, :2] ** 2).sum((0, 1)).max()
    sigma = float(np.hypot(np.sqrt(spread), ASTRAY_PX * binning))
    return Registered(_rescaled(match.matrix, binning), match.correlation, sways, sigma)
