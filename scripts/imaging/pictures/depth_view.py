"""A depth map as a small picture for people: colours from the lowest value to the highest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Few stray values shall not decide the colours of all others.
ENDS = (0.01, 0.99)


def depth_view(
    depth: NDArray[np.float32], long_edge_px: int
) -> tuple[NDArray[np.uint8], float, float]:
    """Colour a depth map, black where nothing is known.

    Parameters
    ----------
    depth : (H, W) float32, any unit, NaN where the depth is not known
    long_edge_px : of the result; it is not enlarged

    Returns
    -------
    picture : (h, w, 3) uint8, RGB
    lowest, highest : depth at the two ends of the colours; NaN where none is known at all
    """
    factor = min(1.0, long_edge_px / max(depth.shape))
    size = [max(1, round(n * factor)) for n in depth.shape[::-1]]
    # Of a small place, the mean of what is known in it.
    known = np.isfinite(depth).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(np.nan_to_num(depth), size, interpolation=cv2.INTER_AREA)
    small = np.divide(small, share, where=share > 0, out=np.full_like(small, np.nan))
    if not share.any():
        return np.zeros((*small.shape, 3), np.uint8), np.nan, np.nan
    lowest, highest = (float(value) for value in np.nanquantile(small, ENDS))
    part = np.clip((np.nan_to_num(small) - lowest) / max(highest - lowest, 1e-9), 0, 1)
    colours = cv2.applyColorMap(np.rint(part * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    return np.rint(colours[..., ::-1] * share[..., None]).astype(np.uint8), lowest, highest
