"""The light of a picture: what is left of it where detail is smoothed away.

The Gaussian pyramid and its expansion of Burt and Adelson, as in `sampling.pyramid`, cut out
anywhere: a picture goes on beyond its border with its border px, and a px's light is made of the
px round about in one order, so that it is the same in every box that holds it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_LEVELS, MOST_LEVELS = 2, 6


def levels_for(diameter_px: float) -> int:
    """How often the picture is halved, so that what is finer than the brush counts as detail."""
    return min(max(int(diameter_px / 8.0).bit_length() - 1, LEAST_LEVELS), MOST_LEVELS)


def reach_px(levels: int) -> int:
    """Px round about that decide a px's light at most."""
    return 4 << levels


def smooth(values: NDArray[np.float32], levels: int) -> NDArray[np.float32]:
    """The light of an array whose first px has a place that 2^levels divides.

    Parameters
    ----------
    values : (h, w, …) float32; h and w are multiples of 2^levels. Of the result, what is nearer to
        the border than `reach_px` is of no use
    """
    for _ in range(levels):
        values = _halved(_halved(values, 0), 1)
    for _ in range(levels):
        values = _doubled(_doubled(values, 0), 1)
    return values


def _halved(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Every other px along an axis, weighted 1-4-6-4-1."""
    v = np.moveaxis(values, axis, 0)
    v = np.concatenate([v[:1], v[:1], v, v[-1:]])
    count = values.shape[axis] // 2
    a, b, c, d, e = (v[k : k + 2 * count : 2] for k in range(5))
    out = ((a + e) + np.float32(4.0) * (b + d) + np.float32(6.0) * c) * np.float32(1.0 / 16.0)
    return np.moveaxis(out, 0, axis)


def _doubled(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Twice as many px along an axis."""
    v = np.moveaxis(values, axis, 0)
    after = np.concatenate([v[1:], v[-1:]])
    before = np.concatenate([v[:1], v[:-1]])
    out = np.empty((2 * len(v), *v.shape[1:]), np.float32)
    out[::2] = np.float32(0.125) * (before + after) + np.float32(0.75) * v
    out[1::2] = np.float32(0.5) * (v + after)
    return np.moveaxis(out, 0, axis)
