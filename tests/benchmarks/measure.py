"""How near a fused image comes to the truth."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray
from oracle import common
from scenes import Stack
from scipy import ndimage
from skimage.metrics import structural_similarity

# Left out at the picture's border where two pictures are laid on each other.
BORDER_PX = 28
# Left out of the figures that leave the border out, and the width of the band that is scored alone.
BAND_PX = 20
# A result that shows less of the scene is none.
LEAST_PART = 0.6


@dataclass(frozen=True)
class Score:
    """Figures of one fused image.

    Attributes
    ----------
    psnr, silhouettes, bristles : dB; everywhere, and only where such things are (nan: nowhere),
        20 px of the picture's border left out
    ssim : mean, 11 px Gaussian window, there
    noise : noise in plain places over that of a single frame, there
    whole : dB to the very edge of the picture
    whole_ssim : mean, to the very edge of the picture
    band : dB of the outermost 20 px of what all frames reach: of a master's border
    """

    psnr: float
    ssim: float
    silhouettes: float
    bristles: float
    noise: float
    whole: float
    whole_ssim: float
    band: float


def grey_of(picture: NDArray) -> NDArray[np.float32]:
    """Grey values 0..1 of an RGB picture of integers or of values 0..1."""
    most = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1.0
    return cv2.cvtColor(picture.astype(np.float32) / np.float32(most), cv2.COLOR_RGB2GRAY)


def motion_between(
    one: NDArray[np.float32], other: NDArray[np.float32], blur_px: float = 1.0
) -> NDArray[np.float32]:
    """Affine motion (2, 3) from px of one grey picture to those of another, however padded."""
    rows, columns = (min(sides) for sides in zip(one.shape, other.shape))
    cut = [np.ascontiguousarray(grey[:rows, :columns]) for grey in (one, other)]
    shift, _ = cv2.phaseCorrelate(*cut, cv2.createHanningWindow((columns, rows), cv2.CV_32F))
    dx, dy = (round(part) for part in shift)
    # What either has beyond the other is of no use, nor is what some make up at their border.
    x0, y0 = max(-dx, 0) + BORDER_PX, max(-dy, 0) + BORDER_PX
    x1 = min(one.shape[1], other.shape[1] - dx) - BORDER_PX
    y1 = min(one.shape[0], other.shape[0] - dy) - BORDER_PX
    shared = one[y0:y1, x0:x1], other[y0 + dy : y1 + dy, x0 + dx : x1 + dx]
    soft = [cv2.GaussianBlur(grey, (0, 0), blur_px) for grey in shared]
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-7)
    motion = np.eye(2, 3, dtype=np.float32)
    _, motion = cv2.findTransformECC(*soft, motion, cv2.MOTION_AFFINE, stop, None, 5)
    from_shared = np.array([[1, 0, x0 + dx], [0, 1, y0 + dy], [0, 0, 1.0]])
    to_shared = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]])
    return (from_shared @ np.vstack([motion, [0, 0, 1]]) @ to_shared)[:2].astype(np.float32)


def truth_as_seen(
    image: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The truth in the geometry that a program gave its result, and the motion that leads there.

    The result itself is never resampled; each program is free to choose its reference frame.
    """
    motion = motion_between(grey_of(image), grey_of(truth))
    rows, columns = image.shape[:2]
    seen = cv2.warpAffine(
        truth,
        motion,
        (columns, rows),
        flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP,
        # Of a fraction of a px; what lies beyond the truth is left out of every figure.
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(seen, 0, 1), motion.astype(np.float64)


def shared_area(
    motion: NDArray[np.float64], shape: tuple[int, int], result: tuple[int, int]
) -> tuple[slice, slice]:
    """Rows and columns of a result that lie within the truth, to the nearest px.

    Programs that crop or pad their result are measured where it shows the scene.
    """
    rows, columns = shape
    corners = np.array([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]], float)
    back = np.linalg.inv(np.vstack([motion, [0, 0, 1]]))
    x, y = (back @ corners)[:2]
    first_x, last_x = max(x[0], x[2], 0.0), min(x[1], x[3], float(result[1]))
    first_y, last_y = max(y[0], y[1], 0.0), min(y[2], y[3], float(result[0]))
    return slice(round(first_y), round(last_y)), slice(round(first_x), round(last_x))


def inside(part: tuple[slice, slice], by_px: int) -> tuple[slice, slice]:
    """Rows and columns without their outermost ones."""
    rows, columns = (slice(side.start + by_px, side.stop - by_px) for side in part)
    return rows, columns


def border_band(
    made: Stack, motion: NDArray[np.float64], result: tuple[int, int]
) -> NDArray[np.bool_]:
    """The outermost px of a result, (rows, columns), that show what all frames reach."""
    reached = cv2.warpAffine(
        common(made).astype(np.uint8),
        motion.astype(np.float32),
        result[::-1],
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    ).astype(bool)
    depth = ndimage.distance_transform_cdt(np.pad(reached, 1), "chessboard")[1:-1, 1:-1]
    return reached & (depth <= BAND_PX)


def same_brightness(
    image: NDArray[np.float32], truth: NDArray[np.float32], part: tuple[slice, slice]
) -> NDArray[np.float32]:
    """The image after the straight line that brings each channel of a part nearest to the truth."""
    out = np.empty_like(image)
    for c in range(3):
        shown, wanted = image[part][..., c], truth[part][..., c]
        fair = (wanted > 0.02) & (wanted < 0.97)
        slope, offset = np.polyfit(shown[fair], wanted[fair], 1)
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
    if whole.shape[0] < LEAST_PART * rows or whole.shape[1] < LEAST_PART * columns:
        return Score(*[float("nan")] * len(fields(Score)))
    seen, motion = truth_as_seen(whole, made.truth)
    height = cv2.warpAffine(
        made.height,
        motion.astype(np.float32),
        (whole.shape[1], whole.shape[0]),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    band = border_band(made, motion, whole.shape[:2])
    outer = shared_area(motion, (rows, columns), whole.shape[:2])
    inner = inside(outer, BAND_PX)
    # Judged inside alone, so that what a program makes up at its border moves no other figure.
    whole = same_brightness(whole, seen, inner)
    squared = ((whole - seen) ** 2).mean(2)

    def decibel(where: NDArray[np.bool_], part: tuple[slice, slice]) -> float:
        chosen = squared[part][where[part]]
        return float(-10 * np.log10(chosen.mean())) if chosen.size > 200 else float("nan")

    def structure(part: tuple[slice, slice]) -> float:
        return float(
            structural_similarity(
                whole[part],
                seen[part],
                channel_axis=2,
                data_range=1.0,
                gaussian_weights=True,
                sigma=1.5,
            )
        )

    everywhere = np.ones_like(squared, bool)
    return Score(
        decibel(everywhere, inner),
        structure(inner),
        decibel(silhouettes(height), inner),
        decibel(bristles(height), inner),
        _noise_ratio(whole[inner], seen[inner], made, motion, inner),
        decibel(everywhere, outer),
        structure(outer),
        decibel(band, outer),
    )


def _noise_ratio(
    whole: NDArray[np.float32],
    seen: NDArray[np.float32],
    made: Stack,
    motion: NDArray[np.float64],
    inner: tuple[slice, slice],
) -> float:
    grey = seen.mean(2)
    plain = ndimage.generic_gradient_magnitude(grey, ndimage.sobel)
    plain = ndimage.gaussian_filter(plain, 4)
    where = (plain <= np.quantile(plain, 0.15)) & (grey > 0.05) & (grey < 0.95)
    # The middle frame stands still: it has the geometry of the truth.
    single = cv2.warpAffine(
        made.frames[len(made.frames) // 2].astype(np.float32) / 65535,
        motion.astype(np.float32),
        (inner[1].stop, inner[0].stop),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )[inner]
    return _grain(whole - seen, where) / _grain(single, where)


def _grain(image: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    fine = image - ndimage.gaussian_filter(image, (1.5, 1.5, 0))
    return float(1.4826 * np.median(np.abs(fine[where] - np.median(fine[where]))))
