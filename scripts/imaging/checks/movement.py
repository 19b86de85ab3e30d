"""What moved or changed while a stack was shot: light that jumps between two frames and stays.

Defocus changes the light of a small place little by little, over several frames. What moves does so
between two frames: before and after, the place is nearly as it was some frames earlier or later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# A jump is this many times what the place changes before and after it.
TIMES_STEADY = 3.0
# So many frames before it, and after it, are the measure; at least one of each.
STEADY_FRAMES = 2
LEAST_FRAMES = 4


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
    found: list[Jump] = []
    if len(light) < LEAST_FRAMES:
        return found
    # Of the first and the last change nobody knows what came before or after.
    for k in range(1, len(light) - 2):
        before, after = light[k], light[k + 1]
        change = np.abs(after - before)
        otherwise = [np.abs(light[j] - before) for j in range(max(k - STEADY_FRAMES, 0), k)]
        last = min(k + 2 + STEADY_FRAMES, len(light))
        otherwise += [np.abs(light[j] - after) for j in range(k + 2, last)]
        beyond = np.nan_to_num(change - TIMES_STEADY * np.maximum.reduce(otherwise))
        labels, _ = ndimage.label(beyond > least_step)
        for number, place in enumerate(ndimage.find_objects(labels), 1):
            own = labels[place] == number
            if own.sum() >= least_cells:
                step = float(change[place][own].max())
                found.append(Jump(k, place, int(own.sum()), step))
    return sorted(found, key=lambda jump: -jump.cells * jump.step)
