"""Whether a part of a frame has other light than the frames around it show there.

A shutter's curtain, a flash of two that misfired, or a hand covers a part of a frame: its mean is
hardly off, so that the whole is made brighter, and what is covered stays black. Defocus carries
light over small distances, so that large parts are compared, and with the frames before as well as
with those behind: what the subject does, it does on the way from one to the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.cells import cells_in_frame
from imaging.sampling.luminance import CHANNEL_WEIGHTS
from imaging.sampling.ranks import median_of_known, quantile

# So many cells of a thumbnail, each way, are a part: an eighth of the picture's height.
PART_CELLS = 8
# So many frames on either side say what light there is; fewer than two say nothing.
BESIDE, LEAST_BESIDE = 3, 2
# What is darker than this, or than this part of a frame's mean light, is as dark: on a black ground
# the little that defocus brings there is many times what was there.
LEAST_LIGHT, LEAST_PART = 0.002, 0.25
# This part of the picture, at either end, may be what it likes.
ALONE = 0.05


def uneven_stops(
    thumbnails: NDArray[np.float32], transforms: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much brighter one part of each frame is than another, by what the others show there.

    Parameters
    ----------
    thumbnails : (N, h, w, 3) float32, 0..1, linear light
    transforms : (N, 3, 3), frame px → reference px
    shape : (rows, columns) of a frame

    Returns
    -------
    stops : (N,) float64, 0 or more; 0 in stacks of fewer than four frames
    shares : (N,) float64, 0..1, of the picture that is the darker one
    """
    count = len(thumbnails)
    stops, shares = np.zeros(count), np.zeros(count)
    if count <= BESIDE:
        return stops, shares
    light = np.stack([_parts(*one, shape) for one in zip(thumbnails, transforms, strict=True)])
    for k in range(count):
        off = _off(light, k)
        off = off[np.isfinite(off)]
        if len(off) < 1 / ALONE:
            continue
        low, high = quantile(off, ALONE), quantile(off, 1.0 - ALONE)
        stops[k], shares[k] = high - low, float((off < (low + high) / 2).mean())
    return stops, shares


def _parts(
    thumbnail: NDArray[np.float32], transform: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Light of the parts of a frame in stops, where the reference has them; nan outside."""
    rows, columns = thumbnail.shape[:2]
    y, x, inside = cells_in_frame(np.linalg.inv(transform), (rows, columns), shape)
    ys, xs = np.mgrid[:rows, :columns]
    high, wide = (max(1, side // PART_CELLS) for side in (rows, columns))
    part = (ys * high // rows * wide + xs * wide // columns).ravel()
    light = thumbnail[y, x].astype(np.float64) @ CHANNEL_WEIGHTS
    sums, seen, all_cells = (
        np.bincount(which, weights, high * wide)
        for which, weights in ((part[inside], light), (part[inside], None), (part, None))
    )
    means = sums / np.maximum(seen, 1)
    least = max(LEAST_LIGHT, LEAST_PART * sums.sum() / max(seen.sum(), 1.0))
    stops = np.log2(np.maximum(means, least))
    return np.where(2 * seen >= all_cells, stops, np.nan)


def _off(light: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """How much brighter the parts of a frame are than before and behind it; the smaller of both."""
    before, behind = list(range(k))[::-1], list(range(k + 1, len(light)))
    if min(len(before), len(behind)) >= LEAST_BESIDE:
        first, second = (light[k] - _usual(light[side[:BESIDE]]) for side in (before, behind))
        smaller = np.where(np.abs(first) < np.abs(second), first, second)
        return np.where(first * second < 0, 0.0, smaller)
    # At an end of the stack: more than what changes from there to the frame behind.
    side = max(before, behind, key=len)
    usual, further = (median_of_known(light[one]) for one in (side[:BESIDE], side[1 : BESIDE + 1]))
    off = light[k] - usual
    return np.sign(off) * np.maximum(np.abs(off) - np.abs(usual - further), 0.0)


def _usual(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """What light the parts have in frames on a side, (n, parts); one of two may be dark too."""
    few = len(light) == LEAST_BESIDE
    return (np.fmax(*light) if few else median_of_known(light)).astype(np.float64, copy=False)
