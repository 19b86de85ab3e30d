"""What registration needs of a frame: binned luminance and a thumbnail of its light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numba import njit

from imaging import colour
from imaging.frame import open_pixels
from imaging.registration import View, bin_luminance, binning_for, prepare

STRIP_ROWS = 128
THUMBNAIL = (64, 96)
# One px in so many each way is enough for the mean light of a cell.
EVERY_PX = 4


@njit(cache=True, nogil=True)
def _add_light(pixels, first_row, shape, light, sums, counts):
    """Add a strip's px to the cells of the thumbnail, in linear light."""
    cells_y, cells_x = counts.shape
    start = (-first_row) % EVERY_PX
    for y in range(start, pixels.shape[0], EVERY_PX):
        cell_y = (first_row + y) * cells_y // shape[0]
        for x in range(0, pixels.shape[1], EVERY_PX):
            cell_x = x * cells_x // shape[1]
            counts[cell_y, cell_x] += 1
            for c in range(3):
                sums[cell_y, cell_x, c] += light[c, pixels[y, x, c]]


def read_view(path: Path, icc: bytes | None) -> View:
    """Prepare a converted frame for registration.

    Parameters
    ----------
    icc : profile of the frame, for linear light
    """
    light = colour.light_curve(icc)
    with open_pixels(path) as pixels:
        shape = pixels.shape[:2]
        binning = binning_for(shape)
        rows = STRIP_ROWS - STRIP_ROWS % binning
        cells = (min(THUMBNAIL[0], shape[0] // EVERY_PX), min(THUMBNAIL[1], shape[1] // EVERY_PX))
        sums, counts = np.zeros((*cells, 3)), np.zeros(cells, np.int64)
        luminance = []
        for first in range(0, shape[0], rows):
            part = pixels.read(first, min(first + rows, shape[0]))
            _add_light(part, first, shape, light, sums, counts)
            luminance.append(bin_luminance(part, binning, light))
    thumbnail = (sums / np.maximum(counts, 1)[..., None]).astype(np.float32)
    return prepare(np.concatenate(luminance), binning, shape, thumbnail)
