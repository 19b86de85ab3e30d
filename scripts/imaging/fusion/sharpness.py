"""Sharpness as fusion measures it: local energy of a pyramid level's detail, and that of noise."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.converted import Decoded, open_pixels
from imaging.fusion.frame import Frame
from imaging.fusion.quantisation import brightness, rounding_energy
from imaging.sampling.kernels import kernel
from imaging.sampling.luminance import half_values, halve_luminance
from imaging.sampling.pyramid import HALO_PX, MARGIN_PX, cut_tile, split_tile
from imaging.sampling.ranks import quantile

# Energy of white noise of unit variance at each level of the pyramid; measured on 10^6 px.
WHITE_NOISE_ENERGY = (0.8886, 0.0528, 0.01015, 0.00236, 0.00057)
# Its first decile at the finest level as a share of its mean, of the energy of one channel and of
# three together, which scatters less; measured on as many.
FIRST_DECILE = {1: 0.55, 3: 0.71}
# Detail and its energy are mixed of px up to so far away, of a frame's continuation beyond its
# border as well: two px by the pyramid's filter and two by the window of `window_energy`.
REACH_PX = 4.0
# Values this near to black or white carry less noise than the rest of the picture.
FAIR = (0.04, 0.96)
# Noise is measured in so many patches at most, so many rows of them, spread over a frame: fine
# detail in some of them decides nothing, since the plainest tenth of all px is taken.
PATCH_PX = 128
PATCHES, PATCH_ROWS = 48, 4
# JPEG's rounding is looked for in so many of them at most.
ROUNDED_PATCHES = 12
# What lies nearer to a patch's border is mixed of the px repeated there.
PATCH_BORDER_PX = 8
# What rounding to 16 bits leaves, with room: no energy is compared below it.
LEAST_VARIANCE = 1e-7
# Brightness, 0..1, in so many equal parts, each with a noise of its own where so many px at least
# have it.
LIGHTS, ENOUGH_PX = 16, 1000
# Where all that is as bright has detail, its plainest tenth is no noise: at most so many times the
# noise of the whole is believed.
MOST_NOISE = 8.0


class Noise(NamedTuple):
    """Variance of the noise in a stack's values 0..1.

    Attributes
    ----------
    colour : of each channel at full resolution
    luminance : of luminance at half resolution
    by_light : (LIGHTS,) float32, the same in each equal part of brightness 0..1; at least
        `luminance`
    rounding : energy that a step of JPEG's rounding leaves in luminance at half resolution, of
        `quantisation.rounding_energy`
    """

    colour: float
    luminance: float
    by_light: NDArray[np.float32]
    rounding: float = 0.0


@kernel
def window_energy(detail, strong, out):
    """Mean square of the detail round every px, weighted 1-4-6-4-1 both ways.

    Where it is far above the noise, weights 1-2-1 are enough, and what lies beside a bristle is not
    taken for the bristle.

    Parameters
    ----------
    detail : (C, h + 4, w + 4) float32, a level's detail with a margin of 2 px
    strong : energy at which the narrow weights count as much as the wide ones; 0 for wide alone
    out : (h, w) float32, written; of three channels, they count 1/4, 1/2, 1/4
    """
    height, width = out.shape
    wide = width + 4
    lines = np.zeros((5, wide), np.float32)
    column, narrow = np.empty(wide, np.float32), np.empty(wide, np.float32)
    two, four, six = np.float32(2.0), np.float32(4.0), np.float32(6.0)
    for y in range(height + 4):
        if detail.shape[0] == 1:
            _square(detail[0, y], lines[y % 5])
        else:
            _square_of_three(detail[0, y], detail[1, y], detail[2, y], lines[y % 5])
        if y < 4:
            continue
        l0, l1, l2 = lines[(y - 4) % 5], lines[(y - 3) % 5], lines[(y - 2) % 5]
        l3, l4 = lines[(y - 1) % 5], lines[y % 5]
        for x in range(wide):
            column[x] = (l0[x] + l4[x]) + four * (l1[x] + l3[x]) + six * l2[x]
        target = out[y - 4]
        for x in range(width):
            target[x] = (
                (column[x] + column[x + 4])
                + four * (column[x + 1] + column[x + 3])
                + six * column[x + 2]
            ) * np.float32(1.0 / 256.0)
        if strong > 0.0:
            for x in range(wide):
                narrow[x] = (l1[x] + l3[x]) + two * l2[x]
            _narrow_where_strong(narrow, np.float32(1.0 / strong), target)


# Python's own check for a division by zero would keep the loop from being vectorised.
@kernel(error_model="numpy")
def _narrow_where_strong(column, per_strong, energy):
    """Mix a row of energy, (w,), with that of the narrow weights, as far as it is strong.

    `column` (w + 4,) is what the narrow weights make of the columns.
    """
    one, two, sixteenth = np.float32(1.0), np.float32(2.0), np.float32(1.0 / 16.0)
    before, here, after = np.uint64(1), np.uint64(2), np.uint64(3)
    for x in range(np.uint64(energy.size)):
        strength = energy[x] * per_strong
        share = strength * strength
        share = share / (one + share)
        narrow = ((column[x + before] + column[x + after]) + two * column[x + here]) * sixteenth
        energy[x] += share * (narrow - energy[x])


@kernel
def _square(line, out):
    for x in range(out.size):
        out[x] = line[x] * line[x]


@kernel
def _square_of_three(red, green, blue, out):
    quarter, half = np.float32(0.25), np.float32(0.5)
    for x in range(out.size):
        out[x] = quarter * (red[x] * red[x] + blue[x] * blue[x]) + half * (green[x] * green[x])


def measure_noise(frames: Sequence[Frame], threads: int = 1) -> Noise:
    """Measure the noise in a stack, in the plainest places of some frames.

    The first, middle and last frame are sampled: each is blurred where others are sharp, so that
    what is left at the finest level in most places is noise.

    Parameters
    ----------
    threads : the result does not depend on it

    Returns
    -------
    variances of white noise with the same energy at the finest level; at least LEAST_VARIANCE
    """
    sampled = [frames[k] for k in sorted({0, len(frames) // 2, len(frames) - 1})]
    with ThreadPoolExecutor(threads) as pool, ExitStack() as opened:
        files = list(pool.map(lambda frame: open_pixels(frame.path), sampled))
        for file in files:
            opened.enter_context(file)
        bands = range(_grid(files[0].shape)[0])
        asked = [(frame, file, i) for frame, file in zip(sampled, files) for i in bands]
        plain = list(pool.map(lambda band: _plain_places(*band), asked))
        # A frame's blocks of JPEG are found by all of its patches.
        planes = [
            [plane for band in plain[k : k + len(bands)] for plane in band.planes]
            for k in range(0, len(plain), len(bands))
        ]
        rounding = pool.map(rounding_energy, planes)
        light = np.concatenate([part for band in plain for part in band.light])
        luminance = np.concatenate([part for band in plain for part in band.luminance])
        of_colour = pool.submit(
            _least_variance, np.concatenate([part for band in plain for part in band.colour]), 3
        )
        variance = _least_variance(luminance, 1)
        by_light = _variance_by_light(luminance, light, variance)
        return Noise(of_colour.result(), variance, by_light, max(rounding))


class _Plain(NamedTuple):
    """What plain places of some patches of a frame tell, a patch each.

    Attributes
    ----------
    colour, luminance : (n,) float32, energies of the finest detail
    light : (n,) float32, brightness of the latter
    planes : of some patches, as `rounding_energy` takes them
    """

    colour: list[NDArray[np.float32]]
    luminance: list[NDArray[np.float32]]
    light: list[NDArray[np.float32]]
    planes: list[tuple[NDArray[np.float32], int, int]]


def _grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows of patches of a frame, and patches in each."""
    rows = max(1, min(PATCH_ROWS, shape[0] // min(PATCH_PX, shape[0])))
    return rows, max(1, min(PATCHES // rows, shape[1] // min(PATCH_PX, shape[1])))


def _plain_places(frame: Frame, pixels: tiff.Rows | Decoded, i: int) -> _Plain:
    """What a frame's row of patches tells, the `i`-th."""
    found = _Plain([], [], [], [])
    curves, values = frame.curves(), half_values()
    rows, columns = pixels.shape[:2]
    side_y, side_x = min(PATCH_PX, rows), min(PATCH_PX, columns)
    grid_y, grid_x = _grid(pixels.shape)
    apart = -(-grid_y * grid_x // ROUNDED_PATCHES)
    y0 = (rows - side_y) * (2 * i + 1) // (2 * grid_y)
    band = pixels.read(y0, y0 + side_y)
    for j in range(grid_x):
        x0 = (columns - side_x) * (2 * j + 1) // (2 * grid_x)
        patch = band[:, x0 : x0 + side_x]
        found.colour.append(_plain_energy(patch, curves)[0])
        halved = halve_luminance(patch, curves, 0, 0, (side_y + 1) // 2)
        energy, light = _plain_energy(halved, values)
        found.luminance.append(energy)
        found.light.append(light)
        if (i * grid_x + j) % apart == 0:
            found.planes.append((brightness(patch), y0, x0))
    return found


def _variance_by_light(
    energy: NDArray[np.float32], light: NDArray[np.float32], variance: float
) -> NDArray[np.float32]:
    """Variance of the noise in each part of brightness; between those that are seen, in a line."""
    part = np.minimum((light * np.float32(LIGHTS)).astype(np.int64), LIGHTS - 1)
    seen = np.flatnonzero(np.bincount(part, minlength=LIGHTS) >= ENOUGH_PX)
    if not seen.size:
        return np.full(LIGHTS, variance, np.float32)
    measured = [_least_variance(energy[part == one], 1) for one in seen]
    of_all = np.interp(np.arange(LIGHTS), seen, measured)
    return np.clip(of_all, variance, MOST_NOISE * variance).astype(np.float32)


def _least_variance(energy: NDArray[np.float32], channels: int) -> float:
    """Variance of white noise from the first decile of its energy."""
    if not energy.size:
        return LEAST_VARIANCE
    mean = float(quantile(energy, 0.1)) / FIRST_DECILE[channels]
    return max(mean / WHITE_NOISE_ENERGY[0], LEAST_VARIANCE)


def _plain_energy(
    patch: NDArray[np.uint16], curves: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Energy of the finest detail of a (h, w, C) patch wherever it is neither black nor white.

    Returns
    -------
    energy, brightness : (n,) float32; brightness is that of the first channel
    """
    energy = np.empty(patch.shape[0] * patch.shape[1], np.float32)
    light = np.empty_like(energy)
    count = _energy_where_plain(patch, curves, energy, light)
    return energy[:count], light[:count]


@kernel
def _energy_where_plain(patch, curves, out, light):
    """Write energies and brightnesses of `_plain_energy`, row by row; how many they are."""
    rows, columns, channels = patch.shape
    values = np.empty((channels, rows, columns), np.float32)
    for c in range(channels):
        for y in range(rows):
            for x in range(columns):
                values[c, y, x] = curves[c, patch[y, x, c]]
    tile = np.empty((channels, rows + 2 * HALO_PX, columns + 2 * HALO_PX), np.float32)
    cut_tile(values, -HALO_PX, -HALO_PX, tile)
    detail = np.empty((channels, rows + 2 * MARGIN_PX, columns + 2 * MARGIN_PX), np.float32)
    unused = np.empty((channels, (rows + 1) // 2, (columns + 1) // 2), np.float32)
    split_tile(tile, 0, 0, rows, columns, rows, columns, detail, unused)
    energy = np.empty((rows, columns), np.float32)
    window_energy(detail, 0.0, energy)
    darkest, lightest = np.float32(FAIR[0]), np.float32(FAIR[1])
    count = 0
    for y in range(PATCH_BORDER_PX, rows - PATCH_BORDER_PX):
        for x in range(PATCH_BORDER_PX, columns - PATCH_BORDER_PX):
            fair = True
            for c in range(channels):
                fair &= darkest < values[c, y, x] < lightest
            if fair:
                out[count], light[count] = energy[y, x], values[0, y, x]
                count += 1
    return count


def noise_energies(variance: float, levels: int) -> NDArray[np.float32]:
    """Energy that white noise of a variance has at each level of the pyramid, finest first."""
    known = [*WHITE_NOISE_ENERGY]
    while len(known) < levels:
        known.append(known[-1] / 4.0)
    return (variance * np.array(known[:levels])).astype(np.float32)
