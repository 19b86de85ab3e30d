"""A depth map as a small picture for people: colours from the nearest to the farthest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Few stray values shall not decide the colours of all others.
ENDS = (0.01, 0.99)
# Where depth is mere interpolation, colours are this dark.
DARKEST = 0.35


def depth_view(
    depth: NDArray[np.float32], confidence: NDArray[np.uint16], long_edge_px: int
) -> tuple[NDArray[np.uint8], float, float]:
    """Colour a depth map, places of little confidence darker.

    Parameters
    ----------
    depth : (H, W) float32, any unit
    confidence : (H, W) uint16, 65535 where a depth is sure
    long_edge_px : of the result; it is not enlarged

    Returns
    -------
    picture : (h, w, 3) uint8, RGB
    lowest, highest : depth at the two ends of the colours
    """
    factor = min(1.0, long_edge_px / max(depth.shape))
    size = [max(1, round(n * factor)) for n in depth.shape[::-1]]
    small = cv2.resize(np.nan_to_num(depth), size, interpolation=cv2.INTER_AREA)
    sure = cv2.resize(confidence, size, interpolation=cv2.INTER_AREA) / np.float32(65535)
    lowest, highest = (float(value) for value in np.quantile(small, ENDS))
    part = np.clip((small - lowest) / max(highest - lowest, 1e-9), 0, 1)
    colours = cv2.applyColorMap(np.rint(part * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)[
        ..., ::-1
    ]
    shade = DARKEST + (1 - DARKEST) * sure[..., None]
    return np.rint(colours * shade).astype(np.uint8), lowest, highest
