"""Alignment of a whole stack: one transform and one brightness gain per frame.

Neighbours are registered pair by pair, and so are frames further apart; all pairs then vote in
one linear least-squares problem for all transforms at once (as mosaics are solved, e.g. by
ASHLAR [1]_), so that the error of one pair is not handed on to the rest of the chain.

.. [1] J. Muhlich et al., "Stitching and registering highly multiplexed whole-slide images of
   tissues and tumors using ASHLAR", Bioinformatics 38 (2022), 4613-4621.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from imaging.alignment.detail import View, halve, halved, hide, prepare
from imaging.alignment.exposure import Exposure, even_exposure
from imaging.alignment.focus_order import shares_of_sharpness, stacked_results
from imaging.alignment.pair import register_pair
from imaging.alignment.shake import shaken_frames
from imaging.alignment.standstill import (
    EQUAL,
    FAINT_MARGIN,
    LEAST_SAMPLES,
    MARGIN,
    PROBED_PIXELS,
    SAMPLE_PIXELS,
    STILL,
    StillAreas,
    sampled,
    still_areas,
    suspects,
)
from imaging.alignment.trend import strangers
from imaging.errors import ImagingError
from imaging.sampling.geometry import corner_distance

# Frames so far apart are paired too; further apart where a frame between them matches neither.
NEAR, FAR = 2, 4
# Detail of unrelated photographs correlates below 0.1, of neighbours in a stack above 0.5.
LEAST_CORRELATION = 0.25
# What a pair's noise does not tell, per frame of distance: defocus that is not symmetric, parallax.
SYSTEMATIC_PX = 0.05


@dataclass(frozen=True)
class Pair:
    """A measured transform between two frames.

    Attributes
    ----------
    first, second : positions of the two frames in the stack
    matrix : (3, 3) float64, maps px of `second` to px of `first`, full resolution
    correlation : -1..1, of the two frames' detail after registration
    sigma_px : predicted standard error at the frame's corners, px
    """

    first: int
    second: int
    matrix: NDArray[np.float64]
    correlation: float
    sigma_px: float

    @property
    def holds(self) -> bool:
        """Whether the two frames show the same scene."""
        return self.correlation >= LEAST_CORRELATION


@dataclass(frozen=True)
class Alignment:
    """What is known of a stack's geometry and brightness.

    Attributes
    ----------
    reference : position of the reference frame
    transforms : (N, 3, 3) float64, frame px → reference px (identity for a failed frame)
    exposure : how bright the frames are, and what makes them alike
    correlations : (N,) best correlation of each frame with another
    residuals_px : (N,) largest corner disagreement between a frame's pairs and its transform
    failed : positions of frames that match no other frame well enough to be used
    shaken : positions of frames that are blurred where those before and after them are sharp; they
        are left out of all that is solved, as failed ones are
    strangers : positions of frames that were matched by chance, far off where their neighbours lie
    stacked : positions of frames that are sharp wherever any other is: another program's results
    sharpness : (N, 4, h, w) float32, of the frames' views
    still : what stands still on the sensor while the rest moves, and was left out of registration
    """

    reference: int
    transforms: NDArray[np.float64]
    exposure: Exposure
    correlations: NDArray[np.float64]
    residuals_px: NDArray[np.float64]
    failed: tuple[int, ...]
    shaken: tuple[int, ...]
    strangers: tuple[int, ...]
    stacked: tuple[int, ...]
    sharpness: NDArray[np.float32]
    still: StillAreas | None = None

    @property
    def gains(self) -> NDArray[np.float64]:
        """(N, 3), factors in linear light that make frames equally bright."""
        return self.exposure.gains

    @property
    def members(self) -> list[int]:
        """Positions of the frames whose place is known."""
        out = {*self.failed, *self.shaken, *self.strangers, *self.stacked}
        return [k for k in range(len(self.transforms)) if k not in out]


def align_stack(
    load: Callable[[int], View],
    count: int,
    reference: int,
    model: str = "affine",
    threads: int = 1,
    report: Callable[[int], None] = lambda frame: None,
    limit_stops: float = np.inf,
) -> Alignment:
    """Align all frames of a stack to one of them.

    Parameters
    ----------
    load : gives the `View` of a frame; called once per frame, in order, from `threads` threads
    count : number of frames, >= 1
    reference : position of the frame whose geometry is kept, and its brightness where it is like
        that of most frames
    model : one of `registration.MODELS`
    threads : how many pairs are registered side by side; the result does not depend on it
    report : told the number of each frame as it is done
    limit_stops : a frame so far off in brightness is not the reference: the nearest other one is

    Raises
    ------
    ImagingError
        Where the frames do not all show the same scene; frames are named by position.
    """
    found, samples = _aligned(load, count, reference, model, threads, report, limit_stops)
    still = _found_still(samples, found, model, threads)
    if still is None:
        return found

    def shown(k: int) -> View:
        return hide(load(k), still.hidden)

    found, _ = _aligned(shown, count, reference, model, threads, report, limit_stops)
    return replace(found, still=still)


@dataclass(frozen=True)
class _Sample:
    """A frame of a few, small enough to be kept, for what stands still in all of them."""

    position: int
    luminance: NDArray[np.float32]
    detail: NDArray[np.float32]
    thumbnail: NDArray[np.float32]
    cell: int


def _sample(position: int, view: View) -> _Sample:
    luminance, level, binning = view.luminance, len(view.levels) - 1, view.binning
    while luminance.size > SAMPLE_PIXELS and level > 0:
        luminance, level, binning = halve(luminance), level - 1, 2 * binning
    return _Sample(position, luminance, view.levels[level].image, view.thumbnail, binning)


def _aligned(
    load: Callable[[int], View],
    count: int,
    reference: int,
    model: str,
    threads: int,
    report: Callable[[int], None],
    limit_stops: float = np.inf,
) -> tuple[Alignment, list[_Sample]]:
    near: list[Pair] = []
    far: list[Future[Pair]] = []
    views: dict[int, Future[View]] = {}
    neighbours: dict[int, Future[Pair]] = {}
    thumbnails, sharpness, samples = [], [], []
    ahead = threads + 1
    with ThreadPoolExecutor(threads) as pool:
        for k in range(count + ahead):
            if k < count:
                views[k] = pool.submit(load, k)
                if k > 0:
                    neighbours[k] = pool.submit(_measure, views[k - 1], views[k], (k - 1, k), model)
            done = k - ahead
            if done < 0:
                continue
            if done in sampled(count):
                samples.append(_sample(done, views[done].result()))
            thumbnails.append(views[done].result().thumbnail)
            sharpness.append(views[done].result().sharpness)
            shape = views[done].result().shape
            if done > 0:
                near.append(neighbours.pop(done).result())
            for distance in (NEAR, FAR):
                first = done - distance
                if first < 0:
                    continue
                links = near[first:done]
                whole = all(link.holds for link in links)
                if whole and distance == FAR:
                    continue
                guess = _composed(links) if whole else None
                far.append(
                    pool.submit(_measure, views[first], views[done], (first, done), model, guess)
                )
            # Bounds the work that waits, and with it the frames that are held.
            for waiting in far[: -4 * threads]:
                waiting.result()
            views.pop(done - FAR, None)
            report(done)
    pairs = [pair for pair in near + [future.result() for future in far] if pair.holds]
    seen, sharp = np.stack(thumbnails), np.stack(sharpness)

    def solved(out: dict[str, tuple[int, ...]], reference: int) -> Alignment:
        return _solved(pairs, out, reference, model, shape, seen, sharp)

    out: dict[str, tuple[int, ...]] = {"shaken": (), "strangers": (), "stacked": ()}
    found = solved(out, reference)
    for name, judge in _JUDGES.items():
        if judged := judge(found, shape):
            out = {**out, name: judged}
            found = solved(out, reference)
    good = [k for k in found.members if abs(found.exposure.stops[k]) <= limit_stops]
    if good and found.reference not in good:
        found = solved(out, min(good, key=lambda k: abs(k - reference)))
    return found, samples


def _found_still(
    samples: Sequence[_Sample], found: Alignment, model: str, threads: int
) -> StillAreas | None:
    """What stands still in a stack while the rest moves, None where nothing does."""
    samples = [sample for sample in samples if sample.position in found.members]
    details = [sample.detail for sample in samples]
    if len(details) < LEAST_SAMPLES:
        return None
    still = hidden = np.zeros(details[0].shape, bool)
    for least in STILL:
        suspect = suspects(details, least)
        if suspect.any():
            margin = FAINT_MARGIN if least < EQUAL else MARGIN
            found_still, found_hidden = _probed(samples, details, suspect, model, threads, margin)
            still, hidden = still | found_still, hidden | found_hidden
    return StillAreas(still, hidden, samples[0].cell) if still.any() else None


def _probed(
    samples: Sequence[_Sample],
    details: Sequence[NDArray[np.float32]],
    suspect: NDArray[np.bool_],
    model: str,
    threads: int,
    margin: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What stands still of what is suspected, by how the rest of the picture moves."""
    # Whether a place moves at all is seen at a coarser resolution as well.
    hidden, factor = suspect, 1
    while hidden.size > PROBED_PIXELS:
        hidden, factor = halved(hidden), 2 * factor

    def shown(k: int) -> View:
        luminance = samples[k].luminance
        while luminance.shape != hidden.shape:
            luminance = halve(luminance)
        return prepare(luminance, factor, suspect.shape, samples[k].thumbnail, hidden)

    try:
        rest, _ = _aligned(shown, len(samples), len(samples) // 2, model, threads, lambda k: None)
    except UnrelatedFrames:
        return np.zeros_like(suspect), np.zeros_like(suspect)
    kept = rest.members
    return still_areas([details[k] for k in kept], rest.transforms[kept], suspect, margin)


class UnrelatedFrames(ImagingError):
    """Most frames match no other frame of the stack; `frames` are their positions."""

    def __init__(self, frames: tuple[int, ...]) -> None:
        super().__init__("the frames do not show the same scene")
        self.frames = frames


def _measure(
    first: Future[View],
    second: Future[View],
    frames: tuple[int, int],
    model: str,
    guess: NDArray[np.float64] | None = None,
) -> Pair:
    matrix, correlation, sigma = register_pair(first.result(), second.result(), model, guess)
    return Pair(*frames, matrix, correlation, sigma)


def _composed(links: Sequence[Pair]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for link in links:
        matrix = matrix @ link.matrix
    return matrix


def _connected_frames(pairs: Sequence[Pair], count: int) -> set[int]:
    """The largest set of frames that pairs connect; of equal ones, the first."""
    group = list(range(count))
    for pair in pairs:
        old, new = group[pair.second], group[pair.first]
        group = [new if label == old else label for label in group]
    largest = max(group, key=lambda label: (group.count(label), -label))
    return {k for k in range(count) if group[k] == largest}


def _shaken(found: Alignment, shape: tuple[int, int]) -> tuple[int, ...]:
    return shaken_frames(found.sharpness, found.transforms, found.members, shape)


def _strangers(found: Alignment, shape: tuple[int, int]) -> tuple[int, ...]:
    return strangers(found.transforms, found.correlations, found.members, shape)


def _stacked(found: Alignment, shape: tuple[int, int]) -> tuple[int, ...]:
    seen = shares_of_sharpness(
        found.sharpness, found.transforms, found.members, found.reference, shape
    )
    return tuple(found.members[k] for k in stacked_results(seen))


# What is found in this order is left out of what is solved after it.
_JUDGES: dict[str, Callable[[Alignment, tuple[int, int]], tuple[int, ...]]] = {
    "strangers": _strangers,
    "stacked": _stacked,
    "shaken": _shaken,
}


def _solved(
    pairs: Sequence[Pair],
    out: dict[str, tuple[int, ...]],
    reference: int,
    model: str,
    shape: tuple[int, int],
    thumbnails: NDArray[np.float32],
    sharpness: NDArray[np.float32],
) -> Alignment:
    count = len(thumbnails)
    left_out = {k for positions in out.values() for k in positions}
    pairs = [pair for pair in pairs if not {pair.first, pair.second} & left_out]
    members = _connected_frames(pairs, count)
    failed = tuple(k for k in range(count) if k not in members and k not in left_out)
    if len(members) < max(1, round(0.5 * count)) or (count > 1 and len(members) < 2):
        raise UnrelatedFrames(failed if len(members) > 1 else tuple(range(count)))
    if reference not in members:
        reference = min(members, key=lambda k: abs(k - reference))
    pairs = [pair for pair in pairs if pair.first in members and pair.second in members]
    transforms = solve_transforms(pairs, count, reference, model, shape)
    correlations = np.zeros(count)
    correlations[reference] = 1.0 if count == 1 else 0.0
    disagreements: list[list[float]] = [[0.0] for _ in range(count)]
    for pair in pairs:
        relative = np.linalg.inv(transforms[pair.first]) @ transforms[pair.second]
        disagreement = corner_distance(relative, pair.matrix, shape)
        for frame in (pair.first, pair.second):
            correlations[frame] = max(correlations[frame], pair.correlation)
            if pair.second - pair.first == 1:
                disagreements[frame].append(disagreement)
    residuals = np.array([max(found) for found in disagreements])
    exposure = even_exposure(thumbnails, transforms, sorted(members), reference, shape)
    return Alignment(
        reference,
        transforms,
        exposure,
        correlations,
        residuals,
        failed,
        **out,
        sharpness=sharpness,
    )


def solve_transforms(
    pairs: Sequence[Pair], count: int, reference: int, model: str, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """All transforms at once from pairwise measurements.

    Minimises, over the corners p of the frame, the weighted squares of
    ``M_first @ pair.matrix @ p - M_second @ p`` with the reference's transform fixed; the
    weights are each pair's inverse variance, and pairs that disagree with the rest lose weight
    (Cauchy).

    Parameters
    ----------
    pairs : measured transforms; a frame in none of them keeps the identity
    count : number of frames
    reference : the frame whose transform is the identity
    model : one of `MODELS`
    shape : (rows, columns) of a frame

    Returns
    -------
    (count, 3, 3) float64, frame px → reference px
    """
    height, width = shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    if not pairs:
        return np.tile(np.eye(3), (count, 1, 1))
    basis = _motion_basis(model)
    freedom = len(basis)
    frames = sorted({k for pair in pairs for k in (pair.first, pair.second)} - {reference})
    position = {frame: k * freedom for k, frame in enumerate(frames)}
    scale = 1.0 / max(shape)
    normalise = np.diag([scale, scale, 1.0])
    points = corners @ normalise
    base = np.eye(3)
    rows, columns, values, targets = [], [], [], []
    for k, pair in enumerate(pairs):
        moved = points @ (normalise @ pair.matrix @ np.linalg.inv(normalise)).T
        target = np.zeros(8)
        for frame, at, sign in ((pair.first, moved, 1.0), (pair.second, points, -1.0)):
            target -= sign * (at @ base.T)[:, :2].ravel()
            if frame != reference:
                for unknown, motion in enumerate(basis):
                    rows.append(np.arange(8 * k, 8 * k + 8))
                    columns.append(np.full(8, position[frame] + unknown))
                    values.append(sign * (at @ motion.T)[:, :2].ravel())
        targets.append(target)
    # A frame meets few others, so that what is solved grows with the frames, not with their square.
    design = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(8 * len(pairs), freedom * len(frames)),
    )
    wanted = np.concatenate(targets)
    certainty = np.array(
        [
            1.0 / (pair.sigma_px**2 + (SYSTEMATIC_PX * (pair.second - pair.first)) ** 2)
            for pair in pairs
        ]
    )
    trust = np.ones(len(pairs))
    for _ in range(10):
        weighted = design.T @ sparse.diags(np.repeat(certainty * trust, 8))
        solution = linalg.spsolve((weighted @ design).tocsc(), weighted @ wanted)
        left = np.abs(design @ solution - wanted).reshape(-1, 8).max(1) / scale
        spread = left * np.sqrt(certainty)
        trust = 1.0 / (1.0 + (spread / (3.0 * max(np.median(spread), 1e-6))) ** 2)
    transforms = np.tile(np.eye(3), (count, 1, 1))
    for frame in frames:
        for k, motion in enumerate(basis):
            transforms[frame] += solution[position[frame] + k] * motion
        transforms[frame] = np.linalg.inv(normalise) @ transforms[frame] @ normalise
    return transforms


def _motion_basis(model: str) -> list[NDArray[np.float64]]:
    def unit(*places: tuple[int, int, float]) -> NDArray[np.float64]:
        motion = np.zeros((3, 3))
        for row, column, value in places:
            motion[row, column] = value
        return motion

    shifts = [unit((0, 2, 1.0)), unit((1, 2, 1.0))]
    if model == "translation":
        return shifts
    if model == "similarity":
        return [*shifts, unit((0, 0, 1.0), (1, 1, 1.0)), unit((0, 1, -1.0), (1, 0, 1.0))]
    return [*shifts, *(unit((i, j, 1.0)) for i in range(2) for j in range(2))]
