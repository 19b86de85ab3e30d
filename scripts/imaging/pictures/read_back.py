"""Is a picture that was written what it should be? Its file is read, and compared bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff


def holds(path: Path, pixels: NDArray) -> bool:
    """Whether a TIFF of this workflow holds these px and no others.

    Parameters
    ----------
    pixels : (H, W, 3) or (H, W); NaN is as good a value as any
    """
    with tiff.open_rows(path) as image:
        if image.shape != pixels.shape or image.dtype != pixels.dtype:
            return False
        bits, top = np.dtype(f"u{image.dtype.itemsize}"), 0
        for rows in image.chunks():
            wanted = pixels[top : top + len(rows)]
            if not np.array_equal(rows.view(bits), wanted.view(bits)):
                return False
            top += len(rows)
    return True
