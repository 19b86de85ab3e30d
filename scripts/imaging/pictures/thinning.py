"""Triangles over a grid of heights: few where it is flat, none where it is unknown.

Right triangles that are halved until each lies within an error of every node that it covers: the
restricted quadtree, as right-triangulated irregular networks (Evans, Kirkpatrick & Townsend 2001,
Algorithmica 30, 264-286). Two triangles that share a longest side are halved together, so that
there are no cracks, and equal grids give equal triangles. Greedy insertion (Garland & Heckbert
1995) needs fewer triangles for an error, and a pass of the whole for each point that it adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The longest leg of a triangle, in cells; a power of two. What is flat takes two a square of it.
LARGEST = 64


@dataclass(frozen=True)
class Triangles:
    """Some nodes of a grid, and the triangles between them.

    Attributes
    ----------
    nodes : (n, 2) int, row and column
    faces : (m, 3) int, numbers of nodes, counter-clockwise for who looks at the picture
    """

    nodes: NDArray[np.int64]
    faces: NDArray[np.int64]


def triangulate(heights: NDArray[np.floating], error: float) -> Triangles:
    """The triangles of a grid of heights.

    Parameters
    ----------
    heights : (H, W), NaN where they are not known
    error : how far a node may lie above or below its triangle, in the unit of heights; 0 or more

    Returns
    -------
    Triangles whose corners are known. A place is covered where all nodes round about are; of a cell
    with three known nodes, half may be.
    """
    grid = _padded(heights)
    worst = _errors(grid)
    rows, columns = ((side - 1) // LARGEST for side in grid.shape)
    kept = []
    # Of each: the corner at the right angle, and the two others. The node between those is where it
    # is halved.
    triangles = _largest(rows, columns)
    while len(triangles):
        middle, rest = np.divmod(triangles[:, 1] + triangles[:, 2], 2)
        smallest = rest.any(1)
        # Of a smallest one, no node lies between; any other node will do to look up.
        halved = ~smallest & (worst[middle[:, 0], middle[:, 1]] > error)
        kept.append(triangles[~halved])
        top, left, right = triangles[halved].transpose(1, 0, 2)
        triangles = np.concatenate(
            [np.stack([middle[halved], *two], 1) for two in ((top, left), (right, top))]
        )
    chosen = np.concatenate(kept)
    known = np.isfinite(grid)
    chosen = chosen[known[chosen[..., 0], chosen[..., 1]].all(1)]
    numbers = np.unique(chosen[..., 0] * grid.shape[1] + chosen[..., 1], return_inverse=True)
    nodes = np.stack(np.divmod(numbers[0], grid.shape[1]), 1)
    return Triangles(nodes, numbers[1].reshape(-1, 3))


def _padded(heights: NDArray[np.floating]) -> NDArray[np.float32]:
    """A grid whose sides are whole squares of LARGEST cells: what is added is not known."""
    rows, columns = (LARGEST * max(1, -(-(side - 1) // LARGEST)) + 1 for side in heights.shape)
    grid = np.full((rows, columns), np.nan, np.float32)
    grid[: heights.shape[0], : heights.shape[1]] = heights
    return grid


def _largest(rows: int, columns: int) -> NDArray[np.int64]:
    """The first triangles, (n, 3, 2): two for each square, their common side the diagonal.

    Diagonals of squares side by side meet in a corner, as those of every size below do.
    """
    row, column = np.mgrid[:rows, :columns].reshape(2, -1, 1)
    falling = (row + column) % 2 == 0
    # Corners of a square: top left, bottom left, bottom right, top right.
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    order = np.where(falling, [[1, 2, 0, 3, 0, 2]], [[0, 1, 3, 2, 3, 1]])
    places = np.concatenate([row, column], 1)[:, None] + corners[order]
    return (LARGEST * places).reshape(-1, 3, 2)


def _errors(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each node, how far one lies at most off a triangle that is halved there; inf if unknown.

    No smaller than at the nodes where the halves are halved: whoever halves these has halved those.
    """
    worst = np.zeros(grid.shape, np.float32)
    side = 2
    while side <= LARGEST:
        half = side // 2
        # The nodes that halve sides which go across, and down; and those in the middle of squares.
        across, down = worst[::side, half::side], worst[half::side, ::side]
        middles = worst[half::side, half::side]
        if half > 1:
            below = worst[half // 2 :: half, half // 2 :: half]
            np.maximum(across, _meeting(below), out=across)
            np.maximum(down, _meeting(below.T).T, out=down)
        edges = across[:-1], across[1:], down[:, :-1], down[:, 1:]
        squares = _squares(grid, side)
        for edge, off in zip(edges, _off_four(squares)):
            np.maximum(edge, off, out=edge)
        for one in (_off_two(squares), *edges):
            np.maximum(middles, one, out=middles)
        side *= 2
    return worst


def _meeting(below: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of the four small squares at each side of a square that goes across.

    Parameters
    ----------
    below : (2 n, 2 m), of squares of half the size

    Returns
    -------
    (n + 1, m)
    """
    pairs = np.maximum(below[:, ::2], below[:, 1::2])
    border = np.zeros((1, pairs.shape[1]), np.float32)
    above, under = np.concatenate([border, pairs[1::2]]), np.concatenate([pairs[::2], border])
    return np.maximum(above, under)


def _squares(grid: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The nodes of each square, (rows, columns, side + 1, side + 1); of a common side, in both."""
    windows = np.lib.stride_tricks.sliding_window_view(grid, (side + 1, side + 1))
    return windows[::side, ::side]


def _off_two(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far a node lies at most off the two triangles on a square's diagonal, (rows, columns)."""
    off = np.empty(squares.shape[:2], np.float32)
    v, u = _places(squares)
    for row, nodes in enumerate(squares):
        a, b, c, d = _corners(nodes)
        falling = np.where(u >= v, a + u * (b - a) + v * (d - b), a + v * (c - a) + u * (d - c))
        rising = np.where(
            u + v <= 1, a + u * (b - a) + v * (c - a), d + (1 - u) * (c - d) + (1 - v) * (b - d)
        )
        is_falling = (row + np.arange(len(nodes))) % 2 == 0
        off[row] = _farthest(nodes, np.where(is_falling[:, None, None], falling, rising))
    return off


def _off_four(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same of the four about its middle, (4, rows, columns): top, bottom, left, right."""
    off = np.empty((4, *squares.shape[:2]), np.float32)
    v, u = _places(squares)
    within = (
        (v <= u) & (v <= 1 - u),
        (v >= u) & (v >= 1 - u),
        (u <= v) & (u <= 1 - v),
        (u >= v) & (u >= 1 - v),
    )
    half = squares.shape[2] // 2
    for row, nodes in enumerate(squares):
        a, b, c, d = _corners(nodes)
        middle = nodes[:, half, half, None, None]
        planes = (
            a * (1 - u - v) + b * (u - v) + middle * 2 * v,
            c * (v - u) + d * (u + v - 1) + middle * 2 * (1 - v),
            a * (1 - u - v) + c * (v - u) + middle * 2 * u,
            b * (u - v) + d * (u + v - 1) + middle * 2 * (1 - u),
        )
        for which, (plane, inside) in enumerate(zip(planes, within)):
            off[which, row] = _farthest(nodes, plane, inside)
    return off


def _places(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where nodes lie in their square, 0 to 1: down, and to the right."""
    side = squares.shape[2] - 1
    return np.mgrid[: side + 1, : side + 1].astype(np.float32) / np.float32(side)


def _corners(nodes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Those of squares, (n, 1, 1) each: top left, top right, bottom left, bottom right."""
    return [nodes[:, y, x, None, None] for y in (0, -1) for x in (0, -1)]


def _farthest(
    nodes: NDArray[np.float32],
    plane: NDArray[np.float32],
    within: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """The largest distance of nodes from a plane, of those within; inf where one is not known."""
    off = np.abs(nodes - plane)
    off[np.isnan(off)] = np.inf
    if within is not None:
        off[:, ~within] = 0.0
    return off.max((1, 2))
