"""Strips of a frame, measured for focus: a kernel of `focus`.

A strip is one call, whatever is done with it; see `strips`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.focus_cells import add_tile
from imaging.fusion.frame import TILE_COLUMNS
from imaging.fusion.highlights import follow_light
from imaging.fusion.peaks import follow_peaks
from imaging.fusion.sharpness import LIGHTS, window_energy
from imaging.sampling.coverage import covered_columns
from imaging.sampling.kernels import kernel
from imaging.sampling.luminance import halve_luminance
from imaging.sampling.pyramid import HALO_PX, MARGIN_PX, split_tile
from imaging.sampling.warp import warp_tile

# A px here is 2 x 2 px of the frame: a centre so far beyond its border has a part of them in it.
PART_COVERED_PX = 0.75


class State(NamedTuple):
    """What is known so far at each px, for kernels, (h, w) each.

    Attributes
    ----------
    best : float32, the greatest energy
    sharpest : uint16, its frame
    before, after : float32, the energies of that frame's neighbours
    previous : float32, energy of the frame before
    total : float32, sum of all energies
    covered : uint8, 1 where every frame reaches
    low : float32, the least energy since the greatest
    rival : float32, by how much another peak rises out of the valley before or behind it
    light : uint8, brightness at its sharpest, in LIGHTS parts
    inner : float32, where the sharpest frame is the first or the last, the energy two frames inward
    width : float32, frames, the sum of (energy / greatest energy)^3
    middle : float32, the mean frame, so weighed
    """

    best: NDArray[np.float32]
    sharpest: NDArray[np.uint16]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    previous: NDArray[np.float32]
    total: NDArray[np.float32]
    covered: NDArray[np.uint8]
    low: NDArray[np.float32]
    rival: NDArray[np.float32]
    light: NDArray[np.uint8]
    inner: NDArray[np.float32]
    width: NDArray[np.float32]
    middle: NDArray[np.float32]


class CellSums(NamedTuple):
    """Where a frame's energy and light are summed, cell by cell; see `focus_cells`.

    Attributes
    ----------
    size, light_size : px each way of a cell; 0 where none is wanted
    energy, light : (gh, gw) float32
    """

    size: int
    light_size: int
    energy: NDArray[np.float32]
    light: NDArray[np.float32]


class Strip(NamedTuple):
    """A strip of a frame, at half resolution.

    Attributes
    ----------
    top : row of the frame, at full resolution, that its pixels begin with
    first, last : rows of the frame that are read, past the last
    y0, y1 : rows of the reference frame that are measured, past the last
    """

    top: int
    first: int
    last: int
    y0: int
    y1: int


@kernel
def follow_strip(
    pixels,
    curves,
    values,
    strip,
    frame,
    frames,
    outline,
    state,
    cells,
    peaks,
    follows,
    noise,
    light,
    unused,
):
    """Take a strip of a frame into the state, the cells, the peaks and the light.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, rows `strip.top` … of the frame at full resolution
    curves : (3, 65536) float32, the value that each sample of a channel stands for
    values : (1, 65536) float32, as `luminance.half_values` gives them
    strip : Strip
    frame, frames : its number, from 0, and how many there are
    outline : coverage.Outline of the frame at half resolution
    state : State, written
    cells : CellSums, added to
    peaks : Peaks, written if `follows` is 1
    noise : float32, energy of noise, for the peaks
    light : highlights.Light, the strip's px written
    unused : (1, ceil(h / 2), ceil(w / 2)) float32, written, to no use
    """
    rows, columns = state.best.shape
    y0, height = strip.y0, strip.y1 - strip.y0
    binned = halve_luminance(pixels, curves, strip.top, strip.first, strip.last)
    for x0 in range(0, columns, TILE_COLUMNS):
        width = min(TILE_COLUMNS, columns - x0)
        tile = np.empty((1, height + 2 * HALO_PX, width + 2 * HALO_PX), np.float32)
        warp_tile(binned, strip.first, outline.inverse, values, y0 - HALO_PX, x0 - HALO_PX, tile)
        detail = np.empty((1, height + 2 * MARGIN_PX, width + 2 * MARGIN_PX), np.float32)
        split_tile(tile, y0, x0, height, width, rows, columns, detail, unused)
        energy = np.empty((height, width), np.float32)
        window_energy(detail, 0.0, energy)
        own_light = tile[0, HALO_PX : HALO_PX + height, HALO_PX : HALO_PX + width]
        if cells.size > 0:
            add_tile(energy, outline, y0, x0, cells.size, cells.energy)
            add_tile(own_light, outline, y0, x0, cells.light_size, cells.light)
        _follow(energy, own_light, frame, frames, outline, y0, x0, state)
        if follows:
            follow_peaks(energy, frame, outline, PART_COVERED_PX, y0, x0, noise, peaks)
        follow_light(tile, y0, x0, light)


@kernel
def _follow(energy, light, frame, frames, outline, y0, x0, state):
    """Take one tile of a frame's energies, at (y0, x0), into the state.

    `light` has its brightness. Where the frame does not reach, its energy counts as none. `outline`
    is its coverage.Outline.
    """
    for i in range(energy.shape[0]):
        y = y0 + i
        low, high = covered_columns(outline, float(y), -PART_COVERED_PX)
        for j in range(energy.shape[1]):
            x = x0 + j
            e = energy[i, j]
            if x < low or x > high:
                e = np.float32(0.0)
                state.covered[y, x] = 0
            state.total[y, x] += e
            if frame > 0 and state.sharpest[y, x] == frame - 1:
                state.after[y, x] = e
            best = state.best[y, x]
            if frame == 0 or e > best:
                if frame > 0:
                    rise = best - state.low[y, x]
                    state.rival[y, x] = max(state.rival[y, x], rise)
                state.low[y, x] = e
                part = np.int32(light[i, j] * np.float32(LIGHTS))
                state.light[y, x] = min(max(part, 0), LIGHTS - 1)
                state.best[y, x] = e
                state.sharpest[y, x] = frame
                state.before[y, x] = state.previous[y, x] if frame > 0 else e
                state.after[y, x] = e
                lower = best / e if best > np.float32(0.0) else np.float32(0.0)
                width = state.width[y, x] * (lower * lower * lower) + np.float32(1.0)
                state.width[y, x] = width
                state.middle[y, x] += (np.float32(frame) - state.middle[y, x]) / width
            else:
                if best > np.float32(0.0):
                    share = (e / best) * (e / best) * (e / best)
                    width = state.width[y, x] + share
                    state.width[y, x] = width
                    away = np.float32(frame) - state.middle[y, x]
                    state.middle[y, x] += share / width * away
                lowest = min(state.low[y, x], e)
                state.low[y, x] = lowest
                state.rival[y, x] = max(state.rival[y, x], e - lowest)
            state.previous[y, x] = e
            first = state.sharpest[y, x] == 0
            if (frame == 2 and first) or (frame == frames - 3 and not first):
                state.inner[y, x] = e
