"""A camera's own matrix and white balance, made from a raw that shows a colour target.

LibRaw's matrix is that of the camera's maker or Adobe's, for their light. One that is made from a
target under the light of a session knows that light, and no more colours than the target has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from imaging.errors import ImagingError
from imaging.frames import colour
from imaging.frames.raws import Development
from imaging.targets.charts import Chart
from imaging.targets.lab import colorants, delta_e_2000, lab_of_xyz, xyz_of_lab
from imaging.targets.patches import measure

# With fewer patches the six free numbers would follow their noise.
LEAST_PATCHES = 12
# Greys between these, in L*, tell the balance: neither near clipping nor in the dark.
_GREYS = (25.0, 90.0)
# Where red, green and blue of most patches differ by less than this share, there is no colour.
_ONE_COLOUR = 0.01
# A development into linear sRGB by this matrix leaves a camera's colours as they are.
_AS_THEY_ARE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# The patches are left out in so many turns, to see what the matrix makes of others than it knows.
_TURNS = 8
_MOST_STEPS = 30


@dataclass(frozen=True)
class Camera:
    """How a camera sees under a light.

    Attributes
    ----------
    white_balance : multipliers of red, green and blue, green 1
    matrix : nine numbers, from balanced red, green and blue to linear sRGB
    color_mean : mean ΔE2000 of the target's patches, developed so, at their best exposure
    left_out_mean : the same of patches by a matrix that was made without them
    """

    white_balance: tuple[float, ...]
    matrix: tuple[float, ...]
    color_mean: float
    left_out_mean: float


def camera_of(
    develop: Callable[[Development], NDArray[np.uint16]],
    development: Development,
    chart: Chart,
    corners: NDArray[np.float64],
) -> Camera:
    """Make a camera's matrix and balance from a raw of a target.

    Parameters
    ----------
    develop : gives the shot, developed so
    development : how it was developed: its levels and balance are gone on from

    Raises
    ------
    ImagingError : a monochrome camera, too few patches that are not clipped, no grey one; the
        reason alone
    """
    own = replace(development, colour_space="srgb", camera_matrix=_AS_THEY_ARE)
    srgb = colour.profile("srgb")
    found = measure(develop(own), srgb, chart, corners)
    sure = ~found.clipped
    if sure.sum() < LEAST_PATCHES:
        raise ImagingError(
            f"it shows {sure.sum()} patches that are not clipped, and {LEAST_PATCHES} are needed"
        )
    true = found.chart.lab[sure]
    from_xyz = np.linalg.inv(colorants(srgb)).T
    seen, wanted = (xyz_of_lab(lab) @ from_xyz for lab in (found.lab[sure], true))
    if np.median(np.abs(seen / seen[:, :1] - 1.0)) < _ONE_COLOUR:
        raise ImagingError("the camera is a monochrome one")
    grey = found.chart.neutral[sure] & (true[:, 0] > _GREYS[0]) & (true[:, 0] < _GREYS[1])
    if not grey.any():
        raise ImagingError("it shows no grey patch by which it could be balanced")
    gain = (wanted[grey] / seen[grey]).mean(axis=0)
    seen = seen * (gain / gain[1])
    fitted = _fit(seen, true)
    turns = np.arange(len(seen)) % _TURNS
    others = [
        _differences(_fit(seen[turns != k], true[turns != k]), seen[turns == k], true[turns == k])
        for k in range(_TURNS)
    ]
    balance = np.array(development.white_balance[:3]) * gain
    return Camera(
        tuple(round(float(value), 4) for value in balance / balance[1]),
        tuple(round(float(value), 4) for value in _matrix(fitted).ravel()),
        float(_differences(fitted, seen, true).mean()),
        float(np.concatenate(others).mean()),
    )


def _fit(seen: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """The six free numbers of a matrix and the logarithm of the exposure, by the least ΔE2000."""
    start = np.zeros(7)
    # Far below what a patch's median tells; a difference is no smooth function where it is nothing.
    found = optimize.least_squares(
        _differences, start, args=(seen, true), x_scale=0.1, ftol=1e-3, max_nfev=_MOST_STEPS
    )
    return np.asarray(found.x, np.float64)


def _differences(
    numbers: NDArray[np.float64], seen: NDArray[np.float64], true: NDArray[np.float64]
) -> NDArray[np.float64]:
    light = np.exp(numbers[6]) * seen @ _matrix(numbers).T
    return delta_e_2000(true, lab_of_xyz(light @ _to_xyz().T))


@cache
def _to_xyz() -> NDArray[np.float64]:
    return colorants(None)


def _matrix(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix whose rows sum to 1, so that what is balanced stays grey."""
    matrix = np.eye(3)
    matrix[~np.eye(3, dtype=bool)] = numbers[:6]
    np.fill_diagonal(matrix, 1.0 - numbers[:6].reshape(3, 2).sum(axis=1))
    return matrix
