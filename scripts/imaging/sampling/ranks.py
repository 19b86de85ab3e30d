"""Medians and quantiles as numpy's, to the last bit.

Numpy's own load its masked arrays first, which takes as long as to align a small frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def median(values: ArrayLike, axis: int | None = None) -> NDArray[np.floating]:
    """The middle of floating-point numbers, or the mean of the two; nan where there is none.

    Parameters
    ----------
    axis : that goes away; None where the median is that of all
    """
    ordered = np.sort(values, axis=axis)
    count = ordered.shape[axis or 0]
    if count == 0:
        return np.full(np.delete(ordered.shape, axis or 0), np.nan)
    middle = ordered.take([(count - 1) // 2, count // 2], axis or 0).mean(axis or 0)
    # What is no number was sorted to the end.
    return np.where(np.isnan(ordered.take(-1, axis or 0)), np.nan, middle).astype(middle.dtype)


def median_of_known(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Medians of (n, k) along n, of what is a number alone; nan where nothing is."""
    ordered = np.sort(values, axis=0)
    known = len(values) - np.isnan(values).sum(0)
    below, above = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, len(values) - 1)
    places = np.arange(values.shape[1])
    return (ordered[below, places] + ordered[above, places]) / 2


def quantile(values: NDArray[np.floating], share: float) -> np.floating:
    """The number that a share of all, at least one, lie below, between two in a straight line."""
    count = values.size
    place = (count - 1) * share
    first = int(place)
    last = min(first + 1, count - 1)
    ordered = np.partition(values, (first, last, count - 1), axis=None)
    if np.isnan(ordered[-1]):
        return values.dtype.type(np.nan)
    below, above, part = ordered[first], ordered[last], place - first
    step = above - below
    return below + step * part if part < 0.5 else above - step * (1 - part)
