"""Which frames are clean where a spot is healed: they lack it, and agree with the picture round it.

A spot, such as dust left it along its way through the stack, is compared in cells a little smaller
than it, so that noise does not count. What should stand in its place is foretold by a plane through
the px round about. A frame that differs from the picture in the spot no more than beside it has the
spot too; of the others those come first that keep to the picture beside the spot, and in it to what
is foretold as much as the picture does beside it: out of focus, they do neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.retouching.box import Box, whole
from imaging.retouching.brush import Brush, coverage, extent
from imaging.retouching.matching import DARK
from imaging.retouching.sources import Picture

# So many px round about are looked at, at least, and a spot has so many cells each way.
LEAST_RING_PX, CELLS = 8, 6
# What is larger is no spot, and would take long to look for in many frames.
MOST_PX = 1_000_000
# A frame without the spot differs there so many times as much as beside it, and by more than this
# (of 65535) at all.
TIMES, LEAST = 1.5, 64.0
# How much of the spot, and of what lies round it, a frame must show.
SHOWN, SHOWN_AROUND = 0.98, 0.5


@dataclass(frozen=True)
class _Wide:
    """A brush that reaches over the ring."""

    diameter_px: float
    hardness: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True)
class Spot:
    """A spot and what lies round it, as the picture has them.

    Attributes
    ----------
    box : all that is looked at
    inside, around : (h, w) bool, px of the spot and of the ring round it
    pixels : (h, w, 3) float64, of the picture
    foretold : (h, w, 3) float64, a plane through the ring
    cell_px : side of the cells that are compared
    """

    box: Box
    inside: NDArray[np.bool_]
    around: NDArray[np.bool_]
    pixels: NDArray[np.float64]
    foretold: NDArray[np.float64]
    cell_px: int


def spot_of(
    path: Sequence[Sequence[float]],
    brush: Brush,
    before: Callable[[Box], NDArray[np.uint16]],
    shape: tuple[int, int],
) -> Spot:
    """What a stroke is to heal.

    Parameters
    ----------
    before : gives the picture as the stroke finds it, (h, w, 3), in any box
    shape : rows and columns of the picture

    Raises
    ------
    ImagingError : it is too large for a spot, or lies beside the picture
    """
    ring = max(brush.diameter_px / 2.0, LEAST_RING_PX)
    wide = _Wide(brush.diameter_px + 2.0 * ring)
    box = extent(path, wide, shape).overlap(whole(shape))
    if box.width * box.height > MOST_PX:
        raise ImagingError(
            "this is too large for a spot: heal it in parts, or paint from a frame of your choice"
        )
    cover = coverage(path, brush, box)
    inside = cover > 0.5 * brush.opacity
    around = (coverage(path, wide, box) > 0.0) & (cover <= 0.0)
    if not inside.any() or not around.any():
        raise ImagingError("there is no picture round this place to find a clean frame by")
    pixels = before(box).astype(np.float64)
    cell = max(int(brush.diameter_px / CELLS), 1)
    return Spot(box, inside, around, pixels, _plane(pixels, around), cell)


def _plane(pixels: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The plane nearest to some px, everywhere."""
    rows, columns = where.shape
    y, x = np.mgrid[-1.0 : 1.0 : rows * 1j, -1.0 : 1.0 : columns * 1j]
    places = np.stack([np.ones_like(x), x, y], axis=-1)
    factors = np.linalg.lstsq(places[where], pixels[where], rcond=None)[0]
    return np.asarray(places @ factors)


def likeness(spot: Spot, source: Picture) -> float | None:
    """How far a frame is from what should stand in a spot; None where it has the spot, or no px."""
    patch = source.read(spot.box)
    shown = patch.valid & ~patch.mended
    around = spot.around & shown
    if shown[spot.inside].mean() < SHOWN or around.sum() < SHOWN_AROUND * spot.around.sum():
        return None
    values = patch.pixels.astype(np.float64)
    light = (spot.pixels[around].sum(axis=0) + DARK) / (values[around].sum(axis=0) + DARK)
    values *= light
    inside = spot.inside & shown
    beside = _blotches(values - spot.pixels, around, spot.cell_px)
    if _blotches(values - spot.pixels, inside, spot.cell_px) < TIMES * beside + LEAST:
        return None
    usual = _blotches(spot.pixels - spot.foretold, around, spot.cell_px)
    return beside + abs(_blotches(values - spot.foretold, inside, spot.cell_px) - usual)


def _blotches(difference: NDArray[np.float64], where: NDArray[np.bool_], cell: int) -> float:
    """By how much cells differ in the mean of their px, those of more px counting more."""
    rows, columns = np.nonzero(where)
    cells = (rows // cell) * (-(-where.shape[1] // cell)) + columns // cell
    count = np.bincount(cells)
    sums = [np.bincount(cells, difference[rows, columns, k]) for k in range(3)]
    return float(np.abs(sums).sum() / (3.0 * count.sum()))


def clean(spot: Spot, sources: Sequence[tuple[Any, Callable[[], Picture]]]) -> list[Any]:
    """The names of sources that are clean in a spot, the most likely first.

    Parameters
    ----------
    sources : name of each, and what opens its picture
    """
    with ThreadPoolExecutor() as pool:
        likes = list(pool.map(lambda source: likeness(spot, source[1]()), sources))
    found = [(like, number) for number, like in enumerate(likes) if like is not None]
    return [sources[number][0] for _, number in sorted(found)]
