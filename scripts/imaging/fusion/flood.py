"""A flood from places whose depth is known, which meets where energy has its crest [1]_.

.. [1] F. Meyer, "Un algorithme optimal pour la ligne de partage des eaux", 8e Congrès de
   reconnaissance des formes et intelligence artificielle, Lyon 1991, vol. 2, 847-857: flooding from
   markers by an ordered queue.
"""

from __future__ import annotations

import numpy as np

from imaging.sampling.kernels import kernel

# Bits of a float32 that tell its octave and the eighth of it, and how many such there are.
OCTAVE_BITS, LEVELS = 20, 2048


@kernel
def flood(told, energy, todo):
    """Tell the depth of places `todo` that do not tell it, in place, lowest energy first.

    Energies in the same eighth of an octave are alike; of these, those reached first come first.

    Parameters
    ----------
    told : (h, w) float32, depth; NaN where it is not told, written there
    energy : (h, w) float32, 0 or more
    todo : (h, w) uint8, 1 where the flood may go
    """
    rows, columns = told.shape
    heights = energy.view(np.int32)
    following = np.full(rows * columns, -1, np.int32)
    heads, tails = np.full(LEVELS, -1, np.int32), np.full(LEVELS, -1, np.int32)
    for y in range(rows):
        for x in range(columns):
            if np.isnan(told[y, x]):
                continue
            for side in range(4):
                b, a = _beside(y, x, side)
                if 0 <= b < rows and 0 <= a < columns and todo[b, a] and np.isnan(told[b, a]):
                    level = heights[y, x] >> OCTAVE_BITS
                    _queue(y * columns + x, level, heads, tails, following)
                    break
    level = 0
    while level < LEVELS:
        place = heads[level]
        if place < 0:
            level += 1
            continue
        heads[level] = following[place]
        y, x = place // columns, place % columns
        for side in range(4):
            b, a = _beside(y, x, side)
            if 0 <= b < rows and 0 <= a < columns and todo[b, a] and np.isnan(told[b, a]):
                told[b, a] = told[y, x]
                above = max(level, heights[b, a] >> OCTAVE_BITS)
                _queue(b * columns + a, above, heads, tails, following)


@kernel
def _beside(y, x, side):
    if side == 0:
        return y - 1, x
    if side == 1:
        return y, x - 1
    if side == 2:
        return y, x + 1
    return y + 1, x


@kernel
def _queue(place, level, heads, tails, following):
    """Put a place last in the queue of its level."""
    following[place] = -1
    if heads[level] < 0:
        heads[level] = place
    else:
        following[tails[level]] = place
    tails[level] = place
