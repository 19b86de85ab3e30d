"""The depth map as it is delivered: depth where it is known, nothing where it is not.

A depth is known where three findings agree: neighbours are sure of it (`agreement`); the sharpest
frame lies next to it; and this frame and its neighbours reach there, so that the peak is one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.fusion.sharpness import REACH_PX
from imaging.sampling.coverage import Outline, covered_columns

# Focus is measured at half resolution, and not so near to a frame's border.
MEASURED_PX = 2.0 * REACH_PX
STRIP_ROWS = 256


def known_depth(
    depth: tiff.Rows,
    confidence: tiff.Rows,
    source: tiff.Rows,
    crop: tuple[int, int, int, int],
    numbers: Sequence[int],
    positions: Sequence[float],
    inverses: Sequence[NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Cut the known depth of a stack out of its maps.

    Parameters
    ----------
    depth : open map (H, W) float32, in the unit of `positions`
    confidence : open map (H, W) uint16, 65535 is 1
    source : open map (H, W) uint16, number of the frame in focus
    crop : x, y, width, height in px of the maps
    numbers : of the frames that were fused, at least one, rising
    positions : of each of them, in order of focus; they may fall, and leave gaps
    inverses : of each of them, (3, 3) affine, px of the maps → px of the frame

    Returns
    -------
    (height, width) float32, NaN where the depth is not known
    """
    x0, y0, width, height = crop
    place = np.zeros(max(numbers) + 1, np.int64)
    place[list(numbers)] = np.arange(len(numbers))
    least, most = _neighbourhood(positions)
    columns = np.arange(x0, x0 + width)
    least_sure = np.uint16(np.ceil(LEAST_CONFIDENCE * 65535))
    out = np.empty((height, width), np.float32)
    for y in range(y0, y0 + height, STRIP_ROWS):
        rows = slice(y, min(y + STRIP_ROWS, y0 + height))
        z, sure, frame = (
            plane.read(rows.start, rows.stop)[:, x0 : x0 + width]
            for plane in (depth, confidence, source)
        )
        k = place[frame]
        first, last = _confirmed(inverses, depth.extent, rows)
        line = np.arange(len(z))[:, None]
        known = (
            (sure >= least_sure)
            & (z >= least[k])
            & (z <= most[k])
            & (columns >= first[k, line])
            & (columns <= last[k, line])
        )
        out[rows.start - y0 : rows.stop - y0] = np.where(known, z, np.float32(np.nan))
    return out


def _neighbourhood(
    positions: Sequence[float],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The range of positions from the frame before each frame to the one after it, (n,) each."""
    where = np.asarray(positions, np.float32)
    around = np.stack(
        [np.concatenate([where[:1], where[:-1]]), where, np.append(where[1:], where[-1:])]
    )
    return around.min(0), around.max(0)


def _confirmed(
    inverses: Sequence[NDArray[np.float64]], shape: tuple[int, int], rows: slice
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last column, (n, rows), in which each frame and its neighbours have measured."""
    limits = np.array(
        [
            [
                covered_columns(Outline(inverse, *shape), float(y), MEASURED_PX)
                for y in range(rows.start, rows.stop)
            ]
            for inverse in inverses
        ]
    )
    padded = np.concatenate([limits[:1], limits, limits[-1:]])
    of_three = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    return of_three[..., 0].max(0), of_three[..., 1].min(0)
