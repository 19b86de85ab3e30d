"""Highlights far brighter than white, and the discs of light that they become out of focus.

A highlight on a bead or a beetle holds ten times the light of what is white in the picture. In
focus it is a small white spot; a frame that is out of focus spreads it over the lens's disc, which
is still white where the light suffices, with a border as sharp as the spot's own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# A px and the lens blur a little even in focus: a disc of this radius, px.
SHARPEST_PX = 0.7


class Highlights(NamedTuple):
    """Round spots on a scene, (n,) float64 each.

    Attributes
    ----------
    x, y : place, px of the truth
    height : in frames
    radius : px
    light : in linear light, 1 is white
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    height: NDArray[np.float64]
    radius: NDArray[np.float64]
    light: NDArray[np.float64]


def scatter(
    rng: np.random.Generator, count: int, height: NDArray[np.float32], lowest: float
) -> Highlights:
    """Highlights on what is higher than `lowest`; `height` (H, W) in frames."""
    rows, columns = height.shape
    y, x = rng.uniform(0, rows - 1, 8 * count), rng.uniform(0, columns - 1, 8 * count)
    z = height[np.rint(y).astype(int), np.rint(x).astype(int)].astype(np.float64)
    some = np.flatnonzero(z > lowest)[:count]
    radius = np.exp(rng.uniform(np.log(0.8), np.log(6.0), len(some)))
    light = np.exp(rng.uniform(np.log(1.5), np.log(40.0), len(some)))
    return Highlights(x[some], y[some], z[some], radius, light)


def shine(
    spots: Highlights,
    focus: float,
    motion: NDArray[np.float64],
    blur_px: float,
    shape: tuple[int, int],
) -> NDArray[np.float32]:
    """Light of the spots in a frame, (H, W) float32, linear.

    Parameters
    ----------
    focus : height in focus
    motion : (3, 3) px of the truth → px of the frame
    blur_px : radius of the blur disc per frame out of focus
    """
    total = np.zeros(shape, np.float32)
    for x, y, height, radius, light in zip(*spots):
        u, v, _ = motion @ np.array([x, y, 1.0])
        blur = float(np.hypot(blur_px * (height - focus), SHARPEST_PX))
        reach = int(blur + radius) + 2
        top, left = max(int(v) - reach, 0), max(int(u) - reach, 0)
        bottom, right = min(int(v) + reach + 2, shape[0]), min(int(u) + reach + 2, shape[1])
        if top >= bottom or left >= right:
            continue
        away = np.hypot(*(np.mgrid[top:bottom, left:right] - np.array([v, u])[:, None, None]))
        share = _overlap(away, radius, blur) / (np.pi * blur * blur)
        total[top:bottom, left:right] += np.float32(light) * share.astype(np.float32)
    return total


def _overlap(away: NDArray[np.float64], one: float, other: float) -> NDArray[np.float64]:
    """Area that two discs share whose centres are so far apart."""
    apart = np.clip(away, abs(one - other) + 1e-9, one + other)
    to_chord = (apart**2 + one**2 - other**2) / (2 * apart)
    own = np.arccos(np.clip(to_chord / one, -1.0, 1.0))
    others = np.arccos(np.clip((apart - to_chord) / other, -1.0, 1.0))
    area = one**2 * (own - np.sin(2 * own) / 2) + other**2 * (others - np.sin(2 * others) / 2)
    return np.where(away >= one + other, 0.0, area)
