"""What a stack would hold if the blur of near things were taken off what they stand before.

A frame in focus on the ground beside a near thing shows both: of the rays that meet in a px some
come from the near thing, and all others from one sharp point of the ground. Who knows how many
come from the near thing, and their light, has that point, with more noise. Here both are known from
the scene: what is measured is what could be had by finding them out, and no program.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from optics import Scene, aperture, pixel_offsets, view, widened
from oracle import aligned, decode, in_focus
from scenes import Stack, encode

# Rays that come from so many frames above what is sought are a near thing's.
NEARER_FRAMES = 1.5
# With a smaller share of rays left than this, noise would be all that is seen.
LEAST_LEFT = 0.2
POINTS = 128


def by_unmixing(made: Stack, scene: Scene, blur_px: float) -> NDArray[np.uint16]:
    """As `oracle.by_height`, of frames from which near things' light is taken; (H, W, 3)."""
    taken, light = near_light(made, scene, blur_px)
    frames = []
    for k, (share, near) in enumerate(zip(taken, light)):
        frame = aligned(made, k)
        left = 1.0 - share[..., None]
        unmixed = encode((decode(frame) - near) / np.maximum(left, LEAST_LEFT))
        frames.append(np.where((left < 1.0) & (left > LEAST_LEFT), unmixed, frame))
    return in_focus(made, lambda k: frames[k])


def near_light(
    made: Stack, scene: Scene, blur_px: float
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Of every frame, in the truth's geometry: share of rays of near things, and their light.

    Parameters
    ----------
    scene : of the stack, heights in frames from the first one's focus
    blur_px : radius of the blur disc per frame out of focus
    """
    rows, columns = shape = made.truth.shape[:2]
    beyond = scene.border // 2
    wide = widened(scene, beyond)
    count = len(made.frames)
    share = [np.zeros(shape, np.float32) for _ in range(count)]
    light = [np.zeros((*shape, 3), np.float32) for _ in range(count)]
    for (u, v), jitter in zip(aperture(POINTS) * blur_px, pixel_offsets(POINTS)):
        image, height = view(wide, u, v, tuple(jitter))
        for k in range(count):
            shift = np.array([[1, 0, -beyond - k * u], [0, 1, -beyond - k * v]])
            seen, above = (
                cv2.warpAffine(plane, shift, (columns, rows), None, how, cv2.BORDER_REPLICATE)
                for plane, how in ((image, cv2.INTER_LINEAR), (height, cv2.INTER_NEAREST))
            )
            near = (above > made.height + NEARER_FRAMES).astype(np.float32)
            share[k] += near / POINTS
            light[k] += seen * (near / POINTS)[..., None]
    return share, light
