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
            upper, lower = tile[c, y + halo], tile[c, after + halo]
            below, above = least[c, y >> 1], most[c, y >> 1]
            if first < last == width and width % 2 == 1:
                upper_px, lower_px = upper[halo + last - 1 :], lower[halo + last - 1 :]
                _widen_cells(upper_px, upper_px, lower_px, lower_px, below[-1:], above[-1:])
            if cell < end:
                here, until = halo + 2 * cell, halo + 2 * end
                _widen_cells(
                    upper[here:until:2],
                    upper[here + 1 : until : 2],
                    lower[here:until:2],
                    lower[here + 1 : until : 2],
                    below[cell:end],
                    above[cell:end],
                )


@kernel
def _widen_cells(v0, v1, v2, v3, below, above):
    """Take the four px of each cell into a row of `least` and `most`, (n,) uint8."""
    steps, none, up = np.float32(STEPS), np.float32(0.0), np.float32(1.0)
    for k in range(below.size):
        low = min(min(v0[k], v1[k]), min(v2[k], v3[k])) * steps
        high = max(max(v0[k], v1[k]), max(v2[k], v3[k])) * steps + up
        below[k] = min(np.int32(below[k]), np.int32(min(max(low, none), steps)))
        above[k] = max(np.int32(above[k]), np.int32(min(max(high, none), steps)))


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
