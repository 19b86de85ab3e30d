"""Px beside what is thin, which have its sharpness and not its depth.

Energy of detail is gathered over a window, so that a bristle of one px is sharp over seven: what is
told of those at its sides is told of the bristle, and they are ground behind it. There energy falls
steeply: of a lone line's it is 0.7 a px from the middle, a third of that at two, and an eighth of
the rest at three. What is told far and wide is no thin thing, however its energy differs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.dilation import dilated

# Thin is what is told over fewer px each way, at half resolution.
WIDE_PX = 7
# A px that is less than such a part as sharp as one beside it has its sharpness from there.
LEAST_OWN = np.float32(0.4)


def beside_thin(energy: NDArray[np.float32], told: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Px of what is told that lie beside something thin, and not on it.

    Parameters
    ----------
    energy : (h, w), the greatest
    told : (h, w), where depth is told

    Returns
    -------
    (h, w)
    """
    inner = dilated((~told).view(np.uint8), WIDE_PX) == 0
    wide = dilated(inner.view(np.uint8), WIDE_PX)
    return told & (wide == 0) & (energy < LEAST_OWN * dilated(energy, 3))
