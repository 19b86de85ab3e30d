"""What a stack's frames hold: composites of one who knows what no program can know.

Both oracles know the true motions and exposures. `by_truth` takes every px from the frame that
comes nearest to the truth round it: no program that takes px from frames does better but by chance,
so a score beside it reads "n dB below what these frames hold". `by_height` knows the scene's true
height and takes the frame that is in focus there: what a perfect depth map alone would give. It
falls behind at silhouettes, where the frame in focus on the ground shows the near thing's blur.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scenes import Stack, encode

# Spread of the Gaussian window in which a frame is held against the truth.
WINDOW_PX = 1.0


def decode(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light of sRGB-encoded values 0..1 (IEC 61966-2-1)."""
    return np.where(
        values <= 0.04045, values / 12.92, ((np.maximum(values, 0.04045) + 0.055) / 1.055) ** 2.4
    ).astype(np.float32)


def covered(
    motion: NDArray[np.float64], shape: tuple[int, int], frame: tuple[int, int]
) -> NDArray[np.bool_]:
    """Which px of a picture of `shape` a frame reaches; motion (3, 3), picture px → frame px."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    u = motion[0, 0] * x + motion[0, 1] * y + motion[0, 2]
    v = motion[1, 0] * x + motion[1, 1] * y + motion[1, 2]
    # A thousandth of a px, so that a frame that stands still reaches its own border.
    return (u >= -1e-3) & (v >= -1e-3) & (u <= frame[1] - 1 + 1e-3) & (v <= frame[0] - 1 + 1e-3)


def common(made: Stack) -> NDArray[np.bool_]:
    """Which px of the truth every frame reaches, (H, W): what a master is cropped to."""
    shape = made.truth.shape[:2]
    return np.logical_and.reduce([covered(motion, shape, shape) for motion in made.motions])


def by_truth(made: Stack) -> NDArray[np.uint16]:
    """Each px from the frame that is nearest to the truth round it, (H, W, 3), sRGB-encoded.

    Nearest by squared error in a window of `WINDOW_PX`, so that noise does not choose.
    """
    shape = made.truth.shape[:2]
    picture = np.zeros_like(made.truth)
    least = np.full(shape, np.inf, np.float32)
    for k, motion in enumerate(made.motions):
        seen = aligned(made, k)
        error = cv2.GaussianBlur(((seen - made.truth) ** 2).sum(2), (0, 0), WINDOW_PX)
        nearer = (error < least) & covered(motion, shape, shape)
        least[nearer], picture[nearer] = error[nearer], seen[nearer]
    return as_samples(picture)


def by_height(made: Stack) -> NDArray[np.uint16]:
    """Each px from the frame in focus at its true height, (H, W, 3), sRGB-encoded.

    A height between two frames' is mixed of both in straight proportion; where one of them does
    not reach, the nearest frame that does is taken.
    """
    return in_focus(made, lambda k: aligned(made, k))


def in_focus(made: Stack, frame: Callable[[int], NDArray[np.float32]]) -> NDArray[np.uint16]:
    """As `by_height`, of pictures that `frame` gives by number, as `aligned` does."""
    below, below_off = _nearest(made, lambda off: off <= 0)
    above, above_off = _nearest(made, lambda off: off > 0)
    both = np.isfinite(below_off) & np.isfinite(above_off)
    between = np.where(both, below_off + above_off, 1.0)
    share = np.where(both, np.where(both, above_off, 0.0) / between, np.isfinite(below_off))
    picture = np.zeros_like(made.truth)
    for k in range(len(made.frames)):
        weight = np.where(below == k, share, 0.0) + np.where(above == k, 1.0 - share, 0.0)
        if weight.any():
            picture += weight[..., None].astype(np.float32) * frame(k)
    return as_samples(picture)


def aligned(made: Stack, k: int) -> NDArray[np.float32]:
    """A frame in the truth's geometry and exposure, (H, W, 3), sRGB-encoded 0..1."""
    frame = made.frames[k].astype(np.float32) / np.float32(65535)
    return cv2.warpAffine(
        encode(decode(frame) / np.float32(made.gains[k])),
        made.motions[k][:2],
        made.truth.shape[1::-1],
        flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def as_samples(picture: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Values 0..1 in 16 bits."""
    return np.rint(np.clip(picture, 0, 1) * 65535).astype(np.uint16)


def _nearest(
    made: Stack, on_side: Callable[[NDArray], NDArray[np.bool_]]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Of the frames on one side of each px's height the nearest that reaches it: which, how far."""
    shape = made.truth.shape[:2]
    which = np.full(shape, -1)
    distance = np.full(shape, np.inf, np.float32)
    for k, motion in enumerate(made.motions):
        off = np.float32(k) - made.height
        nearer = on_side(off) & (np.abs(off) < distance) & covered(motion, shape, shape)
        which[nearer], distance[nearer] = k, np.abs(off)[nearer]
    return which, distance
