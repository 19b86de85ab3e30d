"""What is sharp in which frame: frames that have everything, and frames that were taken twice.

Focus passes through a specimen once: each frame is sharp where no other is, or hardly, and unlike
all others in what is sharp.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.shake import sharpness_there
from imaging.sampling.ranks import median

# Places that are never sharper than this share of the typical one say nothing.
LEAST_TEXTURE = 0.2
# A result of stacking is nearly as sharp as the sharpest frame in so much of the picture, and no
# frame in so much of that; the sharpest ones are at least so many that have this share each. In two
# of six real stacks a frame was so in 0.88 and 0.77, and another one in at least 0.85 of that. The
# sharpest of all, set among the frames, was named in four; the two others are nearly flat.
NEARLY, EVERYWHERE, NO_OTHER = 0.8, 0.6, 0.6
MIXED_FRAMES, MIXED_SHARE = 4, 0.06
# Frames that differ by less than this share of what neighbours do show the same focus. In six real
# stacks the two most alike differed by 0.52.
SAME = 0.2
# Of a frame that is nearly all blurred nothing is said.
LEAST_SHARP = 0.15
# Focus that moves on changes the magnification: by this share of the usual step in retakes of made
# scenes at most, 0.03 beside the frame itself and 0.25 elsewhere, by all of it from one side of a
# flat specimen to the other. It is asked where it usually changes by so many times its scatter, and
# by more than rounding.
MOVED_ON, TELLING, LEAST_CHANGE = 0.5, 3.0, 1e-6


def shares_of_sharpness(
    sharpness: NDArray[np.float32],
    transforms: NDArray[np.float64],
    members: Sequence[int],
    reference: int,
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """How sharp frames are in each place of the subject, of the sharpest of them.

    Parameters
    ----------
    sharpness : (N, 4, h, w), of the frames' detail
    transforms : (N, 3, 3), frame px → reference px
    members : positions of the frames to compare
    reference : position of the reference frame
    shape : (rows, columns) of a frame

    Returns
    -------
    (members, places) float32, mean squares of gradients, in places that all show and that have
    texture; no places where there are none
    """
    seen = np.stack(
        [sharpness_there(sharpness[k], transforms[[reference, k]], shape).mean(0) for k in members]
    )
    seen = seen[:, np.isfinite(seen).all(0)]
    best = seen.max(0)
    textured = best > LEAST_TEXTURE * median(best) if best.size else best > 0
    return seen[:, textured]


def sharp_shares(seen: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much of the picture is sharp in each frame, (n,) 0..1.

    The mean, over all places of `shares_of_sharpness`, of its sharpness over that of the sharpest.
    """
    if not seen.size:
        return np.zeros(len(seen))
    return (seen / np.maximum(seen.max(0), 1e-20)).mean(1, dtype=np.float64)


def stacked_results(seen: NDArray[np.float32]) -> dict[int, float]:
    """Frames that are sharp wherever any other is: another program's result among the frames.

    Parameters
    ----------
    seen : of `shares_of_sharpness`

    Returns
    -------
    rows of `seen`, each with the share of places where it is as good as sharpest
    """
    results: dict[int, float] = {}
    if len(seen) <= MIXED_FRAMES or not seen.size:
        return results
    for k in range(len(seen)):
        others = np.delete(seen, k, 0)
        best = others.max(0)
        everywhere = float((seen[k] >= NEARLY * best).mean())
        widest = float((others >= NEARLY * best).mean(1).max())
        sharpest = np.bincount(others.argmax(0), minlength=len(others)) / best.size
        mixed = (sharpest >= MIXED_SHARE).sum() >= MIXED_FRAMES
        if everywhere >= EVERYWHERE and widest < NO_OTHER * everywhere and mixed:
            results[k] = everywhere
    return results


def retakes(
    seen: NDArray[np.float32], magnifications: NDArray[np.float64] | None = None
) -> list[tuple[int, int, float]]:
    """Pairs of frames with the same focus: one was taken twice.

    Of a flat specimen between two frames, both are as sharp; that focus moved on from one to the
    other is told by the magnification, where it changes with focus.

    Parameters
    ----------
    seen : of `shares_of_sharpness`, in order
    magnifications : (n,), of each frame against one of them; None if they are not known

    Returns
    -------
    first, second : rows of `seen`; `second` is like `first` and comes later
    difference : share of what neighbours of this stack usually differ by
    """
    if len(seen) < 4 or not seen.size:
        return []
    relative = (seen / np.maximum(seen.max(0), 1e-20)).astype(np.float64)
    sharp = relative.mean(1) >= LEAST_SHARP

    def differences(k: int, others: NDArray[np.float64]) -> NDArray[np.float64]:
        apart = np.abs(others - relative[k]).sum(1)
        return apart / np.maximum(np.maximum(others, relative[k]).sum(1), 1e-20)

    typical = median([differences(k, relative[k + 1 : k + 2])[0] for k in range(len(seen) - 1)])
    size = np.zeros(len(seen)) if magnifications is None else magnifications
    changes = np.diff(size)
    usual = float(median(changes))
    scatter = 1.4826 * float(median(np.abs(changes - usual)))
    telling = abs(usual) > max(TELLING * scatter, LEAST_CHANGE)
    pairs = []
    for k in range(1, len(seen)):
        apart = differences(k, relative[:k])
        nearest = int(apart.argmin())
        alike = sharp[k] and sharp[nearest] and apart[nearest] < SAME * typical
        moved = abs(size[k] - size[nearest]) >= MOVED_ON * abs(usual) * (k - nearest)
        if alike and not (telling and moved):
            pairs.append((nearest, k, float(apart[nearest] / typical)))
    return pairs
