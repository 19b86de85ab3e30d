"""Depth of every place of a stack: as measured where there is detail, else carried there."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.fusion.agreement import LEAST_CONFIDENCE, Agreed
from imaging.fusion.focus import Focus
from imaging.fusion.thin import beside_thin
from imaging.sampling.box_blur import blurred
from imaging.sampling.medians import mend_by_median
from imaging.sampling.resizing import enlarged, shrunk

# Radii, px at half resolution, over which depth is carried to places without detail.
CARRY_PX = (64.0, 32.0, 16.0, 8.0, 4.0, 2.0)
# Where depth is carried further than this, it is carried at a lower resolution.
FINEST_BLUR_PX = 4.0
# Confidence, 0..1, below which a measurement is not carried.
THRESHOLD = 0.2
# The same of the depth map, whose confidence is the share of neighbours that agree.
BELIEVED = 0.3
# Smoothing that would change a depth by more than this crosses a step.
EVEN_FRAMES = 0.25
# Where detail is less than so many times the noise, and where so large a share of neighbours
# agrees, the depth map knows better than one px where to look. Of seeds 9301 and 9302, 14 scenes of
# tests/benchmarks/gap.py gain 0.12 dB by it, 0.4 where skin is smooth and none loses more than
# 0.03; at half or twice as faint they gain less, and at a share of 0.5 rims lose up to 0.09.
FAINT, SURE = np.float32(100.0), np.float32(0.7)
# Confidence beside what is thin: it is not told, and fusing looks there all the same.
NOT_TOLD = np.float32(0.85)
# Where a frame ends, the sharpest may be missing: what the others say there hardly counts beside
# what is known where all frames reach, or it would be carried inside.
BESIDE_ALL = 0.03
# From so many threads on, work is shared that others wait for. Memory that a thread of its own asks
# for stays with it: 0.14 GB of 24 megapixels, which few threads are not worth.
SHARED_FROM = 4
# Share of confidence below which the wider neighbourhood has the greater say.
ENOUGH = 0.05


class Carrying(NamedTuple):
    """How the depth map is carried to places without a depth of their own.

    Attributes
    ----------
    threshold : confidence, 0..1, below which a place has none
    radius : px at half resolution; nothing finer is carried
    smoothing : px at half resolution over which the whole map is smoothed at the end, steps but for
        those of less than a frame left as they are
    """

    threshold: float = BELIEVED
    radius: float = 0.0
    smoothing: float = 0.0


USUAL = Carrying()


def carry_depth(focus: Focus, threads: int = 1) -> NDArray[np.float32]:
    """A depth for every px: measured where there is detail, carried there from round about.

    Fusing looks there for what to show; it wants every px near the frame in which something is
    sharp, beside a rim as well. What can be told of the subject itself is `map_depth`.

    Parameters
    ----------
    threads : the result does not depend on it

    Returns
    -------
    (h, w) float32, in frames from 0
    """
    believed = np.where(focus.confidence >= THRESHOLD, focus.confidence, np.float32(0.0))
    return _carried(focus.peak, believed, focus.covered, CARRY_PX, threads)


def map_depth(
    focus: Focus, agreed: Agreed, carrying: Carrying = USUAL, threads: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The depth map: as neighbours agree on it, and carried to where they do not.

    Parameters
    ----------
    threads : the result does not depend on it

    Returns
    -------
    depth : (h, w) float32, in frames from 0
    confidence : (h, w) float32, 0..1; 0 where the depth is carried
    """
    threshold, radius, smoothing = carrying
    own = agreed.confidence >= max(threshold, 1e-6)
    believed = np.where(own, agreed.confidence, np.float32(0.0))
    reach = [sigma for sigma in CARRY_PX if sigma >= radius]
    depth = _carried(agreed.depth, believed, focus.covered, reach, threads)
    depth[own] = agreed.depth[own]
    # A px of its own mind among others would be a speck in the picture.
    mend_by_median(depth, agreed.confidence < np.float32(LEAST_CONFIDENCE), threads)
    if smoothing > 0.0:
        smooth = blurred(depth, smoothing)
        even = np.abs(smooth - depth) < np.float32(EVEN_FRAMES)
        depth[even] = smooth[even]
    believed[focus.covered == 0] = 0.0
    believed[beside_thin(focus.energy, believed >= LEAST_CONFIDENCE)] = NOT_TOLD
    return depth, believed


def follow_told(
    guide: NDArray[np.float32],
    behind: NDArray[np.uint8],
    told: tuple[NDArray[np.float32], NDArray[np.float32]],
    energy: NDArray[np.float32],
    noise: float,
) -> None:
    """Let fusing look where the depth map says: on faint detail, and where the map is sure.

    Faint detail is easily outshone by the blurred edge of something bright, whose depth neighbours
    do not share. The map need not break at rims: where the guide does, it stays as it is.

    Parameters
    ----------
    guide : (h, w) float32, in frames, written
    behind : (h, w) uint8, of `rims.behind_rims`: where it is 1, the guide stays
    told : depth and confidence of `map_depth`, (h, w) float32 each
    energy : (h, w) float32, the greatest
    noise : its energy
    """
    depth, confidence = told
    followed = (energy < FAINT * np.float32(noise)) | (confidence >= SURE)
    np.copyto(guide, depth, where=followed & (behind == 0))


def _carried(
    depth: NDArray[np.float32],
    believed: NDArray[np.float32],
    covered: NDArray[np.uint8],
    reach: Sequence[float],
    threads: int,
) -> NDArray[np.float32]:
    """Carry depth as far as it is believed, 0..1, over distances from wide to narrow.

    Normalised convolution [1]_ from wide to narrow: each step keeps its own estimate as far as it
    has confidence, and takes the wider one's for the rest.

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution", CVPR 1993.
    """
    confidence = believed * believed
    confidence[covered == 0] *= np.float32(BESIDE_ALL)
    weighted = confidence * depth
    whole = max(float(confidence.sum()), 1e-9)
    carried = np.full((1, 1), float(weighted.sum()) / whole, np.float32)
    with ThreadPoolExecutor(2) as pool:
        side_by_side = pool.map if threads >= SHARED_FROM else map
        for sigma in reach:
            # What is blurred widely needs no more px than this.
            factor = max(1, int(sigma / FINEST_BLUR_PX))
            sizes = repeat(factor), repeat(sigma / factor)
            amount, near = side_by_side(_spread, (confidence, weighted), *sizes)
            wider = enlarged(carried, amount.shape)
            # (near + ENOUGH^2 wider) / (amount + ENOUGH^2), in memory that is there.
            wider *= ENOUGH**2
            wider += near
            amount += ENOUGH**2
            carried = np.divide(wider, amount, out=wider)
    return enlarged(carried, depth.shape)


def _spread(plane: NDArray[np.float32], factor: int, sigma: float) -> NDArray[np.float32]:
    """A plane shrunk, and blurred by so many px of what is left."""
    return blurred(shrunk(plane, factor), sigma)
