"""Does a frame show anything new against the one before, or did the carriage stand still?

A rail without an encoder does not notice when its motor turns in vain. Two frames from one
place differ by noise alone, and noise of neighbouring pixels is independent; a change of focus
leaves differences that are alike over many pixels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import photographs, raws

CROP_PX = 2048
# Correlation of neighbouring differences: below it, they are noise.
NOISE = 0.05


def stands_still(before: Path, after: Path, kind: str) -> bool:
    """Whether two frames of `kind` (raw, jpeg) differ by no more than noise.

    True also where the specimen has nothing in sight that a change of focus could change.
    """
    return change(_green(before, kind), _green(after, kind)) < NOISE


def change(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Correlation of the differences of neighbours: about 0 for noise, towards 1 for change.

    Parameters
    ----------
    before, after
        (h, w), linear or not; a difference in brightness between the two is taken out.
    """
    if before.shape != after.shape:
        return 1.0
    difference = after * (before.mean() / max(after.mean(), 1e-9)) - before
    difference -= difference.mean()
    power = float((difference**2).mean())
    if power == 0:
        return 0.0
    across = float((difference[:, 1:] * difference[:, :-1]).mean())
    down = float((difference[1:] * difference[:-1]).mean())
    return (across + down) / (2 * power)


def _green(path: Path, kind: str) -> NDArray[np.float64]:
    """One plane of green pixels from the middle of a frame.

    Of a raw, only every second pixel of every second row: developed ones share noise.
    """
    if kind == "jpeg":
        pixels = photographs.read(path).pixels[..., 1]
    else:
        pixels = raws.sensor_values(path)
    top, left = (max(0, (size - CROP_PX) // 2) for size in pixels.shape[:2])
    crop = pixels[top : top + CROP_PX, left : left + CROP_PX]
    if crop.ndim == 3:
        crop = crop[..., min(1, crop.shape[2] - 1)]
    if kind == "jpeg":
        return crop.astype(np.float64)
    return crop[0::2, 1::2].astype(np.float64)
