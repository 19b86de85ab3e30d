"""Rims of what is white: of the frames that show one, that with the least white in it is sharpest.

A highlight many times as bright as white stays white up to the edge of its blur, so that a frame a
little out of focus shows it larger, with a rim as steep: energy of detail does not tell the two
apart, and what is summed of both is a spot too large by a px all round. What lies just outside is
lost beneath it. That the sharpest has the least white is as in `highlights`, where the frames that
spread light far are held back; it is asked of single px here, and only near the places found there,
since bright texture that is not cut off has most white where it is sharp.

On coarser levels a small spot is no longer white, and the more light a frame spreads round it, the
more energy it has. There its light counts by how many times as much there is, not by how much more.
"""

from __future__ import annotations

import numpy as np

from imaging.fusion.highlights import NOWHERE
from imaging.fusion.weights import NOISY
from imaging.sampling.kernels import kernel
from imaging.sampling.pyramid import HALO_PX

# What of a px counts as white: none below the first value of its brightest channel, all from the
# second on.
GREY, WHITE = np.float32(0.85), np.float32(0.95)
# White is the mean over a square that reaches so many px of a level each way. Where all of it is
# white, energy is left by DISCOUNT less, four times.
REACH_PX = 2
DISCOUNT = np.float32(0.95)
# On coarser levels white begins at BRIGHT and is all at 1; energy above the noise's is left by
# EVEN / (EVEN + white), four times. All is LIFTed, so that where most is white the sharpest frame
# does not fall among those that show nothing. On the finest level that makes glints of
# stack-pcb-button hollow, which are lightest in focus, and costs smooth scenes 0.1 dB.
BRIGHT, EVEN, LIFT = np.float32(0.3), np.float32(0.06), np.float32(1000.0)


# Python's own check for a division by zero would keep a loop from being vectorised.
@kernel(error_model="numpy")
def discount_white(tile, y0, x0, dark, halved, per_noise, energy):
    """Let a tile's energy count by how white it is round each px, where that is asked.

    Parameters
    ----------
    tile : (3, h + 2 HALO_PX, w + 2 HALO_PX) float32
    y0, x0 : its place in the level without the halo
    dark : (H, W) uint8, of the level or half its resolution, NOWHERE where nothing is asked
    halved : 1 if half, as at the finest level alone
    per_noise : one over the noise's energy at the level, float32
    energy : (h, w) float32
    """
    height, width = energy.shape
    rows = dark[y0 >> halved : (y0 + height + halved) >> halved]
    here = rows[:, x0 >> halved : (x0 + width + halved) >> halved]
    if not _asked(here):
        return
    side, first = 2 * REACH_PX + 1, HALO_PX - REACH_PX
    white = np.empty((height + 2 * REACH_PX, width + 2 * REACH_PX), np.float32)
    none, one = np.float32(0.0), np.float32(1.0)
    least, most = (GREY, WHITE) if halved == 1 else (BRIGHT, one)
    per = one / (most - least)
    for y in range(white.shape[0]):
        red, green = tile[0, first + y, first:], tile[1, first + y, first:]
        blue, line = tile[2, first + y, first:], white[y]
        for x in range(line.size):
            brightest = max(max(red[x], green[x]), blue[x])
            line[x] = min(max((brightest - least) * per, none), one)
    column, left = np.empty(white.shape[1], np.float32), np.empty(width, np.float32)
    share, noise = one / np.float32(side * side), np.float32(NOISY) / per_noise
    for y in range(height):
        column[:] = none
        for k in range(side):
            line = white[y + k]
            for x in range(column.size):
                column[x] += line[x]
        left[:] = none
        for k in range(side):
            for x in range(width):
                left[x] += column[x + k]
        line, where = energy[y], here[((y0 + y) >> halved) - (y0 >> halved)]
        for x in range(width):
            if where[((x0 + x) >> halved) - (x0 >> halved)] == NOWHERE:
                continue
            mean = share * left[x]
            factor = one - DISCOUNT * mean if halved == 1 else EVEN / (EVEN + mean)
            # To the fourth power.
            factor *= factor
            factor *= factor
            if halved == 1:
                line[x] *= factor
            else:
                line[x] += max(line[x] - noise, none) * (LIFT * factor - one)


@kernel
def _asked(dark):
    """Whether anything is asked in a part of the picture."""
    found = 0
    for y in range(dark.shape[0]):
        line = dark[y]
        for x in range(line.size):
            found += line[x] != NOWHERE
    return found > 0
