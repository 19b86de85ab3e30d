"""Which colours the px of a raw see, where they are a Bayer sensor's."""

from __future__ import annotations

import numpy as np
import rawpy
from numpy.typing import NDArray

# Of a side, so that every px has others of each colour round about.
SMALLEST_PX = 16


def bayer_pattern(raw: rawpy.RawPy) -> NDArray[np.uint8] | None:
    """Which of red 0, green 1 and 3 and blue 2 the first four px of a raw see.

    None where it does not have one value of these for each px, and a matrix for them.
    """
    pattern: NDArray[np.uint8] | None = raw.raw_pattern
    if pattern is None or raw.raw_type != rawpy.RawType.Flat or pattern.shape != (2, 2):
        return None
    is_bayer = (
        raw.num_colors == 3
        and raw.color_desc == b"RGBG"
        and {*pattern.diagonal().tolist()} in ({0, 2}, {1, 3})
        and {*pattern.ravel().tolist()} == {0, 1, 2, 3}
        and raw.sizes.pixel_aspect == 1.0
        and min(raw.raw_image_visible.shape) >= SMALLEST_PX
        and bool(raw.color_matrix[:, :3].any())
    )
    return pattern if is_bayer else None
