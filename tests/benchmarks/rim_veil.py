"""Whether the veil that a near thing's blur should lay over the ground is really seen there.

What `rim_unmixing` takes off is a share of a near thing's light. Where the depth map is falsely
sure, or the lens does not blur by discs that are alike in all colours, no such veil lies there, and
taking it off leaves specks and coloured fringes. So along a rim the ground's own light, less that
of bare ground round about, is held against the veil that is expected: their regression is 1 in each
channel where all is as it should be.

It tells false rims well. Of what is trusted px by px, the mean of trust along the rim is 0.5 to 0.7
in made silhouettes, and less than 0.5 nearly everywhere in pcb-button and amber-flies, with either
end said to be near; the veil's regression is 0.9 to 1.3 for half of all places there, and 2.5 to 5
in pcb-button, 1.3 to 2.6 in amber-flies. In pcb-usb, said to be near at its first frame, as it is,
red and green veils are as expected (1.3, 1.0), and blue ones half as strong, since that lens
focuses blue elsewhere: fringes remain there that are yellow, unless luminance alone is changed,
which costs made silhouettes nothing (27.11 dB either way, 26.77 before; seed 8901).
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

# Within so many px each way along a rim, every second one is asked. All px are at half resolution.
ALONG_PX, STEP = 24, 2
# Such a share of what is covered must be trusted px by px; so much of the veil that is expected
# must be seen, in each channel that has such a share of all of it.
TRUSTED, VEIL, TELLING = (0.4, 0.6), (0.65, 0.8, 1.3, 1.5), 0.02
# The fused picture must have so much more of the veil than is left of it.
LESS = (0.0, 0.1)


# Light that is none, so that black has a ratio.
NO_LIGHT = np.float32(1e-4)
# Bare ground is covered by less than this, and as deep to so many frames; it is asked up to so many
# px away each way, and so many places at least.
BARE, ALIKE, BARE_PX, LEAST_BARE = 0.15, 2.0, 12, 20


@njit(cache=True, parallel=True)
def _mean_of_bare(own, unmixed, share, z, asked, steps, bare):
    """Write the mean light of bare ground round about, (3, h, w), where there is enough."""
    rows, columns = z.shape
    for y in prange(rows):
        for x in range(columns):
            if not asked[y, x]:
                continue
            step, count, total = steps[y, x], 0, np.zeros(3)
            far = BARE_PX * step
            for i in range(y - far, y + far + 1, step):
                for j in range(x - far, x + far + 1, step):
                    if not (0 <= i < rows and 0 <= j < columns) or share[i, j] >= BARE:
                        continue
                    if abs(z[i, j] - z[y, x]) <= ALIKE:
                        count += 1
                        for c in range(3):
                            total[c] += unmixed[c, i, j] if share[i, j] > 0.0 else own[c, i, j]
            if count >= LEAST_BARE:
                for c in range(3):
                    bare[c, y, x] = total[c] / count


def in_luminance(light: NDArray[np.float32], before: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much luminance is greater than before, (H, W), of linear light (3, H, W)."""
    weights = np.array([0.25, 0.5, 0.25], np.float32)[:, None, None]
    after, own = ((weights * plane).sum(0) for plane in (light, before))
    return (after + NO_LIGHT) / (own + NO_LIGHT)


def veil_is_seen(
    own: NDArray[np.float32],
    shown: NDArray[np.float32],
    unmixed: NDArray[np.float32],
    share: NDArray[np.float32],
    light: NDArray[np.float32],
    z: NDArray[np.float32],
    radius: NDArray[np.float32],
    covered: NDArray[np.float32],
    trusted: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How far what is trusted px by px is borne out along its rim, 0..1, (h, w).

    Parameters
    ----------
    own, shown, unmixed : (3, h, w), light of the frames in focus, of the fused picture, and of the
        ground without near things'
    share, light : (h, w) and (3, h, w), of near things' rays, and their light
    z : (h, w), depth in frames
    radius : (h, w), px, to which what is near is blurred there
    covered : (h, w) 0..1, how much is to be taken off where a place is trusted
    trusted : (h, w) 0..1, how far it is by itself
    """
    bare = np.full_like(own, np.nan)
    steps = np.clip(np.ceil(radius / BARE_PX), 1, 4).astype(np.int64)
    _mean_of_bare(own, unmixed, share, z, covered > 0, steps, bare)
    covered = np.where(np.isnan(bare[0]), 0.0, covered)
    bare = np.nan_to_num(bare)
    found = np.zeros_like(share)
    _judge(own - bare, shown - bare, light - share * bare, covered, trusted, found)
    return found


@njit(cache=True, parallel=True)
def _judge(own, shown, veil, covered, trusted, found):
    """As `veil_is_seen`, of light less that of bare ground; written to `found`."""
    rows, columns = covered.shape
    for y in prange(rows):
        for x in range(columns):
            if covered[y, x] <= 0.0:
                continue
            whole, believed = 0.0, 0.0
            seen, left, expected = np.zeros(3), np.zeros(3), np.zeros(3)
            for i in range(max(y - ALONG_PX, 0), min(y + ALONG_PX + 1, rows), STEP):
                for j in range(max(x - ALONG_PX, 0), min(x + ALONG_PX + 1, columns), STEP):
                    if covered[i, j] <= 0.0:
                        continue
                    whole += covered[i, j]
                    believed += covered[i, j] * trusted[i, j]
                    for c in range(3):
                        seen[c] += own[c, i, j] * veil[c, i, j]
                        left[c] += shown[c, i, j] * veil[c, i, j]
                        expected[c] += veil[c, i, j] * veil[c, i, j]
            total = expected.sum()
            if whole <= 0.0 or total <= 0.0:
                continue
            w = _ramp(believed / whole, TRUSTED[0], TRUSTED[1])
            for c in range(3):
                if expected[c] >= TELLING * total:
                    part = seen[c] / expected[c]
                    w *= _ramp(part, VEIL[0], VEIL[1]) * _ramp(-part, -VEIL[3], -VEIL[2])
            less = (abs(left.sum()) - abs(seen.sum() - total)) / total
            found[y, x] = w * _ramp(less, LESS[0], LESS[1])


@njit(cache=True)
def _ramp(value, none, all_of_it):
    return min(max((value - none) / (all_of_it - none), 0.0), 1.0)
