"""Depth of every place of a stack: as measured where there is detail, else carried there."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.fusion.focus import Focus
from imaging.sampling.resizing import enlarged, shrunk

# Radii, px at half resolution, over which depth is carried to places without detail.
CARRY_PX = (64.0, 32.0, 16.0, 8.0, 4.0, 2.0)
# Where depth is carried further than this, it is carried at a lower resolution.
FINEST_BLUR_PX = 4.0
# Confidence, 0..1, below which a measurement is not carried.
THRESHOLD = 0.2
# Where a frame ends, the sharpest may be missing: what the others say there hardly counts beside
# what is known where all frames reach, or it would be carried inside.
BESIDE_ALL = 0.03
# Share of confidence below which the wider neighbourhood has the greater say.
ENOUGH = 0.05


class Carrying(NamedTuple):
    """How depth is carried.

    Attributes
    ----------
    threshold : confidence, 0..1, below which a measurement is not used at all
    radius : px at half resolution; nothing finer than it has a depth of its own
    smoothing : px at half resolution by which the whole map is blurred at the end
    """

    threshold: float = THRESHOLD
    radius: float = 0.0
    smoothing: float = 0.0


USUAL = Carrying()


def carry_depth(focus: Focus, carrying: Carrying = USUAL) -> NDArray[np.float32]:
    """A depth for every px: measured where there is detail, carried there from round about.

    Normalised convolution [1]_ from wide to narrow: each step keeps its own estimate as far as it
    has confidence, and takes the wider one's for the rest.

    Returns
    -------
    (h, w) float32, in frames from 0

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution", CVPR 1993.
    """
    threshold, radius, smoothing = carrying
    believed = np.where(focus.confidence >= threshold, focus.confidence, np.float32(0.0))
    confidence = believed * believed
    confidence[focus.covered == 0] *= np.float32(BESIDE_ALL)
    weighted = confidence * focus.peak
    whole = max(float(confidence.sum()), 1e-9)
    depth = np.full((1, 1), float(weighted.sum()) / whole, np.float32)
    for sigma in CARRY_PX:
        if sigma < radius:
            break
        # What is blurred widely needs no more px than this.
        factor = max(1, int(sigma / FINEST_BLUR_PX))
        amount = _blur(shrunk(confidence, factor), sigma / factor)
        carried = _blur(shrunk(weighted, factor), sigma / factor)
        wider = enlarged(depth, amount.shape)
        depth = (carried + ENOUGH**2 * wider) / (amount + ENOUGH**2)
    depth = enlarged(depth, focus.peak.shape)
    return _blur(depth, smoothing) if smoothing > 0.0 else depth


def _blur(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Three box filters in a row, near a Gaussian of `sigma` px."""
    width = int(np.sqrt(4.0 * sigma * sigma + 1.0)) | 1
    for _ in range(3):
        blurred = cv2.blur(plane, (width, width), borderType=cv2.BORDER_REFLECT_101)
        plane = blurred.astype(np.float32, copy=False)
    return plane
