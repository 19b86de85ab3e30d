"""Registration of a pair of frames: where a pixel of one lies in the other.

Frames of a focus stack differ in what is sharp, a little in position, rotation and magnification,
and in brightness. A pair is registered directly on intensities from coarse to fine, which uses
every edge that both frames show, sharp or blurred: defocus blurs symmetrically and so hardly moves
an edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.descent import descend
from imaging.alignment.detail import Detail, Level

# Halved or doubled, none of the numbers of a search or of its steps changes the largest error of a
# made stack whose motions are known, 0.039 px, by a thousandth.

# A search begins at the first resolution with so long a longer side.
SEARCH_SIDE_PX = 160
# Detail that agrees so well at rest, or nearly so, need not be looked for further away.
CERTAIN_CORRELATION = 0.9
# So many of the likeliest shifts are tried, peaks of as many px each way; a shift by a larger share
# of the frame leaves too little in common to be believed.
TRIED_SHIFTS, PEAK_PX, LARGEST_SHIFT = 4, 5, 0.4
# Steps at most: of a search, and from one resolution to the next.
SEARCH_STEPS, STEPS = 25, 12


def _rescaled(matrix: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """The same motion in px of an image `factor` times as fine; px centres lie at integers."""
    to_coarse = np.array(
        [[1 / factor, 0, 0.5 / factor - 0.5], [0, 1 / factor, 0.5 / factor - 0.5], [0, 0, 1.0]]
    )
    return np.linalg.inv(to_coarse) @ matrix @ to_coarse


def _shift_candidates(template: Level, image: Level) -> list[NDArray[np.float64]]:
    """The most likely shifts, by cross-correlation of gradient strength over the whole frame."""
    # Most frames lie near to each other, and loading scipy takes as long as a small stack.
    from scipy import ndimage

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
    peaks = (surface == ndimage.maximum_filter(surface, PEAK_PX)) & (surface > 0)
    ys, xs = np.nonzero(peaks)
    best = np.argsort(surface[ys, xs], kind="stable")[::-1][:TRIED_SHIFTS]
    return [
        np.array([[1, 0, float(xs[k] - limit_x)], [0, 1, float(ys[k] - limit_y)], [0, 0, 1]])
        for k in best
    ]


def _search(
    template: Level, image: Level, model: str
) -> tuple[NDArray[np.float64], float, NDArray[np.float64] | None] | None:
    """Find a motion of any size at a coarse level; as `descend`, None where there is none."""

    def refined(start: NDArray[np.float64]) -> tuple[NDArray, float, NDArray | None]:
        # Magnification and turn run away where the shift is still far off.
        shifted, correlation, covariance = descend(
            template, image, start, "translation", SEARCH_STEPS
        )
        if correlation == -1.0:
            return shifted, correlation, covariance
        return descend(template, image, shifted, model, SEARCH_STEPS)

    near = refined(np.eye(3))
    if near[1] > CERTAIN_CORRELATION:
        return near
    far = [refined(start) for start in _shift_candidates(template, image)]
    best = max([near, *far], key=lambda estimate: estimate[1])
    return best if best[1] > -1.0 else None


@dataclass(frozen=True)
class _Estimate:
    matrix: NDArray[np.float64]
    correlation: float
    covariance: NDArray[np.float64] | None
    binning: int

    @property
    def sigma_px(self) -> float:
        """Standard error at the frame's corners, full-resolution px."""
        assert self.covariance is not None
        corner = np.array([[1, 0, 1, 1, 0, 0], [0, 1, 0, 0, 1, 1]], float)
        return float(np.sqrt(np.trace(corner @ self.covariance @ corner.T)) * self.binning)


def register_pair(
    first: Detail,
    second: Detail,
    model: str = "affine",
    guess: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], float, float]:
    """Measure the transform from px of `second` to px of `first`.

    Parameters
    ----------
    first, second : of two frames of equal shape
    model : one of `models.MODELS`
    guess : (3, 3) full-resolution px, or None to search the whole frame

    Returns
    -------
    matrix : (3, 3) float64, full-resolution px
    correlation : -1..1 of the detail at the finest level used
    sigma_px : predicted standard error at the corners, full-resolution px
    """
    levels = len(first.levels)
    binnings = [
        first.light.binning * 2 ** (len(first.levels) - 1 - k) for k in range(len(first.levels))
    ]
    start = 0
    if guess is None:
        start = next(
            (k for k in range(levels) if max(first.levels[k].image.shape) >= SEARCH_SIDE_PX),
            levels - 1,
        )
        coarse = _search(second.levels[start], first.levels[start], model)
        if coarse is None:
            return np.eye(3), -1.0, np.inf
        matrix, correlation, covariance = coarse
        start += 1
    else:
        matrix = _rescaled(guess, 1.0 / binnings[start])
        correlation, covariance = -1.0, None
    kept = _Estimate(matrix, correlation, covariance, binnings[max(start - 1, 0)])
    for k in range(start, levels):
        if k > 0 and not (guess is not None and k == start):
            matrix = _rescaled(matrix, 2.0)
        matrix, correlation, covariance = descend(
            second.levels[k], first.levels[k], matrix, model, STEPS
        )
        if covariance is None:
            break
        estimate = _Estimate(matrix, correlation, covariance, binnings[k])
        # Noise alone is left at the finer levels of a frame that is all blurred.
        if kept.covariance is not None and estimate.sigma_px > kept.sigma_px:
            break
        kept = estimate
    if kept.covariance is None:
        return np.eye(3), -1.0, np.inf
    return _rescaled(kept.matrix, float(kept.binning)), kept.correlation, kept.sigma_px
