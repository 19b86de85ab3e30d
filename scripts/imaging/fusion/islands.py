"""Islands of depth that are no larger than what one measurement reaches.

Energy is gathered over a window, so that one bump of noise makes as many px agree as the window
has: neighbours within it are no witnesses of each other. A depth that stretches further has been
measured more than once. A smaller island is one measurement: it is told if noise never is so
strong, or if measurements round about, whose noise is another, say the same.
"""

from __future__ import annotations

import numpy as np

from imaging.fusion.sharpness import REACH_PX
from imaging.sampling.kernels import kernel

# Px that one measurement is mixed of; an island of fewer is one.
FOOTPRINT = int(2 * REACH_PX + 1) ** 2
# Others are asked up to so many px from its middle each way; so many of them at least, two
# measurements, of which so many must say the same.
ASKED_PX, LEAST_ASKED, SAY_THE_SAME = 24, 2 * FOOTPRINT, np.float32(0.75)


@kernel
def find_unconfirmed(depth, sure, strong, alike, first, last, unconfirmed):
    """Mark the islands that are one measurement, which nothing round about confirms.

    Rows may be looked at side by side: an island belongs to those in which it begins.

    Parameters
    ----------
    depth : (h, w) float32, in frames
    sure : (h, w) uint8, 1 where the depth is told; neighbours of which both are, and whose depths
        are alike, belong to one island
    strong : (h, w) uint8, 1 where energy is beyond any noise's
    alike : float32, frames by which depths that are alike differ at most
    first, last : rows in which islands begin, past the last
    unconfirmed : (h, w) uint8, 1 written in such islands
    """
    rows, columns = depth.shape
    # What begins here and reaches further is no island of so few px.
    bottom = min(last + FOOTPRINT, rows)
    seen = np.zeros((bottom - first, columns), np.uint8)
    waiting = np.empty((bottom - first) * columns, np.int32)
    own = np.empty(FOOTPRINT, np.int32)
    for y in range(first, last):
        for x in range(columns):
            if sure[y, x] == 0 or seen[y - first, x]:
                continue
            size, enough = 0, False
            seen[y - first, x], waiting[0], count = 1, y * columns + x, 1
            while count > 0:
                count -= 1
                place = waiting[count]
                b, a = place // columns, place % columns
                if size < FOOTPRINT:
                    own[size] = place
                size += 1
                enough = enough or strong[b, a] != 0
                for i in range(max(b - 1, 0), min(b + 2, bottom)):
                    for j in range(max(a - 1, 0), min(a + 2, columns)):
                        if sure[i, j] == 0 or (i >= first and seen[i - first, j]):
                            continue
                        if abs(depth[i, j] - depth[b, a]) < alike:
                            if i < first:
                                # It begins above, and is looked at from there.
                                enough = True
                            else:
                                seen[i - first, j], waiting[count] = 1, i * columns + j
                                count += 1
            if size >= FOOTPRINT or enough:
                continue
            if not _confirmed(own[:size], depth, sure, alike, seen, first):
                for place in own[:size]:
                    unconfirmed[place // columns, place % columns] = 1


@kernel
def _confirmed(own, depth, sure, alike, seen, first):
    """Whether px round an island, whose px are `own` (n,), say what it says.

    `seen` has rows `first` and so on.
    """
    rows, columns = depth.shape
    y, x, mean = 0, 0, np.float32(0.0)
    for place in own:
        b, a = place // columns, place % columns
        # Not to be asked for themselves.
        seen[b - first, a] = 2
        y, x, mean = y + b, x + a, mean + depth[b, a]
    y, x, mean = y // own.size, x // own.size, mean / np.float32(own.size)
    asked, same = 0, 0
    for i in range(max(y - ASKED_PX, 0), min(y + ASKED_PX + 1, rows)):
        here = first <= i < first + seen.shape[0]
        for j in range(max(x - ASKED_PX, 0), min(x + ASKED_PX + 1, columns)):
            if sure[i, j] and not (here and seen[i - first, j] == 2):
                asked += 1
                same += abs(depth[i, j] - mean) < alike
    for place in own:
        seen[place // columns - first, place % columns] = 1
    return asked >= LEAST_ASKED and np.float32(same) >= SAY_THE_SAME * np.float32(asked)
