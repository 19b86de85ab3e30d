"""How near a fused image comes to the truth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scenes import Stack
from scipy import ndimage
from skimage.metrics import structural_similarity

# Left out at the picture's border: not every frame reaches there.
BORDER_PX = 28


@dataclass(frozen=True)
class Score:
    """Figures of one fused image.

    Attributes
    ----------
    psnr, silhouettes, bristles : dB; everywhere, and only where such things are (nan: nowhere)
    ssim : mean, 11 px Gaussian window
    noise : noise in plain places over that of a single frame
    """

    psnr: float
    ssim: float
    silhouettes: float
    bristles: float
    noise: float


def truth_as_seen(
    image: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The truth in the geometry that a program gave its result, and the motion that leads there.

    The result itself is never resampled; each program is free to choose its reference frame.
    """
    grey = [
        cv2.GaussianBlur(
            cv2.cvtColor(np.asarray(picture, np.float32), cv2.COLOR_RGB2GRAY), (0, 0), 1.0
        )
        for picture in (image, truth)
    ]
    motion = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-7)
    _, motion = cv2.findTransformECC(grey[0], grey[1], motion, cv2.MOTION_AFFINE, stop, None, 5)
    rows, columns = image.shape[:2]
    seen = cv2.warpAffine(
        truth, motion, (columns, rows), flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    )
    return np.clip(seen, 0, 1), motion.astype(np.float64)


def same_brightness(image: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float32]:
    """The image after the straight line that brings each channel nearest to the truth."""
    out = np.empty_like(image)
    for c in range(3):
        fair = (truth[..., c] > 0.02) & (truth[..., c] < 0.97)
        slope, offset = np.polyfit(image[..., c][fair], truth[..., c][fair], 1)
        out[..., c] = slope * image[..., c] + offset
    return np.clip(out, 0, 1)


def silhouettes(height: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where something nearer ends before something two frames or more behind it."""
    step = ndimage.maximum_filter(height, 3) - ndimage.minimum_filter(height, 3)
    return ndimage.binary_dilation(step > 2.0, iterations=8)


def bristles(height: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where something thinner than 9 px stands a frame and a half or more before its ground."""
    return ndimage.binary_dilation(height - ndimage.grey_opening(height, 9) > 1.5, iterations=2)


def score(image: NDArray[np.uint8 | np.uint16], made: Stack) -> Score:
    """Measure a fused image against its stack's truth."""
    whole = image.astype(np.float32) / np.iinfo(image.dtype).max
    rows, columns = made.truth.shape[:2]
    if whole.shape[0] < 0.8 * rows or whole.shape[1] < 0.8 * columns:
        return Score(*[float("nan")] * 5)
    padded = made.truth
    seen, motion = truth_as_seen(whole, padded)
    height = cv2.warpAffine(
        made.height,
        motion.astype(np.float32),
        (whole.shape[1], whole.shape[0]),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    inner = np.s_[
        BORDER_PX : min(rows, whole.shape[0]) - BORDER_PX,
        BORDER_PX : min(columns, whole.shape[1]) - BORDER_PX,
    ]
    whole, seen, height = whole[inner], seen[inner], height[inner]
    whole = same_brightness(whole, seen)
    squared = ((whole - seen) ** 2).mean(2)

    def decibel(where: NDArray[np.bool_]) -> float:
        return float(-10 * np.log10(squared[where].mean())) if where.sum() > 200 else float("nan")

    structure = structural_similarity(
        whole, seen, channel_axis=2, data_range=1.0, gaussian_weights=True, sigma=1.5
    )
    return Score(
        decibel(np.ones_like(squared, bool)),
        float(structure),
        decibel(silhouettes(height)),
        decibel(bristles(height)),
        _noise_ratio(whole, seen, made, inner),
    )


def _noise_ratio(
    whole: NDArray[np.float32], seen: NDArray[np.float32], made: Stack, inner: tuple[slice, slice]
) -> float:
    grey = seen.mean(2)
    plain = ndimage.generic_gradient_magnitude(grey, ndimage.sobel)
    plain = ndimage.gaussian_filter(plain, 4)
    where = (plain <= np.quantile(plain, 0.15)) & (grey > 0.05) & (grey < 0.95)
    single = made.frames[len(made.frames) // 2][inner].astype(np.float32) / 65535
    return _grain(whole - seen, where) / _grain(single, where)


def _grain(image: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    fine = image - ndimage.gaussian_filter(image, (1.5, 1.5, 0))
    return float(1.4826 * np.median(np.abs(fine[where] - np.median(fine[where]))))
