"""Light that a fused picture has round highlights and the frame in focus there has not.

Blurred frames carry a highlight's light over its rim. Where the fused picture is brighter than the
frame that is in focus at that place, it took some of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.checks import evidence
from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack, cell_means, cell_samples
from imaging.fusion.agreement import LEAST_CONFIDENCE
from imaging.sampling.luminance import CHANNEL_WEIGHTS

WHITE = 65535.0
# Cells are near a highlight up to so many of them away.
REACH_CELLS = 4
# Values 0..1 from which on a place is a highlight.
HIGHLIGHT = 0.9


def halo_cells(
    fused: NDArray[np.float32],
    light: Sequence[NDArray[np.float32]],
    source: NDArray[np.int64],
    sure: NDArray[np.bool_],
    least_excess: float,
) -> NDArray[np.bool_]:
    """Cells near highlights that are brighter in the fused picture than in the frame in focus.

    Parameters
    ----------
    fused : (h, w) float32 0..1, mean luminance of the fused picture's cells
    light : the same of every frame, NaN where it does not reach
    source : (h, w), position of the frame in focus
    sure : (h, w), where that is known
    least_excess : in values 0..1

    Returns
    -------
    (h, w) bool
    """
    bright = np.zeros(fused.shape, bool)
    most = np.full(fused.shape, np.float32(np.nan))
    for k, seen in enumerate(light):
        bright |= np.nan_to_num(seen) >= HIGHLIGHT
        # Of frames next to the one in focus, the fused picture takes light with good reason.
        beside = np.abs(source - k) <= 1
        most[beside] = np.fmax(most[beside], seen[beside])
    near = _grown(bright, REACH_CELLS) & ~bright
    return near & sure & (np.nan_to_num(fused - most) > least_excess)


def _grown(cells: NDArray[np.bool_], times: int) -> NDArray[np.bool_]:
    """Cells, and those beside them along rows and columns, so many times.

    SciPy has it too, and takes longer to load than all else of a small stack's checks.
    """
    for _ in range(times):
        grown = cells.copy()
        grown[1:] |= cells[:-1]
        grown[:-1] |= cells[1:]
        grown[:, 1:] |= cells[:, :-1]
        grown[:, :-1] |= cells[:, 1:]
        cells = grown
    return cells


def halos(stack: FusedStack, least_excess: float, least_cells: int) -> list[Finding]:
    """Light round highlights, in `least_cells` cells that touch; as `halo_cells`."""
    size = stack.light.size_px
    weights = np.array(CHANNEL_WEIGHTS, np.float32) / np.float32(WHITE)
    fused = cell_means(stack.fused, size, lambda rows: rows @ weights)
    position = np.zeros(max(stack.numbers) + 1, np.int64)
    position[stack.numbers] = np.arange(len(stack.numbers))
    source = position[cell_samples(stack.source, size)]
    least = np.ceil(LEAST_CONFIDENCE * WHITE)
    sure = cell_samples(stack.confidence, size) >= least
    cells = halo_cells(fused, stack.light, source, sure, least_excess)
    largest = evidence.groups(cells)
    if not largest or largest[0][1] < least_cells:
        return []
    places = evidence.places_of(cells, size, stack.shape)
    return [
        Finding(
            "halo",
            f"light round highlights that the frame in focus has not, largest at "
            f"x {places[0][0]}, y {places[0][1]} px",
            evidence={"cells": int(cells.sum())},
            places=places,
        )
    ]
