"""Whether frames lie in the order of their focus, by magnification and by what is sharp in them.

A rail or a lens changes magnification one way all through a stack. Where it changes too little to
tell, neighbours tell: two frames next to each other are sharp in nearly the same places, so that
the given order should be about the shortest path through all frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imaging.checks.finding import Finding
from imaging.checks.focus_curves import PLAINEST, textured
from imaging.checks.fused_stack import FusedStack
from imaging.fusion.perspective import magnifications
from imaging.sampling.ranks import median, quantile

# Frames more than this many are not searched for a shorter path one by one; it would take minutes.
MOST_FRAMES = 120
# Frames that a message lists.
LISTED = 12


def one_way(scales: Sequence[float] | NDArray[np.float64]) -> float:
    """Which part of all changes from frame to frame leads from one end to the other, 0..1."""
    steps = np.abs(np.diff(scales)).sum()
    return float(np.ptp(scales) / steps) if steps > 0.0 else 1.0


def against_the_trend(scales: Sequence[float] | NDArray[np.float64]) -> list[int]:
    """Positions of the frames that must go for the rest to rise or fall all the way."""
    best: list[int] = []
    for values in (list(scales), [-scale for scale in scales]):
        # The longest rising subsequence, by length at each end.
        longest: list[list[int]] = []
        for k, value in enumerate(values):
            before = [run for run in longest if values[run[-1]] <= value]
            longest.append([*max(before, key=len, default=[]), k])
        best = max([best, *longest], key=len)
    return [k for k in range(len(scales)) if k not in best]


def changes_magnification(matrices: NDArray[np.float64], least_change: float) -> bool:
    """Whether magnification changes enough to tell the order."""
    return bool(np.ptp(magnifications(matrices)) > least_change)


def shows_in_sharpness(energy: NDArray[np.float32]) -> bool:
    """Whether frames are enough, not too many, and have detail, so that sharpness tells order."""
    return 4 <= len(energy) <= MOST_FRAMES and bool(textured(energy).any())


def shorter_path(energy: NDArray[np.float32]) -> tuple[float, list[int]]:
    """An order in which neighbours are more alike than in the given one.

    Parameters
    ----------
    energy : (n, h, w) float32 of each frame's cells

    Returns
    -------
    share : length of its path as a share of the given one's; 1 where none is shorter
    order : positions of the frames in it, beginning at the end that comes first
    """
    detail = textured(energy)
    given = list(range(len(energy)))
    if not shows_in_sharpness(energy):
        return 1.0, given
    curves = energy[:, detail].astype(np.float64)
    patterns = np.log(curves + quantile(curves, PLAINEST) + 1e-12)
    apart = np.stack([np.abs(patterns - pattern).mean(1) for pattern in patterns])

    def length(order: Sequence[int]) -> float:
        return float(apart[order[:-1], order[1:]].sum())

    order = min((_improved(start, length) for start in (given, _spectral(apart))), key=length)
    shortest = length(order)
    if shortest >= length(given) * (1.0 - 1e-9):
        return 1.0, given
    if order[0] > order[-1]:
        order = order[::-1]
    whole = length(given)
    return (shortest / whole if whole > 0.0 else 1.0), order


def _spectral(apart: NDArray[np.float64]) -> list[int]:
    """Order by the second eigenvector of the Laplacian of likeness [1]_.

    .. [1] J. E. Atkins, E. G. Boman and B. Hendrickson, "A spectral algorithm for seriation and the
       consecutive ones problem", SIAM J. Computing 28 (1998), 297-310.
    """
    scale = median(apart[apart > 0.0]) if (apart > 0.0).any() else 1.0
    alike = np.exp(-((2.0 * apart / scale) ** 2))
    laplacian = np.diag(alike.sum(1)) - alike
    return [int(k) for k in np.argsort(np.linalg.eigh(laplacian)[1][:, 1], kind="stable")]


def _improved(order: list[int], length: Callable[[Sequence[int]], float]) -> list[int]:
    """An order after every move that shortens it."""
    shortest, better = length(order), True
    while better:
        better = False
        for tried in _neighbours(order):
            if length(tried) < shortest * (1.0 - 1e-9):
                order, shortest, better = tried, length(tried), True
    return order


def _neighbours(order: list[int]) -> list[list[int]]:
    """Orders with one frame put elsewhere, or a part turned round."""
    orders = []
    for i in range(len(order)):
        rest = order[:i] + order[i + 1 :]
        orders += [[*rest[:j], order[i], *rest[j:]] for j in range(len(order)) if j != i]
        orders += [order[:i] + order[i:j][::-1] + order[j:] for j in range(i + 2, len(order) + 1)]
    return orders


def is_turned(order: Sequence[int]) -> bool:
    """Whether an order is the given one begun elsewhere: two blurred ends are alike too."""
    count = len(order)
    steps = {(after - before) % count for before, after in pairwise(order)}
    return steps <= {1} or steps <= {count - 1}


def order_doubtful(
    stack: FusedStack, magnification_change: float, one_way_share: float, path_share: float
) -> list[Finding]:
    """Frames that lie elsewhere by their magnification, or by what is sharp in them.

    Parameters
    ----------
    magnification_change : from which on magnification tells the order
    one_way_share : of all its changes that must lead one way
    path_share : length of the best order, of the given one's, below which that is doubted
    """
    scales = magnifications(stack.matrices)
    if len(scales) > 2 and changes_magnification(stack.matrices, magnification_change):
        share = one_way(scales)
        if share >= one_way_share:
            return []
        by_scale = [stack.numbers[k] for k in np.argsort(scales, kind="stable")]
        upward = by_scale if by_scale[0] <= by_scale[-1] else by_scale[::-1]
        return [
            Finding(
                "order-doubtful",
                f"magnification goes to and fro by {np.ptp(scales):.1%}; by it the order is "
                f"{_listed(upward)}",
                tuple(stack.numbers[k] for k in against_the_trend(scales)),
                {"one_way_share": round(share, 3), "order": by_scale},
            )
        ]
    share, path = shorter_path(stack.energy)
    if share >= path_share or is_turned(path):
        return []
    better = [stack.numbers[k] for k in path]
    return [
        Finding(
            "order-doubtful",
            f"by what is sharp in the frames their order is {_listed(better)}",
            tuple(number for number, given in zip(better, stack.numbers) if number != given),
            {"path_share": round(share, 3), "order": better},
        )
    ]


def _listed(numbers: Sequence[int]) -> str:
    shown = numbers if len(numbers) <= LISTED else [*numbers[:LISTED], "…"]
    return " ".join(map(str, shown))
