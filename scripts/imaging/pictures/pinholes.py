"""Holes smaller than a measurement of depth, closed by a plane through what lies round them.

A depth is found of a whole window of px; where one px among those is not sure of its own, the next
ones have already measured there. What is larger than the window, nobody has seen: it stays a hole.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Steps to the eight nodes round one, down and to the right.
AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def without_pinholes(
    heights: NDArray[np.float32], widest: int, error: float
) -> tuple[NDArray[np.float32], int]:
    """Heights with small holes closed where their rims lie in a plane.

    Parameters
    ----------
    heights : (H, W), NaN where not known
    widest : nodes that a hole may have across and down
    error : how far a node of its rim may lie off the plane, in the unit of heights; beside a step
        rims lie off it, and the hole stays

    Returns
    -------
    heights : (H, W) float32, the known ones as they were
    closed : how many nodes were filled
    """
    unknown = np.isnan(heights)
    # What touches at a corner is one hole: so all round about a hole is known.
    found = cv2.connectedComponentsWithStats(unknown.view(np.uint8), connectivity=8)
    count, labels, boxes, _ = found
    x, y, width, height = boxes[:, :4].T
    inside = (x > 0) & (y > 0) & (x + width < unknown.shape[1]) & (y + height < unknown.shape[0])
    small = inside & (np.maximum(width, height) <= widest)
    small[0] = False
    places = np.stack(np.nonzero(small[labels]), 1)
    if not len(places):
        return heights.astype(np.float32), 0
    holes = labels[tuple(places.T)]
    middle = np.stack([y + (height - 1) / 2, x + (width - 1) / 2], 1)
    planes, off = _planes(heights, *_rims(unknown, places, holes), middle, count)
    closed = off[holes] <= error
    places, holes = places[closed], holes[closed]
    filled = heights.astype(np.float32)
    filled[tuple(places.T)] = _on(planes[holes], places - middle[holes])
    return filled, len(places)


def _rims(
    unknown: NDArray[np.bool_], places: NDArray[np.int64], holes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The known nodes that touch holes, (n, 2), and the number of each one's hole, (n,)."""
    beside = np.concatenate([places + step for step in AROUND])
    numbers = np.tile(holes, len(AROUND))
    known = ~unknown[tuple(beside.T)]
    # A node touches a hole in several ways, and counts once.
    touching = np.unique(np.column_stack([numbers, beside])[known], axis=0).astype(np.int64)
    return touching[:, 1:], touching[:, 0]


def _planes(
    heights: NDArray[np.float32],
    rims: NDArray[np.int64],
    holes: NDArray[np.int64],
    middle: NDArray[np.float64],
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The plane of least squares through the rim of each hole, and how far a node lies off at most.

    Parameters
    ----------
    rims, holes : of `_rims`
    middle : (count, 2) of each hole, from which its plane is reckoned
    count : of all holes

    Returns
    -------
    planes : (count, 3), height per node down and to the right, and in the middle
    off : (count,), infinite of holes without a rim here
    """
    away = np.column_stack([rims - middle[holes], np.ones(len(rims))])
    z = heights[tuple(rims.T)].astype(np.float64)

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(holes, values, count).astype(np.float64, copy=False)

    products = np.stack([[sums(away[:, i] * away[:, j]) for j in range(3)] for i in range(3)])
    meant = np.stack([sums(away[:, i] * z) for i in range(3)], -1)
    asked = np.unique(holes)
    planes, off = np.zeros((count, 3)), np.full(count, np.inf)
    planes[asked] = np.linalg.solve(products.transpose(2, 0, 1)[asked], meant[asked, :, None])[
        ..., 0
    ]
    off[asked] = 0.0
    np.maximum.at(off, holes, np.abs(z - _on(planes[holes], rims - middle[holes])))
    return planes, off


def _on(planes: NDArray[np.float64], away: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of planes, (n, 3), so many nodes down and to the right of their middles, (n, 2)."""
    return planes[:, 0] * away[:, 0] + planes[:, 1] * away[:, 1] + planes[:, 2]
