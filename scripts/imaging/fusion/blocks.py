"""A strip is worked on block by block, in what fits the cores' caches.

Blocks overlap by their halos; what is warped for one is not warped again for the next.
"""

from __future__ import annotations

import numpy as np

from imaging.sampling.kernels import kernel
from imaging.sampling.pyramid import HALO_PX

BLOCK_ROWS = 64
# Of strips of several blocks fewer rows are read and warped twice: 20 rows beyond each are. Each
# thread has so many strips of a frame at least, or it would wait too long for the others at the
# frame's end.
TALL_ROWS, STRIPS_EACH = (4 * BLOCK_ROWS, 2 * BLOCK_ROWS), 4


def strip_rows(rows: int, threads: int) -> int:
    """Rows of a strip of a picture with so many; what is made of them does not depend on it."""
    tall = (height for height in TALL_ROWS if rows >= STRIPS_EACH * height * threads)
    return next(tall, BLOCK_ROWS)


@kernel
def next_block(tile, height):
    """The tile of the block below, with the rows that both have; the rest is still to be written.

    Parameters
    ----------
    tile : (C, h + 2 HALO_PX, w) float32, which the next may take the place of
    height : of the next, without its halo
    """
    channels, rows, width = tile.shape
    both = 2 * HALO_PX
    following = tile
    if height + both != rows:
        following = np.empty((channels, height + both, width), np.float32)
    for c in range(channels):
        for y in range(both):
            line, target = tile[c, rows - both + y], following[c, y]
            for x in range(width):
                target[x] = line[x]
    return following
