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
from imaging.sampling.kernels import kernel

# Focus is measured at half resolution, and not so near to a frame's border.
MEASURED_PX = 2.0 * REACH_PX
# Of `confidence`, whose 65535 is 1.
LEAST_SURE = int(np.ceil(LEAST_CONFIDENCE * 65535))
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
    frames = np.asarray(inverses, np.float64)
    ends = np.empty((2, len(frames), 2))
    out = np.empty((height, width), np.float32)
    for y in range(y0, y0 + height, STRIP_ROWS):
        below = min(y + STRIP_ROWS, y0 + height)
        z, sure, frame = (plane.read(y, below) for plane in (depth, confidence, source))
        of_strip = out[y - y0 : below - y0]
        _keep_known(
            z, sure, frame, place, least, most, frames, *depth.extent, x0, y, ends, of_strip
        )
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


@kernel
def _keep_known(depth, sure, frame, place, least, most, inverses, rows, columns, x0, y0, ends, out):
    """Write the depth of a strip where it is known, NaN where it is not.

    Parameters
    ----------
    depth, sure, frame : (h, columns), the strip of the maps
    place : of each frame's number in `least`, `most` and `inverses`
    least, most : (n,), depths that each frame may be the sharpest of
    rows, columns : of a frame
    x0, y0 : px of the maps that is the first of `out`
    ends : (2, n, 2) float64, to work in
    out : (h, width) float32, what is written to
    """
    for row in range(out.shape[0]):
        _confirm(inverses, rows, columns, float(y0 + row), ends)
        for column in range(out.shape[1]):
            x = x0 + column
            z, number = depth[row, x], frame[row, x]
            out[row, column] = np.nan
            if number >= len(place) or sure[row, x] < LEAST_SURE:
                continue
            k = place[number]
            if least[k] <= z <= most[k] and ends[1, k, 0] <= x <= ends[1, k, 1]:
                out[row, column] = z


@kernel
def _confirm(inverses, rows, columns, y, ends):
    """First and last column of row `y` in which each frame and its neighbours have measured.

    They are written to `ends[1]`; `ends[0]` takes those of each frame alone.
    """
    last = len(inverses) - 1
    for k in range(last + 1):
        outline = Outline(inverses[k], rows, columns)
        ends[0, k, 0], ends[0, k, 1] = covered_columns(outline, y, MEASURED_PX)
    for k in range(last + 1):
        before, after = max(k - 1, 0), min(k + 1, last)
        ends[1, k, 0] = max(ends[0, before, 0], ends[0, k, 0], ends[0, after, 0])
        ends[1, k, 1] = min(ends[0, before, 1], ends[0, k, 1], ends[0, after, 1])
