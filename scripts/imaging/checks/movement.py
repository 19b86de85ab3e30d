"""What moved or changed while a stack was shot: light that jumps between two frames and stays.

Defocus changes the light of a small place little by little, over several frames. What moves does so
between two frames: before and after, the place is nearly as it was some frames earlier or later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.checks import evidence
from imaging.checks.finding import Finding
from imaging.checks.focus_curves import midway_contrast
from imaging.checks.fused_stack import FusedStack
from imaging.checks.touching import groups_of

# A jump is this many times what the place changes before and after it.
TIMES_STEADY = 3.0
# So many frames before it, and after it, are the measure; at least one of each.
STEADY_FRAMES = 2
LEAST_FRAMES = 4
# Contrast midway between two frames below which steps are wide, so that places jump in and out of
# focus: a jump of light must be so many times as large to be something that moved.
WIDE_STEPS, WIDE_TIMES = 0.9, 4.0
# Over a gap, where frames were lost or left out, all that is in focus jumps. Of two neighbours in
# even steps, light changes half as much as round about where it changes most (0.85 at most, in 25
# real stacks), by the value that a tenth of the cells exceed; over three to six missing frames 0.7
# to 2.7 times as much.
MOST_CELLS, EVEN_CHANGE = 0.9, 0.5


@dataclass(frozen=True)
class Jump:
    """A place that changed between two frames.

    Attributes
    ----------
    before : position of the frame before it
    place : (rows, columns) of the light's cells
    cells : how many of them jumped
    step : the largest jump, in values 0..1
    """

    before: int
    place: tuple[slice, slice]
    cells: int
    step: float


def jumps(light: Sequence[NDArray[np.float32]], least_step: float, least_cells: int) -> list[Jump]:
    """Find places whose light jumps and stays, the largest first.

    Parameters
    ----------
    light : of each frame, (h, w) float32 0..1, NaN where it does not reach
    least_step : jump in values 0..1, beyond what the place changes otherwise
    least_cells : that jump together
    """
    places: list[Jump] = []
    # Of the first and the last change nobody knows what came before or after.
    for k in range(1, len(light) - 2):
        before, after = light[k], light[k + 1]
        change = np.abs(after - before)
        otherwise = [np.abs(light[j] - before) for j in range(max(k - STEADY_FRAMES, 0), k)]
        last = min(k + 2 + STEADY_FRAMES, len(light))
        otherwise += [np.abs(light[j] - after) for j in range(k + 2, last)]
        steady = np.maximum.reduce(otherwise)
        beyond = np.nan_to_num(change - TIMES_STEADY * steady)
        # What jumps, however much of the picture it is, says nothing of the step.
        gap = _gap(change, steady, beyond <= least_step)
        if gap > 1.0:
            beyond = np.nan_to_num(change - TIMES_STEADY * gap * steady)
        for place, own, count in groups_of(beyond > least_step, corners=False):
            if count >= least_cells:
                places.append(Jump(k, place, count, float(change[place][own].max())))
    return sorted(places, key=lambda jump: -jump.cells * jump.step)


def _gap(
    change: NDArray[np.float32], steady: NDArray[np.float32], asked: NDArray[np.bool_]
) -> float:
    """How many times as wide as those round about a step is, by its change of light where asked."""
    asked = asked & np.isfinite(change) & np.isfinite(steady)
    if not asked.any():
        return 1.0
    own, usual = (float(np.quantile(light[asked], MOST_CELLS)) for light in (change, steady))
    return own / (EVEN_CHANGE * usual) if usual > 0 else 1.0


def moved(stack: FusedStack, least_step: float, least_cells: int) -> list[Finding]:
    """Places whose light jumps between two frames, a finding for each two; as `jumps`."""
    contrast = midway_contrast(stack.energy)
    wide = contrast is None or contrast < WIDE_STEPS
    every = jumps(stack.light, least_step * (WIDE_TIMES if wide else 1.0), least_cells)
    findings = []
    for before in dict.fromkeys(jump.before for jump in every):
        own = [jump for jump in every if jump.before == before]
        pair = (stack.numbers[before], stack.numbers[before + 1])
        places = [evidence.in_px(jump.place, stack.light.size_px, stack.shape) for jump in own]
        x, y, width, height = places[0]
        findings.append(
            Finding(
                "moved",
                f"between frames {pair[0]} and {pair[1]} something changed at "
                f"x {x + width // 2}, y {y + height // 2} px"
                + (f" and {len(own) - 1} more places" if len(own) > 1 else ""),
                pair,
                {
                    "cells": sum(jump.cells for jump in own),
                    "step": round(max(jump.step for jump in own), 3),
                },
                tuple(places),
            )
        )
    return findings
