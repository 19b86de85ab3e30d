"""The range that the frames' own values have at each place, and the fused image held within it.

Detail of one frame on the light of another overshoots at rims and rings. No value of a fused image
may be brighter, or darker, than every frame is at that place.
"""

from __future__ import annotations

import numpy as np

from imaging.sampling.coverage import BORDER_PX, covered_columns
from imaging.sampling.kernels import kernel

# The range of the frames is kept for cells of 2 x 2 px, in so many steps from black to white,
# rounded outwards: exact enough to hold overshoot, and small beside the sums.
STEPS = 255

_U = np.uint64


@kernel
def widen_range(tile, halo, outline, y0, x0, least, most):
    """Take one tile of a frame, (3, h + 2 halo, w + 2 halo), into `least` and `most`.

    `outline` is the frame's coverage.Outline; `least` and `most` are (3, ceil(h / 2), ceil(w / 2)),
    views of the tile's cells; `y0` and `x0` are even.
    """
    height, width = tile.shape[1] - 2 * halo, tile.shape[2] - 2 * halo
    for y in range(0, height, 2):
        # The last row of an odd picture is a row of cells by itself, as is the last column.
        after = min(y + 1, height - 1)
        first, last = width, 0
        for row in (y, after):
            low, high = covered_columns(outline, float(y0 + row), -BORDER_PX)
            if low <= high:
                first = min(first, max(int(np.ceil(low)) - x0, 0))
                last = max(last, min(int(np.floor(high)) - x0 + 1, width))
        # Cells that the frame covers in part count whole: beyond its border are its border px.
        cell, end = first // 2, min((last + 1) // 2, width // 2)
        for c in range(3):
            if first < last == width and width % 2 == 1:
                over, under = (
                    tile[c, y + halo, halo + last - 1],
                    tile[c, after + halo, halo + last - 1],
                )
                low_step, high_step = _in_steps(over, over, under, under)
                least[c, y >> 1, -1] = min(np.int32(least[c, y >> 1, -1]), low_step)
                most[c, y >> 1, -1] = max(np.int32(most[c, y >> 1, -1]), high_step)
            if cell < end:
                _widen_cells(tile, c, y + halo, after + halo, halo, least, most, y >> 1, cell, end)


@kernel
def _in_steps(v0, v1, v2, v3):
    """The range of the four px of a cell, in steps, rounded outwards."""
    steps, none, up = np.float32(STEPS), np.float32(0.0), np.float32(1.0)
    low = min(min(v0, v1), min(v2, v3)) * steps
    high = max(max(v0, v1), max(v2, v3)) * steps + up
    return np.int32(min(max(low, none), steps)), np.int32(min(max(high, none), steps))


# Unsigned offsets rather than slices: see warp._mix_along.
@kernel
def _widen_cells(tile, channel, upper, lower, halo, least, most, row, first, last):
    """Take cells `first` to `last` of two rows of a tile into a row of `least` and `most`."""
    c, over, under, to_y = _U(channel), _U(upper), _U(lower), _U(row)
    to_x, from_x, one, two = _U(first), _U(halo + 2 * first), _U(1), _U(2)
    for k in range(_U(last - first)):
        x = from_x + two * k
        low, high = _in_steps(
            tile[c, over, x],
            tile[c, over, x + one],
            tile[c, under, x],
            tile[c, under, x + one],
        )
        least[c, to_y, to_x + k] = min(np.int32(least[c, to_y, to_x + k]), low)
        most[c, to_y, to_x + k] = max(np.int32(most[c, to_y, to_x + k]), high)


@kernel
def to_samples(image, least, most, y0, y1):
    """Rows of a (3, H, W) image 0..1 as (y1 - y0, W, 3) uint16, within the range of the frames."""
    out = np.empty((y1 - y0, image.shape[2], 3), np.uint16)
    top, step = np.float32(65535.0), np.float32(1.0 / STEPS)
    for y in range(y0, y1):
        for c in range(3):
            below, above = least[c, y >> 1], most[c, y >> 1]
            line = image[c, y]
            for x in range(image.shape[2]):
                low, high = np.float32(below[x >> 1]) * step, np.float32(above[x >> 1]) * step
                if low > high:
                    # No frame covers it.
                    low, high = np.float32(0.0), np.float32(1.0)
                out[y - y0, x, c] = np.uint16(min(max(line[x], low), high) * top + np.float32(0.5))
    return out
