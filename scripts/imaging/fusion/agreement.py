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
from imaging.fusion.islands import find_unconfirmed
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

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(enclose_strip, range(0, rows, STRIP_ROWS)))
    within = enclosed >= 0.0
    depth[within] = enclosed[within]
    confidence[within] = LEAST_CONFIDENCE
    unconfirmed = np.zeros(depth.shape, np.uint8)
    sure = (confidence >= LEAST_CONFIDENCE).view(np.uint8)
    find_unconfirmed(depth, sure, focus.strong, ALIKE_FRAMES, unconfirmed)
    confidence[unconfirmed != 0] *= UNCLEAR
    return Agreed(depth, confidence)


def _beside(energy: NDArray[np.float32], reach_px: int, times: float) -> NDArray[np.bool_]:
    """Where something within `reach_px` each way is so many times as sharp, (h, w)."""
    return energy * np.float32(times) < dilated(energy, 2 * reach_px + 1)


@kernel
def _agree(place, weight, energy, single, y0, y1, depth, confidence):
    """Depth and confidence of rows y0 to y1, written; the rest as `Focus` has it, (h, w) each."""
    rows, columns = place.shape
    none, one = np.float32(0.0), np.float32(1.0)
    for y in range(y0, y1):
        top, bottom = max(y - NEIGHBOURS_PX, 0), min(y + NEIGHBOURS_PX + 1, rows)
        for x in range(columns):
            here, own, sharp = place[y, x], weight[y, x], energy[y, x]
            depth[y, x], confidence[y, x] = here, none
            if own <= none:
                continue
            total, alike, mean, count = none, none, none, none
            energies, energies_alike, ridge = none, none, none
            left, right = max(x - NEIGHBOURS_PX, 0), min(x + NEIGHBOURS_PX + 1, columns)
            for i in range(top, bottom):
                for j in range(left, right):
                    near = abs(i - y) <= RIDGE_PX and abs(j - x) <= RIDGE_PX
                    if near and energy[i, j] > ridge:
                        ridge = energy[i, j]
                    w = weight[i, j]
                    if w <= none:
                        continue
                    total += w
                    energies += energy[i, j]
                    if abs(place[i, j] - here) < ALIKE_FRAMES:
                        alike += w
                        mean += w * (place[i, j] - here)
                        energies_alike += energy[i, j]
                        count += one
            share = (alike - own) / (total - own) if total > own else none
            if sharp > RIDGE * ridge and share > HALF and energies_alike > MOST * energies:
                share = max(share, np.float32(LEAST_CONFIDENCE))
            if single[y, x] == 0:
                share *= UNCLEAR
            depth[y, x] = here + mean / alike
            confidence[y, x] = share * min((count - one) / ENOUGH, one)


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
