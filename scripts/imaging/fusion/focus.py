"""Focus: in which frame, and between which, each place of a stack is sharpest.

The stack is passed over once, in luminance at half resolution. At every px the energy of
detail [1]_ is followed from frame to frame; the frame of the greatest energy and its two neighbours
give the peak by a parabola through their logarithms, since the energy falls off like a Gaussian
round the best focus. Memory does not depend on the number of frames.

.. [1] S. K. Nayar and Y. Nakagawa, "Shape from focus", IEEE Trans. Pattern Analysis and Machine
   Intelligence 16 (1994), 824-831: the Gaussian interpolation of the focus measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames.converted import open_pixels
from imaging.fusion.focus_cells import CellWriter, add_tile
from imaging.fusion.frame import TILE_COLUMNS, Frame, read_rows
from imaging.fusion.sharpness import noise_energies, window_energy
from imaging.sampling import pyramid, warp
from imaging.sampling.coverage import Outline, covered_columns
from imaging.sampling.kernels import kernel
from imaging.sampling.luminance import TO_HALF, half_values, halve_luminance

STRIP_ROWS = 64
# A px here is 2 x 2 px of the frame: a centre so far beyond its border has a part of them in it.
PART_COVERED_PX = 0.75
# Detail this many times as strong as noise is believed half.
HALF_BELIEVED = 4.0
# By how much of the usual step two steps may differ and be alike.
EVEN = 0.1
# A parabola that bends less than this has no peak: its logarithms differ by rounding.
LEAST_BEND = np.float32(-1e-6)


@dataclass(frozen=True)
class Focus:
    """Where a stack is sharp, at half resolution: (h, w) = (ceil(H / 2), ceil(W / 2)).

    Attributes
    ----------
    sharpest : (h, w) uint16, frame of the greatest energy, from 0
    peak : (h, w) float32, sub-frame position of the peak, in frames from 0
    confidence : (h, w) float32, 0..1: how far the detail stands out of noise, and the peak out of
        the mean over all frames
    covered : (h, w) uint8, 1 where every frame reaches, else 0
    """

    sharpest: NDArray[np.uint16]
    peak: NDArray[np.float32]
    confidence: NDArray[np.float32]
    covered: NDArray[np.uint8]


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
    """

    best: NDArray[np.float32]
    sharpest: NDArray[np.uint16]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    previous: NDArray[np.float32]
    total: NDArray[np.float32]
    covered: NDArray[np.uint8]


@kernel
def _follow(energy, frame, outline, y0, x0, state):
    """Take one tile of a frame's energies, at (y0, x0), into the state.

    Where the frame does not reach, its energy counts as none. `outline` is its coverage.Outline.
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
            if frame == 0 or e > state.best[y, x]:
                state.best[y, x] = e
                state.sharpest[y, x] = frame
                state.before[y, x] = state.previous[y, x] if frame > 0 else e
                state.after[y, x] = e
            state.previous[y, x] = e


@kernel
def conclude(state, steps, frames, noise, peak, confidence):
    """Sub-frame peak and confidence, (h, w) float32, written; `peak` may be `state.previous`.

    `steps` (frames - 1,) float32 are the distances of neighbours. Where two differ, as at a frame
    that is missing, the parabola's three points are as far apart as the frames are.
    """
    best, sharpest = state.best, state.sharpest
    two, half = np.float32(2.0), np.float32(0.5)
    for y in range(best.shape[0]):
        for x in range(best.shape[1]):
            k = sharpest[y, x]
            offset = np.float32(0.0)
            top = max(best[y, x] - noise, np.float32(0.0))
            if 0 < k < frames - 1:
                a = np.log(max(state.before[y, x], noise))
                b = np.log(max(best[y, x], noise))
                c = np.log(max(state.after[y, x], noise))
                back, forth = steps[k - 1], steps[k]
                if back == forth:
                    bend = a - two * b + c
                    if bend < LEAST_BEND:
                        offset = min(max(half * (a - c) / bend, -half), half)
                else:
                    rise, fall = (b - a) / back, (c - b) / forth
                    bend = fall - rise
                    if bend < LEAST_BEND:
                        away = -half * (rise * forth + fall * back) / bend
                        step = forth if away > 0 else back
                        offset = min(max(away / step, -half), half)
            peak[y, x] = np.float32(k) + offset
            mean = max(state.total[y, x] / np.float32(frames) - noise, np.float32(0.0))
            detail = top / (top + np.float32(HALF_BELIEVED) * noise)
            standing = (top - mean) / top if top > 0 else np.float32(0.0)
            confidence[y, x] = max(detail * standing, np.float32(0.0))


def measure_focus(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    variance: float,
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
    positions: Sequence[float] | None = None,
    cells: CellWriter | None = None,
) -> Focus:
    """Find where each place of a stack is sharpest.

    Parameters
    ----------
    frames : in order of focus, at least one
    shape : (rows, columns) of the reference frame, which all frames have
    variance : of the noise in luminance 0..1 at half resolution
    threads : the result does not depend on it
    report : takes the number of frames done, after each
    positions : of each frame along the axis, in any unit; evenly spaced if None
    cells : takes the energy and light of every frame, cell by cell
    """
    half = pyramid.coarser(shape)
    best, before, after, previous, total = (np.zeros(half, np.float32) for _ in range(5))
    sharpest, covered = np.zeros(half, np.uint16), np.ones(half, np.uint8)
    state = State(best, sharpest, before, after, previous, total, covered)
    with ThreadPoolExecutor(threads) as pool:
        for k, frame in enumerate(frames):
            _follow_frame(k, frame, shape, state, pool, cells)
            report(k + 1)
    noise = noise_energies(variance, 1)[0]
    peak, confidence = previous, np.empty(half, np.float32)
    conclude(state, spacing(positions, len(frames)), len(frames), noise, peak, confidence)
    return Focus(sharpest, peak, confidence, covered)


def spacing(positions: Sequence[float] | None, count: int) -> NDArray[np.float32]:
    """Distances of neighbouring frames in units of the usual one, (count - 1,) float32.

    What differs from it by less than a tenth is the rail's play, not a gap, and counts as 1, as
    do frames at one place, between which no peak can lie.
    """
    steps = np.ones(max(count - 1, 0), np.float32)
    if positions is None or count < 3:
        return steps
    distances = np.abs(np.diff(np.asarray(positions, np.float64)))
    usual = float(np.median(distances))
    gaps = (np.abs(distances - usual) > EVEN * usual) & (distances > EVEN * usual)
    steps[gaps] = distances[gaps] / usual if usual > 0.0 else 1.0
    return steps


def _follow_frame(
    k: int,
    frame: Frame,
    shape: tuple[int, int],
    state: State,
    pool: ThreadPoolExecutor,
    cells: CellWriter | None,
) -> None:
    """Take a frame's energies into the state, and its energy and light into the cells."""
    rows, columns = pyramid.coarser(shape)
    halo, margin = pyramid.HALO_PX, pyramid.MARGIN_PX
    unused = np.empty((1, *pyramid.coarser((rows, columns))), np.float32)
    curves, values = frame.curves(), half_values()
    inverse = TO_HALF @ frame.inverse @ np.linalg.inv(TO_HALF)
    outline = Outline(inverse, rows, columns)
    cell, light_cell = cells.sizes if cells else (0, 0)
    energies, lights = cells.planes() if cells else (unused[0], unused[0])
    with open_pixels(frame.path) as pixels:

        def one_strip(y0: int) -> None:
            y1 = min(y0 + STRIP_ROWS, rows)
            first, last = warp.source_rows(
                inverse, (y0 - halo, y1 + halo, -halo, columns + halo), rows
            )
            top = 2 * first
            rows_read = read_rows(frame, pixels, top, min(2 * last, shape[0]))
            binned = halve_luminance(rows_read, curves, top, first, last)
            for x0 in range(0, columns, TILE_COLUMNS):
                x1 = min(x0 + TILE_COLUMNS, columns)
                tile = np.empty((1, y1 - y0 + 2 * halo, x1 - x0 + 2 * halo), np.float32)
                warp.warp_tile(binned, first, inverse, values, y0 - halo, x0 - halo, tile)
                detail = np.empty((1, y1 - y0 + 2 * margin, x1 - x0 + 2 * margin), np.float32)
                pyramid.split_tile(tile, y0, x0, y1 - y0, x1 - x0, rows, columns, detail, unused)
                energy = np.empty((y1 - y0, x1 - x0), np.float32)
                window_energy(detail, 0.0, energy)
                if cells:
                    light = tile[0, halo:-halo, halo:-halo]
                    add_tile(energy, outline, y0, x0, cell, energies)
                    add_tile(light, outline, y0, x0, light_cell, lights)
                _follow(energy, k, outline, y0, x0, state)

        list(pool.map(one_strip, range(0, rows, STRIP_ROWS)))
    if cells:
        cells.write(k)
