"""What registration needs of a frame: its detail at several resolutions, and a thumbnail.

A frame is read once, by rows, and binned on the way. At every resolution the local mean is taken
away and the rest divided by its local contrast, so that light falling off to a side, or a few
strong edges, do not outweigh fine texture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imaging.frames import colour
from imaging.frames.converted import open_pixels
from imaging.sampling.kernels import kernel
from imaging.sampling.resizing import enlarged, shrunk
from imaging.sampling.smoothing import smoothed

# Enough pixels that their noise averages far below a hundredth of a pixel, few enough to be quick.
WORKING_PIXELS = 1_600_000
SELECTED_PIXELS = 160_000
COARSEST_SIDE_PX = 48
# Share of the mean contrast below which a place is not raised to the contrast of the rest.
CONTRAST_FLOOR = 0.1
# Windows wider than this are averaged at a lower resolution.
FINEST_WINDOW = 32
SMOOTH_PX = 0.8
STRIP_ROWS = 128
THUMBNAIL = (64, 96)
SHARPNESS_CELLS = (8, 12)
# One px in so many each way is enough for the mean light of a cell.
EVERY_PX = 4


@dataclass(frozen=True)
class Level:
    """One resolution of a frame, prepared for registration.

    Attributes
    ----------
    image : (H, W) float32
        Smoothed luminance, local mean removed, divided by its local contrast; nan where hidden.
    index : (K,) int32
        Flat positions of the pixels with the strongest gradient.
    value, grad_x, grad_y : (K,) float32
        `image` and its derivatives per px at `index`.
    """

    image: NDArray[np.float32]
    index: NDArray[np.int32]
    value: NDArray[np.float32]
    grad_x: NDArray[np.float32]
    grad_y: NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """What registration keeps of a frame.

    Attributes
    ----------
    levels : coarse to fine
    binning : full-resolution px per px of the finest level, a power of two
    shape : (rows, columns) of the full frame
    luminance : (h, w) float32, 0..1, linear light, of which the finest level is made
    thumbnail : (h, w, 3) float32, 0..1, the mean colour of each cell, for brightness
    sharpness : (4, h, w) float32, mean square of the finest level's gradient across, down and along
        both diagonals, in cells of a grid, per px squared
    """

    levels: tuple[Level, ...]
    binning: int
    shape: tuple[int, int]
    luminance: NDArray[np.float32]
    thumbnail: NDArray[np.float32]
    sharpness: NDArray[np.float32]


def binning_for(shape: tuple[int, int], pixels: int = WORKING_PIXELS) -> int:
    """Power of two by which a frame is binned so that it has at most `pixels` px."""
    factor = 1
    while (shape[0] // factor) * (shape[1] // factor) > pixels:
        factor *= 2
    return factor


@kernel
def bin_luminance(pixels, factor, light):
    """Mean luminance of every `factor` x `factor` cell, in linear light.

    Defocus mixes light, not encoded values: in these, blurred edges creep into the dark.

    Parameters
    ----------
    pixels : (H, W, 3) uint16
    factor : int
    light : (3, 65536) float32, linear light 0..1 of each sample

    Returns
    -------
    (H // factor, W // factor) float32, 0..1; channels weigh 1/4, 1/2, 1/4, near the eye's weights
    """
    height = pixels.shape[0] // factor
    width = pixels.shape[1] // factor
    out = np.empty((height, width), np.float32)
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
    return out


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


def prepare(
    luminance: NDArray[np.float32],
    binning: int,
    shape: tuple[int, int],
    thumbnail: NDArray[np.float32],
    hidden: NDArray[np.bool_] | None = None,
) -> View:
    """Build the resolutions of a frame, coarse to fine, from its binned luminance.

    Parameters
    ----------
    hidden : as `luminance`, the places that registration shall not see; None for none
    """
    images, masks = [luminance], [hidden]
    while min(images[-1].shape) >= 2 * COARSEST_SIDE_PX:
        images.append(halve(images[-1]))
        masks.append(None if hidden is None else halved(masks[-1]))
    levels = tuple(_level(*pair) for pair in zip(reversed(images), reversed(masks)))
    finest = levels[-1].image if hidden is None else np.nan_to_num(levels[-1].image)
    return View(levels, binning, shape, luminance, thumbnail, _sharpness(finest))


def hide(view: View, hidden: NDArray[np.bool_]) -> View:
    """The same view without what lies in some places of the frame.

    Parameters
    ----------
    hidden : (h, w) bool, in cells of the frame as large as px of the finest level, or 2, 4, ... of
        them each way
    """
    rows, columns = view.luminance.shape
    factor = 2 ** round(np.log2(rows / hidden.shape[0]))
    fine = hidden.repeat(factor, 0).repeat(factor, 1)
    fine = np.pad(fine, ((0, factor), (0, factor)), mode="edge")[:rows, :columns]
    return prepare(view.luminance, view.binning, view.shape, view.thumbnail, fine)


def halved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any of 2 x 2 cells is set."""
    rows, columns = mask.shape[0] // 2, mask.shape[1] // 2
    return mask[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).any((1, 3))


def _level(image: NDArray[np.float32], hidden: NDArray[np.bool_] | None = None) -> Level:
    width = 2 * (min(image.shape) // 16) + 3
    shown = None if hidden is None else (~hidden).astype(np.float32)
    if shown is not None:
        image = np.where(hidden, _shown_mean(image, shown, width), image)
    detail = smoothed(image, SMOOTH_PX) - _local_mean(image, width)
    # Strong edges say no more than fine texture where something is, and defocus shifts them more.
    energy = detail * detail
    if shown is None:
        energy = _local_mean(energy, 2 * width + 1)
        mean = float(energy.mean(dtype=np.float64))
    else:
        energy = _shown_mean(energy, shown, 2 * width + 1)
        mean = float(energy.mean(dtype=np.float64, where=~hidden)) if shown.any() else 0.0
    floor = CONTRAST_FLOOR * mean + 1e-12
    detail = (detail / np.sqrt(energy + np.float32(floor))).astype(np.float32)
    grad_x = np.zeros_like(detail)
    grad_y = np.zeros_like(detail)
    grad_x[:, 1:-1] = 0.5 * (detail[:, 2:] - detail[:, :-2])
    grad_y[1:-1] = 0.5 * (detail[2:] - detail[:-2])
    strength = (grad_x * grad_x + grad_y * grad_y).ravel()
    if hidden is not None:
        # What lies beside a place that is hidden is made of its filling too.
        strength[ndimage.binary_dilation(hidden, iterations=2).ravel()] = -1.0
        detail[hidden] = np.nan
    usable = strength.size if hidden is None else int((strength >= 0.0).sum())
    if usable > SELECTED_PIXELS:
        threshold = np.partition(strength, -SELECTED_PIXELS)[-SELECTED_PIXELS]
        index = np.flatnonzero(strength >= threshold).astype(np.int32)
    else:
        index = np.flatnonzero(strength >= 0.0).astype(np.int32)
    return Level(detail, index, detail.ravel()[index], grad_x.ravel()[index], grad_y.ravel()[index])


def _shown_mean(
    image: NDArray[np.float32], shown: NDArray[np.float32], width: int
) -> NDArray[np.float32]:
    """Local mean of what is shown (1, hidden: 0); of all of it where nothing near is."""
    mean = np.float32(image.mean(dtype=np.float64, where=shown > 0) if shown.any() else 0.0)
    share = _local_mean(shown, width)
    return mean + _local_mean((image - mean) * shown, width) / np.maximum(share, np.float32(1e-3))


def _sharpness(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean squares of the gradient in four directions, (4, h, w), in each cell of a grid."""
    rows, columns = (max(min(pair), 1) for pair in zip(SHARPNESS_CELLS, image.shape))
    sums = np.zeros((4, rows, image.shape[1]), np.float32)
    _add_steps(image, sums)
    edges = np.linspace(0, image.shape[1], columns + 1).astype(int)[:-1]
    cells = np.add.reduceat(sums, edges, axis=2, dtype=np.float64)
    return (cells * (cells[0].size / image.size)).astype(np.float32)


@kernel
def _add_steps(image, sums):
    """Add the squares of a (H, W) image's steps, by column, to the rows of a grid (4, h, W)."""
    height, width = image.shape
    quarter, eighth = np.float32(0.25), np.float32(0.125)
    for y in range(1, height - 1):
        above, line, below = image[y - 1], image[y], image[y + 1]
        cell = y * sums.shape[1] // height
        across, down, falling, rising = (
            sums[0, cell],
            sums[1, cell],
            sums[2, cell],
            sums[3, cell],
        )
        for x in range(1, width - 1):
            step = line[x + 1] - line[x - 1]
            across[x] += quarter * step * step
        for x in range(1, width - 1):
            step = below[x] - above[x]
            down[x] += quarter * step * step
        for x in range(1, width - 1):
            step = below[x + 1] - above[x - 1]
            falling[x] += eighth * step * step
        for x in range(1, width - 1):
            step = below[x - 1] - above[x + 1]
            rising[x] += eighth * step * step


def _local_mean(image: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mean over a square of `width` px, twice; wide ones at a lower resolution."""
    factor = max(1, width // FINEST_WINDOW)
    mean = shrunk(image, factor)
    for _ in range(2):
        mean = ndimage.uniform_filter(mean, width // factor | 1, mode="nearest")
    return enlarged(mean, image.shape)


@kernel
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


def read_luminance(path: Path, icc: bytes | None, binning: int) -> NDArray[np.float32]:
    """Luminance of a converted frame in linear light, (H // binning, W // binning) float32, 0..1.

    Parameters
    ----------
    icc : profile of the frame, for linear light
    """
    light = colour.light_curve(icc)
    rows = STRIP_ROWS - STRIP_ROWS % binning
    with open_pixels(path) as pixels:
        height = pixels.shape[0]
        strips = (pixels.read(first, min(first + rows, height)) for first in range(0, height, rows))
        return np.concatenate([bin_luminance(strip, binning, light) for strip in strips])
