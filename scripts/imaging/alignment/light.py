"""A frame's linear light, read once by rows and binned on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import colour
from imaging.frames.converted import open_pixels
from imaging.sampling.kernels import kernel

# Enough pixels that their noise averages far below a hundredth of a pixel, few enough to be quick.
WORKING_PIXELS = 1_600_000
# Threads that take turns in Python lose time in each strip.
STRIP_ROWS = 256
THUMBNAIL = (64, 96)
# One px in so many each way is enough for the mean light of a cell.
EVERY_PX = 4
# Linear light from which a channel counts as white: it may have been brighter than can be told.
WHITE = np.float32(0.95)


class Light(NamedTuple):
    """The light of a frame.

    Attributes
    ----------
    luminance : (h, w) float32, 0..1, linear light, mean of `binning` x `binning` px
    thumbnail : (H, W, 3) float32, 0..1, linear light, the mean colour of each cell
    binning : px of the frame per px of `luminance`, a power of two
    shape : (rows, columns) of the frame
    white : (H, W) uint8, 1 for cells of the thumbnail in which something is white
    """

    luminance: NDArray[np.float32]
    thumbnail: NDArray[np.float32]
    binning: int
    shape: tuple[int, int]
    white: NDArray[np.uint8]


# Takes rows of a frame (R, W, 3) uint16, the number of the first, and of those that are meant the
# first and the one past the last: every row of a frame is meant once.
Look = Callable[[NDArray[np.uint16], int, int, int], None]


def read_light(path: Path, icc: bytes | None, look: Look | None = None, beyond: int = 0) -> Light:
    """Read a converted frame.

    Parameters
    ----------
    icc : profile of the frame, for linear light
    look : is shown the frame as it is read, rows in order
    beyond : so many rows more on either side of those that are meant, where the frame has them
    """
    curve = colour.light_curve(icc)
    with open_pixels(path) as pixels:
        shape = pixels.extent
        binning = binning_for(shape)
        rows = STRIP_ROWS - STRIP_ROWS % binning
        cells = (min(THUMBNAIL[0], shape[0] // EVERY_PX), min(THUMBNAIL[1], shape[1] // EVERY_PX))
        sums, counts = np.zeros((*cells, 3)), np.zeros(cells, np.int64)
        white = np.zeros(cells, np.uint8)
        luminance = np.empty((shape[0] // binning, shape[1] // binning), np.float32)
        for first in range(0, shape[0], rows):
            last = min(first + rows, shape[0])
            top = max(first - beyond, 0)
            strip = pixels.read(top, min(last + beyond, shape[0]))
            own = strip[first - top : last - top]
            _take_rows(own, first, shape, binning, curve, sums, counts, white, luminance)
            if look is not None:
                look(strip, top, first, last)
    thumbnail = (sums / np.maximum(counts, 1)[..., None]).astype(np.float32)
    return Light(luminance, thumbnail, binning, shape, white)


def binning_for(shape: tuple[int, int], pixels: int = WORKING_PIXELS) -> int:
    """Power of two by which a frame is binned so that it has at most `pixels` px."""
    factor = 1
    while (shape[0] // factor) * (shape[1] // factor) > pixels:
        factor *= 2
    return factor


def coarser(light: Light) -> Light:
    """The same light at half the resolution."""
    return light._replace(luminance=halve(light.luminance), binning=2 * light.binning)


@kernel
def _take_rows(pixels, first, shape, binning, light, sums, counts, white, luminance):
    """Take rows of a frame from row `first` on, a multiple of `binning`.

    Parameters
    ----------
    pixels : (R, W, 3) uint16
    light : (3, 65536) float32, linear light 0..1 of each sample
    sums, counts, white : of the thumbnail's cells, added to
    luminance : (H // binning, W // binning) float32, of the frame, written
    """
    _add_light(pixels, first, shape, light, sums, counts, white)
    top = first // binning
    bin_luminance(pixels, binning, light, luminance[top : top + pixels.shape[0] // binning])


@kernel
def bin_luminance(pixels, factor, light, out):
    """Mean luminance of every `factor` x `factor` cell, in linear light.

    Defocus mixes light, not encoded values: in these, blurred edges creep into the dark.

    Parameters
    ----------
    pixels : (H, W, 3) uint16
    factor : int
    light : (3, 65536) float32, linear light 0..1 of each sample
    out : (H // factor, W // factor) float32, written, 0..1; channels weigh 1/4, 1/2, 1/4, near the
        eye's weights
    """
    height, width = out.shape
    scale = np.float32(1.0 / (4.0 * factor * factor))
    two = np.float32(2.0)
    row = np.empty(width * factor, np.float32)
    for y in range(height):
        row[:] = np.float32(0.0)
        for dy in range(factor):
            line = pixels[y * factor + dy]
            for x in range(width * factor):
                row[x] += light[0, line[x, 0]] + two * light[1, line[x, 1]] + light[2, line[x, 2]]
        for x in range(width):
            total = np.float32(0.0)
            for dx in range(factor):
                total += row[x * factor + dx]
            out[y, x] = total * scale


@kernel
def halve(image):
    """Mean of every 2 x 2 cell of a (H, W) float32 image; an odd last row or column is left out."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    out = np.empty((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            out[y, x] = np.float32(0.25) * (
                image[2 * y, 2 * x]
                + image[2 * y, 2 * x + 1]
                + image[2 * y + 1, 2 * x]
                + image[2 * y + 1, 2 * x + 1]
            )
    return out


@kernel
def _add_light(pixels, first_row, shape, light, sums, counts, white):
    """Add a strip's px to the cells of the thumbnail, in linear light."""
    cells_y, cells_x = counts.shape
    start = (-first_row) % EVERY_PX
    for y in range(start, pixels.shape[0], EVERY_PX):
        cell_y = (first_row + y) * cells_y // shape[0]
        for x in range(0, pixels.shape[1], EVERY_PX):
            cell_x = x * cells_x // shape[1]
            counts[cell_y, cell_x] += 1
            for c in range(3):
                value = light[c, pixels[y, x, c]]
                sums[cell_y, cell_x, c] += value
                if value >= WHITE:
                    white[cell_y, cell_x] = 1
