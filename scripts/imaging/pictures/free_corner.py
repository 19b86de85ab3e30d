"""Which corner of a picture is free of the subject, so that something can be written there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# In the order in which they are taken where several are as free.
CORNERS = ("lower right", "lower left", "upper right", "upper left")
# Looked at in so many cells along the longer edge: finer detail is grain and noise.
CELLS = 192
# Of the shorter edge: a rim of this width shows the ground more than the subject.
RIM_SHARE = 0.06
# Of that rim, so much is taken for ground that has the least detail about it, within so many cells:
# a subject that is cut by the picture's edges may fill half of the rim.
GROUND_SHARE, ABOUT_CELLS = 0.4, 7
# As free as the freest, as a share of white: what grain and uneven light make.
AS_FREE = 0.015


def free_corner(pixels: NDArray[np.uint16], height: int, width: int) -> str:
    """The corner in which a box covers least of the subject.

    Where the ground is plain, the subject differs from it in colour or has detail. The ground's
    colour is taken to be the median along the picture's edges, where there is least detail.

    Parameters
    ----------
    pixels : (H, W, 3) uint16, values as they are seen
    height, width : of the box, px

    Returns
    -------
    One of `CORNERS`
    """
    covered = costs(pixels, height, width)
    least = min(covered.values())
    return next(corner for corner in CORNERS if covered[corner] <= least + AS_FREE)


def costs(pixels: NDArray[np.uint16], height: int, width: int) -> dict[str, float]:
    """By corner, how far the box there is from plain ground, as a share of white; 0 is plain."""
    step = max(1.0, max(pixels.shape[:2]) / CELLS)
    rows, columns = (max(1, round(side / step)) for side in pixels.shape[:2])
    cells = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    seen = cells.astype(np.float32) / np.float32(65535.0)
    rim = max(1, round(RIM_SHARE * min(rows, columns)))
    edge = np.ones((rows, columns), bool)
    edge[rim : rows - rim, rim : columns - rim] = False
    grey = seen.mean(axis=2)
    detail = np.abs(np.diff(grey, axis=0, append=grey[-1:]))
    detail += np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    about = cv2.blur(detail, (ABOUT_CELLS, ABOUT_CELLS))
    plain = edge & (about <= np.quantile(about[edge], GROUND_SHARE))
    strange = np.abs(seen - np.median(seen[plain], axis=0)).max(axis=2)
    busy = strange + detail
    high = min(rows, max(1, round(height / step)))
    wide = min(columns, max(1, round(width / step)))
    places = {
        "lower": slice(rows - high, rows),
        "upper": slice(0, high),
        "right": slice(columns - wide, columns),
        "left": slice(0, wide),
    }
    return {
        corner: float(busy[tuple(places[side] for side in corner.split())].mean())
        for corner in CORNERS
    }
