"""Strips of a frame, measured for focus: a kernel of `focus`.

A strip is one call, whatever is done with it; see `strips`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.blocks import BLOCK_ROWS, next_block
from imaging.fusion.focus_cells import add_tile
from imaging.fusion.frame import TILE_COLUMNS
from imaging.fusion.highlights import follow_light
from imaging.fusion.peaks import follow_peaks
from imaging.fusion.sharpness import LIGHTS, window_energy
from imaging.sampling.coverage import covered_columns, tile_columns
from imaging.sampling.kernels import kernel
from imaging.sampling.luminance import halve_luminance
from imaging.sampling.pyramid import HALO_PX, MARGIN_PX, split_tile
from imaging.sampling.warp import NOT_BEGUN, passed_rows, warp_rows

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
    binned = halve_luminance(pixels, curves, strip.top, strip.first, strip.last)
    for x0 in range(0, columns, TILE_COLUMNS):
        width = min(TILE_COLUMNS, columns - x0)
        wide, height = width + 2 * HALO_PX, min(BLOCK_ROWS, strip.y1 - strip.y0)
        tile = np.empty((1, height + 2 * HALO_PX, wide), np.float32)
        passed = np.empty((1, passed_rows(outline.inverse, wide), wide), np.float32)
        ready, known = NOT_BEGUN, 0
        for y0 in range(strip.y0, strip.y1, BLOCK_ROWS):
            height = min(BLOCK_ROWS, strip.y1 - y0)
            if y0 > strip.y0:
                tile, known = next_block(tile, height), 2 * HALO_PX
            top, left = y0 - HALO_PX, x0 - HALO_PX
            ready = warp_rows(
                binned, strip.first, outline.inverse, values, top, left, tile, known, passed, ready
            )
            detail = np.empty((1, height + 2 * MARGIN_PX, width + 2 * MARGIN_PX), np.float32)
            split_tile(tile, y0, x0, height, width, rows, columns, detail, unused)
            energy = np.empty((height, width), np.float32)
            window_energy(detail, 0.0, energy)
            own_light = tile[0, HALO_PX : HALO_PX + height, HALO_PX : HALO_PX + width]
            if cells.size > 0:
                add_tile(energy, outline, y0, x0, cells.size, cells.energy)
                add_tile(own_light, outline, y0, x0, cells.light_size, cells.light)
            if follows:
                follow_peaks(energy, frame, outline, PART_COVERED_PX, y0, x0, noise, peaks)
            _follow(energy, own_light, frame, frames, outline, y0, x0, state)
            follow_light(tile, y0, x0, light)


@kernel
def _follow(energy, light, frame, frames, outline, y0, x0, state):
    """Take one tile of a frame's energies, at (y0, x0), into the state.

    `light` has its brightness. Where the frame does not reach, its energy counts as none, and is
    made none. `outline` is its coverage.Outline.
    """
    width = energy.shape[1]
    risen = np.empty(width, np.uint8)
    for i in range(energy.shape[0]):
        y, right = y0 + i, x0 + width
        low, high = covered_columns(outline, float(y), -PART_COVERED_PX)
        first, last = tile_columns(low, high, 1, x0, width)
        e = energy[i]
        e[:first] = np.float32(0.0)
        e[last:] = np.float32(0.0)
        state.covered[y, x0 : x0 + first] = 0
        state.covered[y, x0 + last : right] = 0
        sharpest = state.sharpest[y, x0:right]
        if frame == 0:
            risen[:] = 1
            _begin(e, _rows_of(state, y, x0, right))
        else:
            _compare(e, np.uint16(frame), sharpest, _rows_of(state, y, x0, right), risen)
        _note(light[i], np.uint16(frame), risen, state.light[y, x0:right], sharpest)
        if frame == 2 or frame == frames - 3:
            inner = state.inner[y, x0:right]
            for x in range(width):
                at_start = sharpest[x] == 0
                if (frame == 2 and at_start) or (frame == frames - 3 and not at_start):
                    inner[x] = e[x]


class _Row(NamedTuple):
    """Parts of a row of the planes of `State` that are float32, (w,) each."""

    best: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    previous: NDArray[np.float32]
    total: NDArray[np.float32]
    low: NDArray[np.float32]
    rival: NDArray[np.float32]
    width: NDArray[np.float32]
    middle: NDArray[np.float32]


@kernel
def _rows_of(state, y, left, right):
    return _Row(
        state.best[y, left:right],
        state.before[y, left:right],
        state.after[y, left:right],
        state.previous[y, left:right],
        state.total[y, left:right],
        state.low[y, left:right],
        state.rival[y, left:right],
        state.width[y, left:right],
        state.middle[y, left:right],
    )


@kernel
def _begin(energy, row):
    """Take a row of the first frame's energies."""
    for x in range(energy.size):
        row.best[x] = row.before[x] = row.after[x] = row.previous[x] = energy[x]
        row.total[x] = row.low[x] = energy[x]
        row.width[x] = np.float32(1.0)


# Both ways are worked out for each px, and one of them is taken, without a branch: energy of noise
# turns at random. Loop by loop of few arrays each: of many, the compiler does not vectorise any.
@kernel
def _compare(energy, frame, sharpest, row, risen):
    """Take a row of another frame's energies; `risen` is 1 where it is the greatest so far."""
    best, low, rival, after, before = row.best, row.low, row.rival, row.after, row.before
    previous, total = row.previous, row.total
    last = np.uint16(frame - np.uint16(1))
    _weigh(energy, np.float32(frame), best, row.width, row.middle)
    for x in range(energy.size):
        e, known = energy[x], low[x]
        higher = e > best[x]
        lowest = e if higher else min(known, e)
        rise = (best[x] if higher else e) - (known if higher else lowest)
        low[x] = lowest
        rival[x] = max(rival[x], rise)
    for x in range(energy.size):
        risen[x] = energy[x] > best[x]
    for x in range(energy.size):
        best[x] = energy[x] if energy[x] > best[x] else best[x]
    for x in range(energy.size):
        follows = (sharpest[x] == last) | (risen[x] != 0)
        after[x] = energy[x] if follows else after[x]
    for x in range(energy.size):
        before[x] = previous[x] if risen[x] != 0 else before[x]
    for x in range(energy.size):
        previous[x] = energy[x]
        total[x] += energy[x]


# Python's own check for a division by zero would keep the loop from being vectorised.
@kernel(error_model="numpy")
def _weigh(energy, frame, best, width, middle):
    """Take a row of energies into the width and the middle, before they are into the greatest."""
    none, one = np.float32(0.0), np.float32(1.0)
    for x in range(energy.size):
        e, known = energy[x], best[x]
        higher = e > known
        share = (known if higher else e) / (e if higher else known)
        share = share * share * share
        share = share if known > none else none
        wider = width[x] * share + one if higher else width[x] + share
        width[x] = wider
        away = frame - middle[x]
        moved = (away if higher else share) / wider
        middle[x] += moved if higher else moved * away


@kernel
def _note(light, frame, risen, lights, sharpest):
    """Note frame and brightness where energy has risen."""
    parts, most, none = np.float32(LIGHTS), np.int32(LIGHTS - 1), np.int32(0)
    for x in range(risen.size):
        sharpest[x] = frame if risen[x] != 0 else sharpest[x]
    for x in range(risen.size):
        part = np.uint8(min(max(np.int32(light[x] * parts), none), most))
        lights[x] = part if risen[x] != 0 else lights[x]
