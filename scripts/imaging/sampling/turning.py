"""Resampling of a picture on a grid that lies turned in it by any angle.

Each px is one weighted sum of the 8 x 8 px around its place, with the weights of `warp` along both
axes: Lanczos' kernel of four lobes, which keeps the finest detail. A turn keeps distances, so that
nothing has to be smoothed before. Two passes, as `warp` makes them, would crush a picture between
them the more it is turned, and at a right angle to nothing.

Single precision without contraction or reordering, places in double: results are the same on every
machine and for any division into tiles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel
from imaging.sampling.warp import LOBES, REACH_PX, TAPS

WHITE = 65535
# Signed numbers could count from the end, which costs a test each.
_U = np.uint64


def source_box(
    matrix: NDArray[np.float64], tile: tuple[int, int, int, int], extent: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The px of a picture that a tile of the result is made of.

    Parameters
    ----------
    matrix : (3, 3) affine, px of the result → px of the picture
    tile : x, y, width and height in the result
    extent : rows and columns of the picture

    Returns
    -------
    x, y, width and height, at least a px, inside the picture
    """
    x, y, width, height = tile
    corners = np.array([[x, x + width - 1] * 2, [y, y, y + height - 1, y + height - 1], [1] * 4])
    places = np.floor((matrix @ corners)[:2])
    # One more at each side: a place that is rounded to the next px.
    near = places.min(1) - REACH_PX
    far = places.max(1) + REACH_PX + 2
    rows, columns = extent
    left, top = (int(min(max(at, 0), size - 1)) for at, size in zip(near, (columns, rows)))
    right, bottom = (int(min(max(at, 1), size)) for at, size in zip(far, (columns, rows)))
    return left, top, max(right - left, 1), max(bottom - top, 1)


@kernel
def turn_tile(source, left, top, matrix, x0, y0, out):
    """Sample one tile of a turned grid; beyond `source` its border px are repeated.

    Parameters
    ----------
    source : (R, W, 3) uint16, px of the picture as `source_box` names them
    left, top : where its first px lies in the picture
    matrix : (3, 3) float64 affine, px of the result → px of the picture
    x0, y0 : where the tile lies in the result
    out : (h, w, 3) uint16, written
    """
    rows, columns = source.shape[0], source.shape[1]
    zero, one = np.float32(0.0), np.float32(1.0)
    half, white = np.float32(0.5), np.float32(WHITE)
    across, down = np.empty(TAPS, np.float32), np.empty(TAPS, np.float32)
    of_column, of_row = np.empty(TAPS, np.uint64), np.empty(TAPS, np.uint64)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            u, v = float(x0 + x), float(y0 + y)
            at_x = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
            at_y = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
            whole_x, whole_y = int(np.floor(at_x)), int(np.floor(at_y))
            s, t = np.float32(at_x - whole_x), np.float32(at_y - whole_y)
            for j in range(TAPS):
                q0, q1, q2, q3 = LOBES[j, 0], LOBES[j, 1], LOBES[j, 2], LOBES[j, 3]
                across[j] = s * (one - s) * (q0 + s * (q1 + s * (q2 + s * q3)))
                down[j] = t * (one - t) * (q0 + t * (q1 + t * (q2 + t * q3)))
                near = j + 1 - REACH_PX
                of_column[j] = _U(min(max(whole_x + near - left, 0), columns - 1))
                of_row[j] = _U(min(max(whole_y + near - top, 0), rows - 1))
            across[REACH_PX - 1] += one - s
            across[REACH_PX] += s
            down[REACH_PX - 1] += one - t
            down[REACH_PX] += t
            red, green, blue = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for j in range(TAPS):
                row, weight = of_row[j], down[j]
                r, g, b = np.float32(0.0), np.float32(0.0), np.float32(0.0)
                for k in range(TAPS):
                    column = of_column[k]
                    r += across[k] * np.float32(source[row, column, 0])
                    g += across[k] * np.float32(source[row, column, 1])
                    b += across[k] * np.float32(source[row, column, 2])
                red += weight * r
                green += weight * g
                blue += weight * b
            out[y, x, 0] = np.uint16(min(max(red, zero), white) + half)
            out[y, x, 1] = np.uint16(min(max(green, zero), white) + half)
            out[y, x, 2] = np.uint16(min(max(blue, zero), white) + half)
