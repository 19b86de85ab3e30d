"""How much of each px a stroke of the brush covers.

Dabs are set along the path every eighth of the diameter. A px has the cover of the nearest dab:
where dabs overlap, nothing builds up. All is arithmetic that IEEE 754 rounds alike everywhere, so
that a stroke covers the same on every machine and in any part of the picture asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imaging.retouching.box import Box

DABS_PER_DIAMETER = 8
# A brush's rim is at least so wide, or a hard one would leave stairs.
LEAST_RIM_PX = 1.0
# sin(pi u) / u for -1/2 <= u <= 1/2 by powers of u²: pi^(2k+1) / (2k+1)!, right to 6e-8.
_SINE = (
    3.141592653589793,
    -5.16771278004997,
    2.550164039877345,
    -0.5992645293207921,
    0.08214588661112823,
    -0.00737043094571435,
)


class Brush(Protocol):
    """A round brush."""

    @property
    def diameter_px(self) -> float:
        """Of the fused image."""

    @property
    def hardness(self) -> float:
        """Share of the radius that is opaque, 0..1."""

    @property
    def opacity(self) -> float:
        """0..1."""


def dabs(path: Sequence[Sequence[float]], diameter_px: float) -> NDArray[np.float64]:
    """Places of the dabs along a path, its first and last point among them.

    Parameters
    ----------
    path : x and y of each point, at least one

    Returns
    -------
    (N, 2) float64
    """
    points = np.array(path, np.float64).reshape(-1, 2)
    sides = np.diff(points, axis=0)
    lengths = np.sqrt(sides[:, 0] * sides[:, 0] + sides[:, 1] * sides[:, 1])
    moved = np.flatnonzero(lengths > 0.0)
    if not moved.size:
        return points[:1]
    points = np.vstack([points[:1], points[moved + 1]])
    ends = np.concatenate([[0.0], np.cumsum(lengths[moved])])
    step = diameter_px / DABS_PER_DIAMETER
    along = np.arange(int(ends[-1] / step) + 1) * step
    side = np.minimum(np.searchsorted(ends, along, "right") - 1, len(ends) - 2)
    share = (along - ends[side]) / (ends[side + 1] - ends[side])
    places = points[side] + share[:, None] * (points[side + 1] - points[side])
    return np.vstack([places, points[-1:]])


def extent(path: Sequence[Sequence[float]], brush: Brush, shape: tuple[int, int]) -> Box:
    """The part of a picture, of so many rows and columns, that a stroke may cover; may be empty."""
    points = np.array(path, np.float64).reshape(-1, 2)
    radius = brush.diameter_px / 2.0
    x0, y0 = np.ceil(points.min(axis=0) - radius).astype(int)
    x1, y1 = np.floor(points.max(axis=0) + radius).astype(int) + 1
    covered = Box.of_corners(int(x0), int(y0), int(x1), int(y1))
    return covered.overlap(Box(0, 0, shape[1], shape[0]))


def coverage(
    path: Sequence[Sequence[float]], brush: Brush, box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """How much of each px in a box a stroke covers.

    Parameters
    ----------
    path : x and y of each point that the brush passed, px of the fused image
    brush : of the stroke
    box : x, y, width, height

    Returns
    -------
    (height, width) float32, 0 to the brush's opacity
    """
    box = Box(*box)
    radius = brush.diameter_px / 2.0
    # Of the nearest dab; what is farther than the brush is wide is not looked at.
    nearest = np.full(box.shape, np.inf)
    x, y = np.arange(box.x, box.right), np.arange(box.y, box.bottom)
    placed = dabs(path, brush.diameter_px)
    low, high = placed - radius, placed + radius
    columns = np.searchsorted(x, low[:, 0]), np.searchsorted(x, high[:, 0])
    rows = np.searchsorted(y, low[:, 1]), np.searchsorted(y, high[:, 1])
    reaching = (columns[0] < columns[1]) & (rows[0] < rows[1])
    for k in np.flatnonzero(reaching):
        x0, x1, y0, y1 = columns[0][k], columns[1][k], rows[0][k], rows[1][k]
        centre_x, centre_y = placed[k]
        across, down = x[x0:x1] - centre_x, y[y0:y1] - centre_y
        part = nearest[y0:y1, x0:x1]
        np.minimum(part, (across * across)[None, :] + (down * down)[:, None], out=part)
    out = np.zeros(box.shape, np.float32)
    reached = nearest < radius * radius
    out[reached] = _falloff(np.sqrt(nearest[reached]), brush) * brush.opacity
    return out


def _falloff(distance_px: NDArray[np.float64], brush: Brush) -> NDArray[np.float64]:
    """Cover of px so far from a dab's middle, 0..1."""
    radius = brush.diameter_px / 2.0
    hard = max(min(brush.hardness * radius, radius - LEAST_RIM_PX), 0.0)
    # 0 at the opaque part's border, 1 at the brush's.
    beyond = np.clip((distance_px - hard) / (radius - hard), 0.0, 1.0)
    u = beyond - 0.5
    square = u * u
    wave = np.full_like(u, _SINE[-1])
    for factor in reversed(_SINE[:-1]):
        wave = wave * square + factor
    raised = np.clip(0.5 - 0.5 * (wave * u), 0.0, 1.0)
    raised[beyond <= 0.0] = 1.0
    return raised
