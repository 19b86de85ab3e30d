"""Rows of a Bayer frame as demosaicing keeps them: read as roots of light, written as light.

A row is kept as two: its coloured px, red or blue, and its green ones, (W / 2) each. With the
column of the first coloured px p (0 or 1), the coloured px k lies at column 2 k + p, the green px k
at 2 k + 1 - p; in the rows above and below the green px k lies over the coloured px k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# What a px depends on reaches so far along its row; even.
REACH_PX = 14
# Rows of each kind that are kept while later ones are made; a power of 2.
KEPT = 16
LAST = KEPT - 1
# What is kept of each row: roots of light of its coloured and its green px; differences of colour
# along the row and across it, at both; how much these change from px to px; what was decided of the
# coloured px: their own colour less green, green, the other colour less green.
COLOURED, GREEN, ALONG, ALONG_AT_GREEN, ACROSS, ACROSS_AT_GREEN = range(6)
STEPS_ALONG, STEPS_ACROSS, STEPS_ACROSS_AT_GREEN, OWN, GREEN_THERE, OTHER = range(6, 12)
PLANES = 12
_HALF = np.float32(0.5)
_ZERO, _WHITE = np.float32(0.0), np.float32(65535.0)

Row = NDArray[np.float32]


@kernel
def read_row(
    mosaic: NDArray[np.uint16],
    row: int,
    left: int,
    count: int,
    first: int,
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
    rows: NDArray[np.float32],
) -> None:
    """Roots of a row's light, mirrored beyond the picture's borders."""
    height, width = mosaic.shape
    source = mosaic[_mirrored(row, height)]
    at, parity, start = row & LAST, row & 1, left - REACH_PX
    even, odd = rows[GREEN if first else COLOURED, at], rows[COLOURED if first else GREEN, at]
    # Whole numbers up to 2^24 are the same in float32; those of 32 bits would be counted in 64.
    black_even, black_odd = np.float32(black[parity, 0]), np.float32(black[parity, 1])
    scale_even, scale_odd = scale[parity, 0], scale[parity, 1]
    if start >= 0 and start + 2 * count <= width:
        inside = source[start : start + 2 * count]
        for k in range(count):
            even[k] = _root(inside[2 * k], black_even, scale_even)
            odd[k] = _root(inside[2 * k + 1], black_odd, scale_odd)
    else:
        for k in range(count):
            even[k] = _root(source[_mirrored(start + 2 * k, width)], black_even, scale_even)
            odd[k] = _root(source[_mirrored(start + 2 * k + 1, width)], black_odd, scale_odd)


@kernel
def _mirrored(place: int, size: int) -> int:
    """A place within a picture's side for one beyond it, of the same colour."""
    place = abs(place)
    return place if place < size else 2 * (size - 1) - place


@kernel
def _root(value: np.uint16, black: np.float32, scale: np.float32) -> np.float32:
    """Root of a value in whole numbers, as LibRaw scales it."""
    light = max(np.float32(value) - black, _ZERO)
    return np.sqrt(np.float32(np.int32(min(light * scale, _WHITE))))


@kernel
def light_at_coloured(
    own: Row, green: Row, other: Row, channel: int, count: int, light: NDArray[np.float32]
) -> None:
    """Light of a row's coloured px, in whole numbers, of roots.

    Parameters
    ----------
    own, green : of these px
    other : the third colour less green
    channel : of `own`, 0 in a row of red, 2 of blue
    light : red, green and blue of `count` px, (3, at least `count`); overwritten
    """
    green = green[REACH_PX // 2 :]
    _squares(own[REACH_PX // 2 :], count, light[channel])
    _squares(green, count, light[1])
    _squares_of_sums(other[REACH_PX // 2 :], green, count, light[2 - channel])


@kernel
def light_at_green(
    own: Row, green: Row, other: Row, channel: int, count: int, light: NDArray[np.float32]
) -> None:
    """The same of its green px; `own` too is less green."""
    green = green[REACH_PX // 2 :]
    _squares_of_sums(own[REACH_PX // 2 :], green, count, light[channel])
    _squares(green, count, light[1])
    _squares_of_sums(other[REACH_PX // 2 :], green, count, light[2 - channel])


@kernel
def _squares(roots: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = _square(roots[k])


@kernel
def _squares_of_sums(differences: Row, green: Row, count: int, out: Row) -> None:
    for k in range(count):
        out[k] = _square(differences[k] + green[k])


@kernel
def _square(root: np.float32) -> np.float32:
    root = max(root, _ZERO)
    return np.float32(np.int32(min(root * root + _HALF, _WHITE)))
