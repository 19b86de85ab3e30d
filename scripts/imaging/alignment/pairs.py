"""Which frames of a stack are paired, and what is measured of each pair, as frames are read.

Neighbours are registered, and so are frames further apart: where a frame between them matches
neither, these hold the stack together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.descent import PARTS
from imaging.alignment.detail import Detail
from imaging.alignment.pair import register_pair
from imaging.alignment.small_matrices import product

# Frames so far apart are paired too; further apart where a frame between them matches neither.
NEAR, FAR = 2, 4
# Detail of unrelated photographs correlates below 0.1, of neighbours in a stack above 0.5.
LEAST_CORRELATION = 0.25
# Pairs that may wait for a thread; they bound the frames that are held.
WAITING = 4


@dataclass(frozen=True)
class Pair:
    """A measured transform between two frames.

    Attributes
    ----------
    first, second : positions of the two frames in the stack
    matrix : (3, 3) float64, maps px of `second` to px of `first`, full resolution
    correlation : -1..1, of the two frames' detail after registration
    sigma_px : predicted standard error at the frame's corners, px
    sways : (C, 3, 3) float64, what each part of the frame adds to `matrix` by itself
    """

    first: int
    second: int
    matrix: NDArray[np.float64]
    correlation: float
    sigma_px: float
    sways: NDArray[np.float64] = field(default_factory=lambda: np.zeros((PARTS * PARTS, 3, 3)))

    @property
    def holds(self) -> bool:
        """Whether the two frames show the same scene."""
        return self.correlation >= LEAST_CORRELATION


def measure_pairs(
    load: Callable[[int], Detail],
    count: int,
    model: str,
    threads: int,
    done: Callable[[int, Detail], None],
) -> list[Pair]:
    """Register the frames of a stack with each other.

    Parameters
    ----------
    load : gives the detail of a frame; called once per frame, in order, from `threads` threads
    count : number of frames
    model : one of `models.MODELS`
    threads : how many pairs are registered side by side; the result does not depend on it
    done : called with each frame's position and detail, in order, before the frame is let go

    Returns
    -------
    pairs that hold
    """
    near: list[Pair] = []
    far: list[Future[Pair]] = []
    details: dict[int, Future[Detail]] = {}
    neighbours: dict[int, Future[Pair]] = {}
    # Frames that are read at a time, and pairs of neighbours that are registered beside them.
    reading, pairing = threads, threads // 2 + 1
    with ThreadPoolExecutor(threads) as pool:
        for k in range(count + reading + pairing):
            if k < count:
                details[k] = pool.submit(load, k)
            read = k - reading
            if 0 < read < count:
                # Not before both are there: no thread waits for what another reads.
                beside = details[read - 1].result(), details[read].result()
                neighbours[read] = pool.submit(_measure, *beside, (read - 1, read), model)
            last = read - pairing
            if last < 0:
                continue
            detail = details[last].result()
            if last > 0:
                near.append(neighbours.pop(last).result())
            for first in (last - NEAR, last - FAR):
                if first < 0:
                    continue
                links = near[first:last]
                whole = all(link.holds for link in links)
                if whole and last - first == FAR:
                    continue
                guess = _composed(links) if whole else None
                pair = details[first].result(), detail
                far.append(pool.submit(_measure, *pair, (first, last), model, guess))
            for waiting in far[: -WAITING * threads]:
                waiting.result()
            details.pop(last - FAR, None)
            done(last, detail)
    return [pair for pair in near + [future.result() for future in far] if pair.holds]


def _measure(
    first: Detail,
    second: Detail,
    frames: tuple[int, int],
    model: str,
    guess: NDArray[np.float64] | None = None,
) -> Pair:
    found = register_pair(first, second, model, guess)
    return Pair(*frames, found.matrix, found.correlation, found.sigma_px, found.sways)


def _composed(links: Sequence[Pair]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for link in links:
        matrix = product(matrix, link.matrix)
    return matrix


def connected_frames(pairs: Sequence[Pair], count: int) -> set[int]:
    """The largest set of frames that pairs connect; of equal ones, the first."""
    sets = {k: {k} for k in range(count)}
    for pair in pairs:
        first, second = sets[pair.first], sets[pair.second]
        if first is not second:
            first |= second
            for k in second:
                sets[k] = first
    apart = {id(one): one for one in sets.values()}.values()
    return max(apart, key=lambda one: (len(one), -min(one)))
