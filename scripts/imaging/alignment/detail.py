"""What registration needs of a frame: its detail at several resolutions.

At every resolution the local mean is taken away and the rest divided by its local contrast, so that
light falling off to a side, or a few strong edges, do not outweigh fine texture.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.light import Light, halve, read_light
from imaging.alignment.sharpness import cell_sharpness
from imaging.alignment.swelling import swelling_of
from imaging.sampling.kernels import kernel
from imaging.sampling.means import local_mean
from imaging.sampling.resizing import enlarged, shrunk
from imaging.sampling.smoothing import smoothed

# So many px are enough: twice as many move no error. They are spread evenly over the share that
# slopes most. The few that slope most of all lie at rims, which defocus moves: the corners of
# blurred pairs err by 0.2 px with these, by 0.08 px so.
SELECTED_PIXELS, SLOPING_SHARE = 40_000, 0.8
# So many px are looked through at a time.
AT_A_TIME = 4096
COARSEST_SIDE_PX = 48
# Share of the mean contrast below which a place is not raised to the contrast of the rest.
CONTRAST_FLOOR = 0.1
# Windows wider than this are averaged at a lower resolution.
FINEST_WINDOW = 32
SMOOTH_PX = 1.0
# A frame is divided into so many blocks each way, which vote on its motion.
MOST_BLOCKS = 12
LEAST_BLOCK_SIDE_PX = 6


class Level(NamedTuple):
    """One resolution of a frame, prepared for registration.

    Attributes
    ----------
    image : (H, W) float32
        Smoothed luminance, local mean removed, divided by its local contrast; nan where hidden.
    at : (K,) int32
        Flat positions of pixels that slope, block by block.
    first : (B * B + 1,) int64
        Where each block's begin in `at`, and their end.
    value, grad_x, grad_y : (K,) float32
        `image` and its derivatives per px at `at`.
    curvature : (K,) float32
        Its second derivative along x and along y, added, at `at`.
    swelling : (K,) float32
        What bright spots that grow by a px add to it at `at`.
    """

    image: NDArray[np.float32]
    at: NDArray[np.int32]
    first: NDArray[np.int64]
    value: NDArray[np.float32]
    grad_x: NDArray[np.float32]
    grad_y: NDArray[np.float32]
    curvature: NDArray[np.float32]
    swelling: NDArray[np.float32]


class Detail(NamedTuple):
    """What registration keeps of a frame.

    Attributes
    ----------
    levels : coarse to fine
    light : of which the finest level is made
    sharpness : (4, h, w) float32, mean square of the finest level's gradient across, down and along
        both diagonals, in cells of a grid, per px squared
    slopes : of each level the mean of its squared slopes at the px that slope, per px squared
    """

    levels: tuple[Level, ...]
    light: Light
    sharpness: NDArray[np.float32]
    slopes: tuple[float, ...]


def read_detail(path: Path, icc: bytes | None) -> Detail:
    """Prepare a converted frame, with its profile, for registration."""
    return prepare(read_light(path, icc))


def prepare(
    light: Light, hidden: NDArray[np.bool_] | None = None, pixels: int = SELECTED_PIXELS
) -> Detail:
    """Build the resolutions of a frame, coarse to fine.

    Parameters
    ----------
    hidden : as the light's luminance, the places that registration shall not see; None for none
    pixels : so many px are used of a resolution at most
    """
    images, masks = [light.luminance], [hidden]
    while min(images[-1].shape) >= 2 * COARSEST_SIDE_PX:
        images.append(halve(images[-1]))
        masks.append(None if masks[-1] is None else halved(masks[-1]))
    levels = tuple(_level(*pair, pixels) for pair in zip(reversed(images), reversed(masks)))
    finest = levels[-1].image if hidden is None else np.nan_to_num(levels[-1].image)
    return Detail(levels, light, cell_sharpness(finest), tuple(map(_squared_slope, levels)))


def _squared_slope(level: Level) -> float:
    slopes = np.stack([level.grad_x, level.grad_y]).astype(np.float64)
    return float((slopes * slopes).sum()) / max(level.at.size, 1)


def hide(detail: Detail, hidden: NDArray[np.bool_]) -> Detail:
    """The same detail without what lies in some places of the frame.

    Parameters
    ----------
    hidden : (h, w) bool, in cells of the frame as large as px of the finest level, or 2, 4, ... of
        them each way
    """
    rows, columns = detail.light.luminance.shape
    factor = 2 ** round(np.log2(rows / hidden.shape[0]))
    fine = hidden.repeat(factor, 0).repeat(factor, 1)
    fine = np.pad(fine, ((0, factor), (0, factor)), mode="edge")[:rows, :columns]
    return prepare(detail.light, fine)


def halved(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any of 2 x 2 cells is set."""
    rows, columns = mask.shape[0] // 2, mask.shape[1] // 2
    return np.any(mask[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2), (1, 3))


def _level(image: NDArray[np.float32], hidden: NDArray[np.bool_] | None, pixels: int) -> Level:
    width = 2 * (min(image.shape) // 16) + 3
    # Memory that is asked for anew is cleared first, which takes longer than what is done in it.
    spare = np.empty(image.shape, np.float32)
    if hidden is not None:
        shown = (~hidden).astype(np.float32)
        image = np.where(hidden, _shown_mean(image, shown, width), image)
    detail = smoothed(image, SMOOTH_PX)
    detail -= enlarged(_coarse_mean(image, width), image.shape, spare)
    # Strong edges say no more than fine texture where something is, and defocus shifts them more.
    energy = np.multiply(detail, detail, out=spare)
    if hidden is None:
        energy = enlarged(_coarse_mean(energy, 2 * width + 1), image.shape, spare)
        mean = _sum_of(energy) / energy.size
    else:
        energy = _shown_mean(energy, shown, 2 * width + 1)
        mean = float(energy.mean(dtype=np.float64, where=~hidden)) if shown.any() else 0.0
    energy += np.float32(CONTRAST_FLOOR * mean + 1e-12)
    detail /= np.sqrt(energy, out=energy)
    strength = spare.ravel()
    _squared_slopes(detail, strength)
    if hidden is not None:
        strength[beside_hidden(hidden).ravel()] = -1.0
        detail[hidden] = np.nan
    usable = strength.size if hidden is None else int((strength >= 0.0).sum())
    if usable > pixels:
        index = np.empty(pixels, np.int32)
        _choose(strength.view(np.int32), max(int(usable * SLOPING_SHARE), pixels), index)
    else:
        index = np.flatnonzero(strength >= 0.0).astype(np.int32)
    blocks = blocks_of(image.shape)
    first, at = np.zeros(blocks * blocks + 1, np.int64), np.empty_like(index)
    _by_block(index, image.shape[0], image.shape[1], blocks, first, at)
    value, grad_x, grad_y, curvature = np.zeros((4, at.size), np.float32)
    _gather(detail, at, value, grad_x, grad_y, curvature)
    swelling = swelling_of(detail, at, grad_x, grad_y)
    return Level(detail, at, first, value, grad_x, grad_y, curvature, swelling)


@kernel
def _sum_of(plane):
    """Sum of all px in double precision: of the columns, side by side, then of these."""
    sums = np.zeros(plane.shape[1])
    for y in range(plane.shape[0]):
        line = plane[y]
        for x in range(sums.size):
            sums[x] += line[x]
    total = 0.0
    for x in range(sums.size):
        total += sums[x]
    return total


@kernel
def _choose(strength, wanted, index):
    """Write positions that are spread evenly over the `wanted` px that slope most, ascending.

    What slopes as much as the last of these counts as well.

    Parameters
    ----------
    strength : (N,) int32, bits of float32, in the order of what they stand for where none is less
        than 0; what is less is not meant
    wanted : at least as many as are written
    index : (K,) int32, written
    """
    # The one that is `wanted`-th is found by its upper bits, then by the lower ones among these.
    half, least, left = 1 << 16, 0, wanted
    for part in range(2):
        counts = np.zeros(half, np.int64)
        for k in range(strength.size):
            bits = strength[k]
            if part == 0 and bits >= 0:
                counts[bits >> 16] += 1
            elif part == 1 and bits >> 16 == least:
                counts[bits & (half - 1)] += 1
        place = half - 1
        while counts[place] < left:
            left -= counts[place]
            place -= 1
        least = place if part == 0 else least * half + place
    count = 0
    for k in range(strength.size):
        count += strength[k] >= least
    # Of some px at a time all are written that slope, each over the one before where that does not:
    # no branch, which a processor would have to guess.
    every, seen, taken = count / index.size, 0, 0
    sloping = np.empty(AT_A_TIME, np.int32)
    for first in range(0, strength.size, AT_A_TIME):
        here = np.uint64(0)
        for k in range(first, min(first + AT_A_TIME, strength.size)):
            sloping[here] = k
            here += np.uint64(strength[k] >= least)
        before, seen = seen, seen + np.int64(here)
        while taken < index.size and int(taken * every) < seen:
            index[taken] = sloping[int(taken * every) - before]
            taken += 1


def blocks_of(shape: tuple[int, ...]) -> int:
    """Into how many blocks each way an image of (rows, columns) is divided."""
    return max(1, min(MOST_BLOCKS, min(shape) // LEAST_BLOCK_SIDE_PX))


@kernel
def _squared_slopes(image, strength):
    """Write the squares of an image's slopes along x and y, added, row by row."""
    rows, columns = image.shape
    half = np.float32(0.5)
    for y in range(rows):
        above, line, below = image[max(y - 1, 0)], image[y], image[min(y + 1, rows - 1)]
        first, inside = y * columns, 0 < y < rows - 1
        for x in range(columns):
            down = half * (below[x] - above[x]) if inside else np.float32(0.0)
            strength[first + x] = down * down
        for x in range(1, columns - 1):
            across = half * (line[x + 1] - line[x - 1])
            strength[first + x] = across * across + strength[first + x]


@kernel
def _by_block(index, rows, columns, blocks, first, at):
    """Write flat positions, ascending, as `at`, block by block, and where each block begins."""
    across = np.empty(columns, np.int64)
    for x in range(columns):
        across[x] = x * blocks // columns
    block, y, band = np.empty(index.size, np.int32), 0, 0
    for k in range(index.size):
        if index[k] >= (y + 1) * columns:
            while index[k] >= (y + 1) * columns:
                y += 1
            band = (y * blocks // rows) * blocks
        block[k] = band + across[index[k] - y * columns]
        first[block[k] + 1] += 1
    for b in range(blocks * blocks):
        first[b + 1] += first[b]
    filled = first.copy()
    for k in range(index.size):
        at[filled[block[k]]] = index[k]
        filled[block[k]] += 1


@kernel
def _gather(image, at, value, grad_x, grad_y, curvature):
    """Write what an image is at some px: itself, and its derivatives, 0 at the border."""
    rows, columns = image.shape
    flat = image.ravel()
    half, four = np.float32(0.5), np.float32(4.0)
    for k in range(at.size):
        p = np.int64(at[k])
        y = p // columns
        x = p - y * columns
        value[k] = flat[p]
        wide, high = 0 < x < columns - 1, 0 < y < rows - 1
        if wide:
            grad_x[k] = half * (flat[p + 1] - flat[p - 1])
        if high:
            grad_y[k] = half * (flat[p + columns] - flat[p - columns])
        if wide and high:
            beside = (flat[p - 1] + flat[p + 1]) + (flat[p - columns] + flat[p + columns])
            curvature[k] = beside - four * flat[p]


def beside_hidden(hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is hidden, and what lies beside it, whose slopes are made of its filling too."""
    return _widened(_widened(hidden))


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is set, and what lies beside, above or below it."""
    wider = mask.copy()
    wider[1:] |= mask[:-1]
    wider[:-1] |= mask[1:]
    wider[:, 1:] |= mask[:, :-1]
    wider[:, :-1] |= mask[:, 1:]
    return wider


def _shown_mean(
    image: NDArray[np.float32], shown: NDArray[np.float32], width: int
) -> NDArray[np.float32]:
    """Local mean of what is shown (1, hidden: 0); of all of it where nothing near is."""
    mean = np.float32(image.mean(dtype=np.float64, where=shown > 0) if shown.any() else 0.0)
    share = _local_mean(shown, width)
    spread = _local_mean((image - mean) * shown, width)
    return (mean + spread / np.maximum(share, np.float32(1e-3))).astype(np.float32, copy=False)


def _local_mean(image: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Mean over a square of `width` px, twice; wide ones at a lower resolution."""
    return enlarged(_coarse_mean(image, width), image.shape)


def _coarse_mean(image: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The same at that resolution."""
    factor = max(1, width // FINEST_WINDOW)
    mean = shrunk(image, factor)
    for _ in range(2):
        mean = local_mean(mean, width // factor | 1)
    return mean
