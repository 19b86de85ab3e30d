"""Bright spots, whose borders move outwards as they go out of focus.

The light of a highlight is spread over the lens's disc. Whether that is cut off at white or not,
its border is as sharp as before and lies further out with each frame: the spot swells, and shrinks
again on the way into focus. All round a spot that looks like magnification, and with the same sign
at every spot out of focus on the same side: for spots of 10 px, as a px at the corners of 900 x
600 px where discs grow by a px. So beside bright spots each block has a swelling of its own, px by
which bright things grow: to first order it adds the slope's size, where a motion adds the slope.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.kernels import kernel

# What is brighter than the local mean by so many times the local contrast is a spot; so many px
# round it are beside it. Of two made scenes with glare frames are 0.11 and 0.16 px off in the mean
# with 4, as with 2.5; without contrast, round all that is cut off at white, no nearer, and a scene
# of large white things is further off.
BRIGHT, BESIDE_PX = 4.0, 6


def swelling_of(
    image: NDArray[np.float32],
    at: NDArray[np.int32],
    grad_x: NDArray[np.float32],
    grad_y: NDArray[np.float32],
) -> NDArray[np.float32]:
    """What a swelling by a px adds at some px.

    Parameters
    ----------
    image : (H, W), local mean removed, divided by its local contrast; nan where hidden
    at : (K,), flat positions
    grad_x, grad_y : (K,), slopes there

    Returns
    -------
    (K,) float32, the size of the slope beside bright spots, 0 elsewhere
    """
    swelling = np.zeros(at.size, np.float32)
    _swell(image, at, grad_x, grad_y, np.zeros(image.shape, np.uint8), swelling)
    return swelling


@kernel
def _swell(image, at, grad_x, grad_y, beside, swelling):
    """Write the size of the slope beside spots; `beside` (H, W) uint8, all 0, is used for it."""
    rows, columns = image.shape
    bright, found = np.float32(BRIGHT), 0
    for y in range(rows):
        line, here = image[y], 0
        # Processors count many px at once, and most rows have none.
        for x in range(columns):
            here += line[x] > bright
        found += here
        for x in range(columns if here > 0 else 0):
            if line[x] > bright:
                for v in range(max(y - BESIDE_PX, 0), min(y + BESIDE_PX + 1, rows)):
                    for u in range(max(x - BESIDE_PX, 0), min(x + BESIDE_PX + 1, columns)):
                        beside[v, u] = 1
    if found > 0:
        marked = beside.ravel()
        for k in range(at.size):
            if marked[at[k]] > 0:
                swelling[k] = np.sqrt(grad_x[k] * grad_x[k] + grad_y[k] * grad_y[k])
