"""How bright the frames of a stack are against each other, and what they are made as bright as.

The reference frame of the geometry need not be bright as the others are: a flash may have missed
it. Frames are made as bright as it only where it is like most of them, else as bright as most.

Light is measured away from highlights. Of what is many times as bright as white a frame in focus
shows a white spot and loses the rest; out of focus it is spread over a disc, and ever more of it is
there: 70 of a few px made the mean of a made scene's first frame 18 % greater.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.cells import cells_in_frame
from imaging.alignment.evenness import uneven_stops
from imaging.sampling.dilation import dilated
from imaging.sampling.luminance import CHANNEL_WEIGHTS
from imaging.sampling.ranks import median

# A reference frame so near to the median is as good as the median, and is not touched.
NEAR_STOPS = 0.25
# Cells outside this range of light are near black or white, and say nothing.
FAIR = (0.002, 0.8)
LEAST_CELLS = 16
# Highlights' light reaches so many cells beyond those in which some frame shows white. Where less
# than this share of the fair cells would be left, as on a white ground, all of them are asked.
REACH_CELLS, LEAST_APART = 1, 0.5
# Light of a frame that is all black.
LEAST_LIGHT = 1e-9


class Exposure(NamedTuple):
    """Brightness of the frames of a stack.

    Attributes
    ----------
    gains : (N, 3) float64, factors in linear light that make each frame as bright as wanted
    stops : (N,) float64, how much brighter a frame is than wanted; negative where darker
    measured : (N,) bool, False where a frame shares too little with the others that is neither
        black nor white: its gain is 1, and its stops are those of its mean light
    of_reference : whether what is wanted is the brightness of the reference frame
    uneven_stops, dark_shares : (N,) float64, as `evenness.uneven_stops` has them
    """

    gains: NDArray[np.float64]
    stops: NDArray[np.float64]
    measured: NDArray[np.bool_]
    of_reference: bool
    uneven_stops: NDArray[np.float64]
    dark_shares: NDArray[np.float64]


def even_exposure(
    thumbnails: NDArray[np.float32],
    white: NDArray[np.uint8],
    transforms: NDArray[np.float64],
    members: Sequence[int],
    reference: int,
    shape: tuple[int, int],
) -> Exposure:
    """Find how bright frames are, and what makes them alike.

    Parameters
    ----------
    thumbnails : (N, h, w, 3) float32, 0..1, linear light
    white : (N, h, w) uint8, 1 for cells in which something is white
    transforms : (N, 3, 3), frame px → reference px
    members : positions of the frames that are aligned; the median is theirs
    reference : position of the reference frame
    shape : (rows, columns) of a frame
    """
    members = list(members)

    def ratios_to(one: int) -> NDArray[np.float64]:
        apart = ~near_highlights(white, transforms, members, one, shape)
        return light_ratios(thumbnails, transforms, one, shape, apart)

    ratios = ratios_to(reference)
    off = _median_stops(ratios[members])
    near = abs(off) <= NEAR_STOPS
    if not near:
        # Measured against a frame that is itself as bright as most.
        light = _mean_light(thumbnails)
        middle = median(light[members])
        anchor = min(members, key=lambda k: (abs(light[k] - middle), abs(k - reference)))
        ratios = ratios_to(anchor)
        known = np.isfinite(ratios[members]).all(1)
        ratios = ratios / median(ratios[members][known], axis=0)
    measured: NDArray[np.bool_] = np.all(np.isfinite(ratios), 1)
    stops = np.zeros(len(ratios))
    stops[measured] = np.log2(ratios[measured] @ CHANNEL_WEIGHTS)
    if not measured.all():
        light = _mean_light(thumbnails)
        stops[~measured] = light[~measured] - median(light[members])
    gains = np.where(measured[:, None], 1.0 / np.where(measured[:, None], ratios, 1.0), 1.0)
    return Exposure(gains, stops, measured, near, *uneven_stops(thumbnails, transforms, shape))


def _mean_light(thumbnails: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logarithm to base 2 of each frame's mean light."""
    return np.log2(
        np.maximum(thumbnails.mean((1, 2), dtype=np.float64) @ CHANNEL_WEIGHTS, LEAST_LIGHT)
    )


def _median_stops(ratios: NDArray[np.float64]) -> float:
    """Median of stops, (n, 3) ratios, infinite where most could not be measured."""
    known = np.isfinite(ratios).all(1)
    if 2 * known.sum() <= len(ratios):
        return np.inf
    return float(median(np.log2(ratios[known] @ CHANNEL_WEIGHTS)))


def near_highlights(
    white: NDArray[np.uint8],
    transforms: NDArray[np.float64],
    members: Sequence[int],
    reference: int,
    shape: tuple[int, int],
) -> NDArray[np.bool_]:
    """Which cells of a frame the light of highlights may reach, (h, w); as `even_exposure`."""
    cells = white.shape[1:]
    found = np.zeros(cells[0] * cells[1], np.uint8)
    for k in members:
        motion = np.linalg.inv(transforms[k]) @ transforms[reference]
        y, x, inside = cells_in_frame(motion, cells, shape)
        found[inside] |= white[k][y, x]
    return dilated(found.reshape(cells), 2 * REACH_CELLS + 1) > 0


def light_ratios(
    thumbnails: NDArray[np.float32],
    transforms: NDArray[np.float64],
    reference: int,
    shape: tuple[int, int],
    apart: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Light of every frame over that of one of them, by channel.

    Defocus spreads light and loses none, so the ratio of mean light over the area that two
    frames share is their ratio of exposure; cells near black or white in either are left out.

    Parameters
    ----------
    thumbnails : (N, h, w, 3) float32, 0..1, linear light; nan where nothing is to be measured
    transforms : (N, 3, 3), frame px → px of one frame
    reference : position of the frame to compare with
    shape : (rows, columns) of a frame
    apart : (h, w), cells of that frame that lie away from highlights

    Returns
    -------
    (N, 3) float64; nan where too few cells are fair
    """
    wanted = thumbnails[reference].reshape(-1, 3).astype(np.float64)
    ratios = np.full((len(thumbnails), 3), np.nan)
    low, high = FAIR
    asked = ((wanted > low) & (wanted < high)).all(1)
    if (asked & apart.ravel()).sum() >= LEAST_APART * asked.sum():
        asked &= apart.ravel()
    for k, thumbnail in enumerate(thumbnails):
        if k == reference:
            ratios[k] = 1.0
            continue
        motion = np.linalg.inv(transforms[k]) @ transforms[reference]
        y, x, inside = cells_in_frame(motion, thumbnail.shape[:2], shape)
        light, target = thumbnail[y, x].astype(np.float64), wanted[inside]
        fair = ((light > low) & (light < high)).all(1) & asked[inside]
        if fair.sum() >= LEAST_CELLS:
            ratios[k] = light[fair].sum(0) / target[fair].sum(0)
    return ratios
