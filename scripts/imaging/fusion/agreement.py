"""Depth as neighbours agree on it, and how sure it is.

A px alone may take noise for a peak, or the blurred edge of what stands before it. Among its
neighbours a true depth is repeated, chance is not, and a blurred edge gives way to the depth
behind it within a few px. Depth is the mean of the neighbours that agree, which is also finer than
one px's own; confidence is their share. On what is thinner than the neighbourhood, as a bristle is,
those decide that are as sharp as it. Where all that agree share one measurement, see `islands`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.focus import Focus
from imaging.fusion.islands import FOOTPRINT, find_unconfirmed
from imaging.sampling.dilation import dilated
from imaging.sampling.kernels import kernel

# Neighbours up to so many px away each way are asked, at half resolution.
NEIGHBOURS_PX = 3
# Depths less than so many frames apart agree; fewer neighbours than ENOUGH agree by chance.
ALIKE_FRAMES, ENOUGH = np.float32(1.0), np.float32(6.0)
# Confidence from which on a depth is told.
LEAST_CONFIDENCE = 0.9
# Of the greatest energy in 5 x 5 px a px on the ridge of something thin has at least RIDGE,
# agrees with at least HALF of all neighbours and MOST of the energy round it.
RIDGE_PX, RIDGE, HALF, MOST = 2, np.float32(0.9), np.float32(0.5), np.float32(0.8)
# A px that is not sure itself has the depth of those round it if so many of all are, and differ
# from their mean by less than ALIKE_FRAMES.
ENCLOSING = 0.5
# A peak this far beyond the end frames, in frames, is no longer near them.
NEAR_END = 0.75
# What is not clear by itself is believed half: its depth makes a picture, and is not told.
UNCLEAR = np.float32(0.5)
# Within so many px of something so many times as sharp, a px may show its blurred edge: its depth
# is not told, and that of a px that is not sure anyway makes no picture either.
NOT_TOLD_PX, NOT_TOLD = 8, 64.0
NOT_SHOWN_PX, NOT_SHOWN = 12, 16.0
STRIP_ROWS = 64


class Agreed(NamedTuple):
    """Depth as neighbours agree on it, (h, w) float32 at half resolution each.

    Attributes
    ----------
    depth : in frames from 0; where nothing is known, as the px alone has it
    confidence : 0..1, share of the neighbours that agree; 0 where nothing is known
    """

    depth: NDArray[np.float32]
    confidence: NDArray[np.float32]


class Asked(NamedTuple):
    """What the neighbours of each px of a row say, (w,) float32 each.

    Attributes
    ----------
    total, energies : of all that have a weight, the sums of these and of their energies
    alike, mean, energies_alike, counted : of those that agree, the sums of their weights, of these
        times how far they are from the px, of their energies, and how many they are
    ridge : the greatest energy of the nearest ones
    """

    total: NDArray[np.float32]
    energies: NDArray[np.float32]
    alike: NDArray[np.float32]
    mean: NDArray[np.float32]
    energies_alike: NDArray[np.float32]
    counted: NDArray[np.float32]
    ridge: NDArray[np.float32]


def agree(focus: Focus, frames: int, threads: int = 1) -> Agreed:
    """Find the depth on which neighbours agree.

    Parameters
    ----------
    frames : number of frames of the stack
    threads : the result does not depend on it
    """
    depth, confidence = np.empty_like(focus.place), np.empty_like(focus.place)
    rows = focus.place.shape[0]

    def one_strip(y0: int) -> None:
        y1 = min(y0 + STRIP_ROWS, rows)
        _agree(focus.place, focus.weight, focus.energy, focus.single, y0, y1, depth, confidence)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one_strip, range(0, rows, STRIP_ROWS)))
    last = np.float32(frames - 1)
    beyond = (depth < -NEAR_END) | (depth > last + NEAR_END)
    confidence[beyond] *= UNCLEAR
    np.clip(depth, 0, last, out=depth)
    confidence[_beside(focus.energy, NOT_TOLD_PX, NOT_TOLD)] *= UNCLEAR
    unsure = confidence < LEAST_CONFIDENCE
    confidence[unsure & _beside(focus.energy, NOT_SHOWN_PX, NOT_SHOWN)] = 0.0
    enclosed = np.empty_like(depth)

    def enclose_strip(y0: int) -> None:
        _enclose(depth, confidence, y0, min(y0 + STRIP_ROWS, rows), enclosed)

    def look_at_strip(y0: int) -> None:
        y1 = min(y0 + island_rows, rows)
        find_unconfirmed(depth, sure, focus.strong, ALIKE_FRAMES, y0, y1, unconfirmed)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(enclose_strip, range(0, rows, STRIP_ROWS)))
        within = enclosed >= 0.0
        depth[within] = enclosed[within]
        confidence[within] = LEAST_CONFIDENCE
        unconfirmed = np.zeros(depth.shape, np.uint8)
        sure = (confidence >= LEAST_CONFIDENCE).view(np.uint8)
        # Each looks some rows beyond its own: as few parts as there are threads, and no small ones.
        island_rows = max(-(-rows // threads), 2 * FOOTPRINT)
        list(pool.map(look_at_strip, range(0, rows, island_rows)))
    confidence[unconfirmed != 0] *= UNCLEAR
    return Agreed(depth, confidence)


def _beside(energy: NDArray[np.float32], reach_px: int, times: float) -> NDArray[np.bool_]:
    """Where something within `reach_px` each way is so many times as sharp, (h, w)."""
    return energy * np.float32(times) < dilated(energy, 2 * reach_px + 1)


@kernel
def _agree(place, weight, energy, single, y0, y1, depth, confidence):
    """Depth and confidence of rows y0 to y1, written; the rest as `Focus` has it, (h, w) each."""
    rows, columns = place.shape
    reach, high = NEIGHBOURS_PX, 2 * NEIGHBOURS_PX + 1
    # The rows that are asked, each in its turn of `high`, with nothing on either side of it.
    wide = columns + 2 * reach
    places, weights = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    energies = np.zeros((high, wide), np.float32)
    # Arrays of their own: of rows of one, a compiler cannot tell that they do not overlap.
    total, whole = np.empty(columns, np.float32), np.empty(columns, np.float32)
    alike, mean = np.empty(columns, np.float32), np.empty(columns, np.float32)
    energies_alike, count = np.empty(columns, np.float32), np.empty(columns, np.float32)
    sums = Asked(total, whole, alike, mean, energies_alike, count, np.empty(columns, np.float32))
    ready = max(y0 - reach, 0)
    for y in range(y0, y1):
        while ready < min(y + reach + 1, rows):
            slot = ready % high
            for x in range(columns):
                places[slot, reach + x] = place[ready, x]
                weights[slot, reach + x] = weight[ready, x]
                energies[slot, reach + x] = energy[ready, x]
            ready += 1
        for one in sums:
            one[:] = np.float32(0.0)
        for i in range(max(y - reach, 0), min(y + reach + 1, rows)):
            slot = i % high
            for step in range(high):
                _ask(places[slot], weights[slot], energies[slot], step, place[y], sums)
                if abs(i - y) <= RIDGE_PX and abs(step - reach) <= RIDGE_PX:
                    _rise(energies[slot], step, sums.ridge)
        _judge(place[y], weight[y], energy[y], single[y], sums, depth[y], confidence[y])


# Px side by side, each with its own sums, in the order in which its neighbours lie; unsigned
# offsets rather than slices, and two short loops: see warp._mix_along.
@kernel
def _ask(places, weights, energies, step, here, sums):
    """Add what the neighbour `step - NEIGHBOURS_PX` px to the right says, for each px of a row."""
    none, one, first = np.float32(0.0), np.float32(1.0), np.uint64(step)
    total, whole = sums.total, sums.energies
    for x in range(np.uint64(here.size)):
        w = weights[first + x]
        total[x] += w if w > none else none
        whole[x] += energies[first + x] if w > none else none
    alike, mean, own, count = sums.alike, sums.mean, sums.energies_alike, sums.counted
    for x in range(np.uint64(here.size)):
        w, away = weights[first + x], places[first + x] - here[x]
        agrees = (w > none) & (abs(away) < ALIKE_FRAMES)
        alike[x] += w if agrees else none
        mean[x] += w * away if agrees else none
        own[x] += energies[first + x] if agrees else none
        count[x] += one if agrees else none


@kernel
def _rise(energies, step, ridge):
    """Raise a row's greatest energies to those of one of their neighbours."""
    first = np.uint64(step)
    for x in range(np.uint64(ridge.size)):
        e = energies[first + x]
        ridge[x] = e if e > ridge[x] else ridge[x]


@kernel
def _judge(place, weight, energy, single, sums, depth, confidence):
    """Write depth and confidence of a row by what its px's neighbours say, (w,) each."""
    none, one = np.float32(0.0), np.float32(1.0)
    for x in range(place.size):
        here, own = place[x], weight[x]
        depth[x], confidence[x] = here, none
        if own <= none:
            continue
        total, alike = sums.total[x], sums.alike[x]
        share = (alike - own) / (total - own) if total > own else none
        on_ridge = energy[x] > RIDGE * sums.ridge[x]
        if on_ridge and share > HALF and sums.energies_alike[x] > MOST * sums.energies[x]:
            share = max(share, np.float32(LEAST_CONFIDENCE))
        if single[x] == 0:
            share *= UNCLEAR
        depth[x] = here + sums.mean[x] / alike
        confidence[x] = share * min((sums.counted[x] - one) / ENOUGH, one)


@kernel
def _enclose(depth, confidence, y0, y1, enclosed):
    """Depth of px that are not sure among such as are, rows y0 to y1, written; -1 elsewhere."""
    rows, columns = depth.shape
    least, none, one = np.float32(LEAST_CONFIDENCE), np.float32(0.0), np.float32(1.0)
    for y in range(y0, y1):
        top, bottom = max(y - NEIGHBOURS_PX, 0), min(y + NEIGHBOURS_PX + 1, rows)
        for x in range(columns):
            enclosed[y, x] = -one
            if confidence[y, x] >= least:
                continue
            left, right = max(x - NEIGHBOURS_PX, 0), min(x + NEIGHBOURS_PX + 1, columns)
            count, total = none, none
            lowest, highest = np.float32(np.inf), none
            for i in range(top, bottom):
                for j in range(left, right):
                    if confidence[i, j] >= least:
                        z = depth[i, j]
                        count += one
                        total += z
                        lowest, highest = min(lowest, z), max(highest, z)
            if count < np.float32(ENCLOSING) * np.float32((bottom - top) * (right - left)):
                continue
            mean = total / count
            if mean - lowest < ALIKE_FRAMES and highest - mean < ALIKE_FRAMES:
                enclosed[y, x] = mean
