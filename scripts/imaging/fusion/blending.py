"""Plain blends of a stack: every px a weighted mean of the frames, without a pyramid.

They keep colours and tones best, and are what users of other programs know: by contrast (Helicon
Focus's method A) and by depth map (Zerene's DMap, Helicon's method B).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.frame import Frame
from imaging.fusion.reading import warp_tiles
from imaging.sampling.box_blur import box_mean
from imaging.sampling.coverage import BORDER_PX, Outline, covered_columns
from imaging.sampling.kernels import kernel
from imaging.sampling.smoothing import smoothed

STRIP_ROWS = 256
# Reach of the contrast's own filter beyond its window.
CONTRAST_REACH_PX = 2
# The setting's power is one of energy, as in a pyramid's levels. Without a pyramid, which hides
# where one frame gives way to the next, half of it is best: contrast, the root of energy, is raised
# to the whole power. At the usual 6, five scenes of tests/benchmarks/quality.py (seed 1) come out
# at 36.2 dB on average, at twice or half the exponent at 35.8 and 35.7.
# Contrast counts in percent of the range, with a head start that is none: powers of it, up to the
# eighth, stay in single precision.
PERCENT, NO_CONTRAST = np.float32(100.0), np.float32(1e-3)
# A frame counts so little beyond its border that it shows where no other frame reaches.
UNCOVERED = np.float32(1e-30)
LEAST = np.float32(1e-9)

Weigh = Callable[[int, NDArray[np.float32], int, int], NDArray[np.float32]]


def contrast_weights(radius_px: int, power: int) -> Weigh:
    """Weights by the local contrast round a px.

    Parameters
    ----------
    radius_px : of the square over which contrast is gathered
    power : whole number 1 to 8: the weight is the energy of detail to half of it
    """
    side = 2 * radius_px + 1

    def weigh(frame: int, tile: NDArray[np.float32], y0: int, x0: int) -> NDArray[np.float32]:
        grey = 0.25 * (tile[0] + tile[2]) + 0.5 * tile[1]
        fine = grey - smoothed(grey, 1.0)
        energy = box_mean(fine * fine, side)
        contrast = PERCENT * np.sqrt(np.maximum(energy, 0.0)) + NO_CONTRAST
        # By multiplications: NumPy's power has other last bits where a processor has AVX-512.
        weight = contrast.copy()
        for _ in range(power - 1):
            weight *= contrast
        return weight + LEAST

    return weigh


def depth_weights(depth: NDArray[np.float32]) -> Weigh:
    """Weights that take each px from the two frames on either side of its depth.

    Parameters
    ----------
    depth : (ceil(H / 2), ceil(W / 2)) float32, in frames from 0
    """

    def weigh(frame: int, tile: NDArray[np.float32], y0: int, x0: int) -> NDArray[np.float32]:
        rows = np.clip((np.arange(y0, y0 + tile.shape[1])) // 2, 0, depth.shape[0] - 1)
        columns = np.clip((np.arange(x0, x0 + tile.shape[2])) // 2, 0, depth.shape[1] - 1)
        away = np.abs(depth[np.ix_(rows, columns)] - np.float32(frame))
        return np.maximum(np.float32(1.0) - away, LEAST)

    return weigh


def blend(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    weigh: Weigh,
    halo: int,
    write: Callable[[int, NDArray[np.uint16]], None],
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
) -> None:
    """Blend a stack.

    Parameters
    ----------
    frames : at least one
    shape : (rows, columns) of the reference frame
    weigh : gives the weights (h, w) of a tile (3, h, w) of a frame whose first px is (y0, x0)
    halo : px round a tile that `weigh` needs
    write : takes the number of a first row and rows (n, W, 3) uint16, from top to bottom
    threads : the result does not depend on it, bit for bit
    report : takes the number of frames done, after each
    """
    rows, columns = shape
    total = np.zeros((3, rows, columns), np.float32)
    weights = np.zeros((rows, columns), np.float32)

    def add_tile(k: int, tile: NDArray[np.float32], y0: int, x0: int) -> None:
        weight = weigh(k, tile, y0 - halo, x0 - halo)
        _add(tile, weight, halo, Outline(frames[k].inverse, rows, columns), y0, x0, total, weights)

    with ThreadPoolExecutor(threads) as pool:
        for k, frame in enumerate(frames):
            warp_tiles(frame, shape, STRIP_ROWS, halo, partial(add_tile, k), pool)
            report(k + 1)
    for y0 in range(0, rows, STRIP_ROWS):
        here = np.s_[y0 : min(y0 + STRIP_ROWS, rows)]
        values = np.moveaxis(total[:, here] / weights[here], 0, 2)
        write(y0, np.rint(np.clip(values, 0.0, 1.0) * 65535.0).astype(np.uint16))


@kernel
def _add(tile, weight, halo, outline, y0, x0, total, weights):
    """Add one tile of a frame, at (y0, x0); `tile` and `weight` have a halo.

    `total` (3, H, W) and `weights` (H, W) are written.
    """
    for y in range(weight.shape[0] - 2 * halo):
        low, high = covered_columns(outline, float(y0 + y), -BORDER_PX)
        for x in range(weight.shape[1] - 2 * halo):
            v = weight[y + halo, x + halo]
            if x0 + x < low or x0 + x > high:
                v = UNCOVERED
            weights[y0 + y, x0 + x] += v
            for c in range(3):
                total[c, y0 + y, x0 + x] += v * tile[c, y + halo, x + halo]


def write_aligned(
    frame: Frame, shape: tuple[int, int], write: Callable[[int, NDArray[np.uint16]], None]
) -> None:
    """Bring one frame into the reference frame's geometry and light, as a picture of its own."""
    blend([frame], shape, lambda k, tile, y0, x0: np.ones(tile.shape[1:], np.float32), 0, write)
