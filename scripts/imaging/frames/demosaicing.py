"""Demosaicing of Bayer frames: differences of colour, filtered along rows and columns and weighed.

At every px the difference of green and the px's other colour is estimated along its row and along
its column (J. F. Hamilton and J. E. Adams, US patent 5 629 734, 1997, expired; the filter that D.
Menon, S. Andriani and G. Calvagno, "Demosaicing with directional filtering and a posteriori
decision", IEEE Trans. Image Processing 16(1), 2007, derive). Along the true direction of an edge
differences hardly change. So each direction is weighed by how little its differences do within a
window (I. Pekkucuksen and Y. Altunbasak, "Gradient based threshold free color filter array
interpolation", ICIP 2010), which needs no threshold and no decision that noise could turn. Red and
blue follow from their differences to green, along the diagonal, row or column that is smoothest.

All this is done in the square root of light: noise is there alike in light and shade, and a
difference of roots stays what it is across an edge of brightness nearer than one of light does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.frames.bayer_rows import (
    COLOURED,
    GREEN,
    GREEN_THERE,
    KEPT,
    LAST,
    OTHER,
    OWN,
    PLANES,
    REACH_PX,
    light_at_coloured,
    light_at_green,
    read_row,
)
from imaging.frames.camera_colour import Rendering, curve_in_turn, unchanged, weigh_row
from imaging.frames.colour_differences import (
    beside,
    cross,
    decide,
    difference_across,
    difference_along,
)
from imaging.sampling.kernels import kernel

# Columns worked on at once, so that the rows in use stay in a processor's cache; even.
TILE_PX = 1024
# How many rows behind the newest another stage works: what a px depends on reaches so far down.
_BEHIND_ACROSS, _BEHIND_DECISION, _BEHIND_CROSS, _BEHIND_OUT = 2, 5, 7, 8


def demosaic(
    mosaic: NDArray[np.uint16],
    red_at: tuple[int, int],
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
    rendering: Rendering | None = None,
) -> NDArray[np.uint16]:
    """Red, green and blue at each px, of one that a Bayer sensor has measured.

    Parameters
    ----------
    mosaic : (H, W) uint16, sensor units; H and W at least `bayer_pattern.SMALLEST_PX`
    red_at : row and column, 0 or 1, of the first red px
    black : (2, 2) int32, of the first four px: what no light gives, sensor units
    scale : (2, 2) float32, of the same: what a sensor unit is in the camera's colours
    rendering : what makes of these the colours of a space; None leaves them

    Returns
    -------
    (H, W, 3) uint16; of the camera's colours, a measured value is `scale` times what it is above
    `black`, cut off below 1
    """
    by = rendering or unchanged()
    out = np.empty((*mosaic.shape, 3), np.uint16)
    # Of most cameras' values a border is left out: code for such rows would be another, and slower.
    _demosaic(np.ascontiguousarray(mosaic), *red_at, black, scale, by.matrix, by.curve, by.end, out)
    return out


@kernel
def _demosaic(
    mosaic: NDArray[np.uint16],
    red_row: int,
    red_column: int,
    black: NDArray[np.int32],
    scale: NDArray[np.float32],
    matrix: NDArray[np.float32],
    curve: NDArray[np.uint16],
    end: int,
    out: NDArray[np.uint16],
) -> None:
    height, width = mosaic.shape
    rows = np.zeros((PLANES, KEPT, TILE_PX // 2 + REACH_PX), np.float32)
    spare = np.zeros((4, TILE_PX // 2 + REACH_PX), np.float32)
    light = np.empty((3, TILE_PX // 2), np.float32)
    values = np.empty((2, 3, TILE_PX // 2), np.int32)
    for left in range(0, width, TILE_PX):
        count = (min(TILE_PX, width - left) + 1) // 2 + REACH_PX
        for newest in range(-_BEHIND_OUT, height + _BEHIND_OUT):
            first = (newest + red_row + red_column) & 1
            read_row(mosaic, newest, left, count, first, black, scale, rows)
            difference_along(rows, newest, first, count)
            difference_across(rows, newest - _BEHIND_ACROSS, count)
            # Three rows on or five, the first coloured px lies in the other column.
            decide(rows, newest - _BEHIND_DECISION, 1 - first, count, spare)
            cross(rows, newest - _BEHIND_CROSS, 1 - first, count)
            row = newest - _BEHIND_OUT
            if row >= 0:
                at = row & LAST
                beside(rows, row, first, count, OWN, OTHER, spare[0])
                beside(rows, row, first, count, OTHER, OWN, spare[1])
                coloured, green = rows[COLOURED, at], rows[GREEN, at]
                green_there, other = rows[GREEN_THERE, at], rows[OTHER, at]
                channel = 2 * ((row + red_row) & 1)
                columns = out[row, left : left + TILE_PX]
                half = (len(columns) + 1) // 2
                light_at_coloured(coloured, green_there, other, channel, half, light)
                weigh_row(light, half, matrix, end, values[first])
                light_at_green(spare[0], green, spare[1], channel, half, light)
                weigh_row(light, half, matrix, end, values[1 - first])
                curve_in_turn(values[0], values[1], curve, columns)
