"""What stands still in a stack, looked for in a few small frames that are kept while it is aligned.

How the rest of the picture moves is measured anew, without what is suspected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Detail, beside_hidden, halved, prepare
from imaging.alignment.light import Light, coarser
from imaging.alignment.standstill import (
    EQUAL,
    LEAST_SAMPLES,
    STILL,
    StillAreas,
    agreement,
    may_stand_still,
    still_areas,
    suspects,
)
from imaging.sampling.geometry import in_cells

# Frames that are compared, each at the first resolution with at most so many px.
SAMPLES, SAMPLE_PIXELS = 12, 400_000
# How the rest moves is measured at one with at most so many: whether a place moves at all is seen
# at a coarser resolution as well.
PROBED_PIXELS = 100_000
# So many px of these tell it to a tenth of a px, which is enough.
SELECTED = 10_000
# No motion is told by less than this share of the picture.
LEAST_SHOWN = 0.01
# Aligns so many frames that a function gives; positions of those whose place is known, and their
# transforms. None where they do not show the same scene.
Align = Callable[[Callable[[int], Detail], int], tuple[Sequence[int], NDArray[np.float64]] | None]


class Sample(NamedTuple):
    """A frame of a few, small enough to be kept."""

    position: int
    light: Light
    image: NDArray[np.float32]


def sampled(count: int) -> set[int]:
    """Positions of the frames of a stack that are compared."""
    return {round(k) for k in np.linspace(0, count - 1, min(count, SAMPLES))}


def sample(position: int, detail: Detail) -> Sample:
    """What is kept of a frame."""
    light, level = detail.light, len(detail.levels) - 1
    while light.luminance.size > SAMPLE_PIXELS and level > 0:
        light, level = coarser(light), level - 1
    return Sample(position, light, detail.levels[level].image)


def find_still(
    samples: Sequence[Sample],
    transforms: NDArray[np.float64],
    align: Align,
    threads: int = 1,
) -> StillAreas | None:
    """What stands still in a stack while the rest moves, None where nothing does.

    Parameters
    ----------
    samples : of frames whose place is known
    transforms : (n, 3, 3), how they were found to lie, px of the frame → of one of them
    threads : the result does not depend on it
    """
    images = [sample.image for sample in samples]
    if len(images) < LEAST_SAMPLES:
        return None
    resting = agreement(images, threads=threads)
    binning = samples[0].light.binning
    lie = np.stack([in_cells(one, binning) for one in transforms])
    in_motion, _ = agreement(images, np.linalg.inv(lie), threads)

    def found(least: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
        suspected = suspects(resting, least)
        if not may_stand_still(suspected, resting, in_motion, lie):
            return None
        shown = _without(samples, suspected)
        probed = align(shown, len(samples)) if shown else None
        if probed is None:
            return None
        kept, transforms = probed
        own = [images[k] for k in kept]
        own_resting = resting
        if len(own) < len(images):
            own_resting = agreement(own, threads=threads)
        return still_areas(
            own, transforms, suspected, own_resting, in_motion, least < EQUAL, threads
        )

    # Neither has work for many threads.
    with ThreadPoolExecutor(min(threads, len(STILL))) as pool:
        areas = [one for one in pool.map(found, STILL) if one is not None]
    still = hidden = np.zeros(images[0].shape, bool)
    for stands_still, hides in areas:
        still, hidden = still | stands_still, hidden | hides
    return StillAreas(still, hidden, samples[0].light.binning) if still.any() else None


def _without(
    samples: Sequence[Sample], suspected: NDArray[np.bool_]
) -> Callable[[int], Detail] | None:
    """What gives the detail of samples, in px of these, without what is suspected.

    None where too little is left to tell a motion from.
    """
    hidden = suspected
    while hidden.size > PROBED_PIXELS:
        hidden = halved(hidden)
    if beside_hidden(hidden).mean() > 1.0 - LEAST_SHOWN:
        return None

    def shown(k: int) -> Detail:
        light = samples[k].light._replace(binning=1, shape=suspected.shape)
        while light.luminance.shape != hidden.shape:
            light = coarser(light)
        return prepare(light, hidden, SELECTED)

    return shown
