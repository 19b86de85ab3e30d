"""Where a made stack's frames lie on the rail: evenly, or as steps of real rails differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rail(NamedTuple):
    """By how much the frames of a stack are not where even steps would have them.

    Attributes
    ----------
    late : (n,) float64, frames further than meant: focus and magnification go with it
    aside : (n, 2) float64, px
    turned : (n,) float64, radians
    """

    late: NDArray[np.float64]
    aside: NDArray[np.float64]
    turned: NDArray[np.float64]


def even_rail(count: int) -> Rail:
    """A rail that does just as it is told."""
    return Rail(np.zeros(count), np.zeros((count, 2)), np.zeros(count))


def uneven_rail(rng: np.random.Generator, count: int) -> Rail:
    """A rail as they are: its screw has a turn, its slide is bent, and friction has it stop early.

    Frames lie 1 to 2 % of a step off at random and as much again in a slow wave, as the screw
    turns; the way bends aside by up to a px, jitters by 0.1 to 0.3 px and turns by 0.02 px at the
    corners of 900 x 600 px. So no motion follows more nearly than that from those before and behind
    it. The middle frame is where it was meant to be.
    """
    n = np.arange(count)
    spread, jitter = rng.uniform(0.01, 0.02), rng.uniform(0.1, 0.3)
    length, phase = rng.uniform(5.0, 15.0), rng.uniform(0.0, 2 * np.pi)
    late = rng.normal(0.0, spread, count) + spread * np.sin(2 * np.pi * n / length + phase)
    bent = rng.uniform(-1.0, 1.0, 2) * ((n - count // 2) / (count / 2))[:, None] ** 2
    aside = rng.normal(0.0, jitter, (count, 2)) + bent
    turned = rng.normal(0.0, 4e-5, count)
    return Rail(*(part - part[count // 2] for part in (late, aside, turned)))
