"""Alignment of a whole stack: one transform and one brightness gain per frame.

Pairs of frames are measured (`pairs`), all transforms solved from them (`solving`), frames that do
not belong are left out and the rest is solved again. What stands still on the sensor while the rest
moves is hidden (`still_search`) and the stack measured once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.alignment.detail import Detail, hide
from imaging.alignment.exposure import Exposure, even_exposure
from imaging.alignment.focus_order import shares_of_sharpness, stacked_results
from imaging.alignment.pairs import Pair, connected_frames, measure_pairs
from imaging.alignment.shake import shaken_frames
from imaging.alignment.solving import solve_transforms
from imaging.alignment.standstill import StillAreas
from imaging.alignment.still_search import Sample, find_still, sample, sampled
from imaging.alignment.trend import strangers
from imaging.errors import ImagingError
from imaging.sampling.geometry import corner_distance

# Fewer of the frames that match each other are no stack but frames of something else.
LEAST_MEMBERS = 0.5


class UnrelatedFrames(ImagingError):
    """Most frames match no other frame of the stack; `frames` are their positions."""

    def __init__(self, frames: tuple[int, ...]) -> None:
        super().__init__("the frames do not show the same scene")
        self.frames = frames


class Alignment(NamedTuple):
    """What is known of a stack's geometry and brightness.

    Attributes
    ----------
    shape : (rows, columns) of a frame
    reference : position of the reference frame
    transforms : (N, 3, 3) float64, frame px → reference px (identity for a failed frame)
    exposure : how bright the frames are, and what makes them alike
    correlations : (N,) best correlation of each frame with another
    residuals_px : (N,) largest corner disagreement between a frame's pairs and its transform
    uncertainties_px : (N,) predicted standard error at a frame's corners against the reference
    uncertainties_beside_px : (N,) the same against the frame next to it, as parts of it tell
    failed : positions of frames that match no other frame well enough to be used
    sharpness : (N, 4, h, w) float32, of the frames' detail
    shaken : positions of frames that are blurred where those before and after them are sharp; they
        are left out of all that is solved, as failed ones are
    strangers : positions of frames that were matched by chance, far off where their neighbours lie
    stacked : positions of frames that are sharp wherever any other is: another program's results
    still : what stands still on the sensor while the rest moves, and was left out of registration
    """

    shape: tuple[int, int]
    reference: int
    transforms: NDArray[np.float64]
    exposure: Exposure
    correlations: NDArray[np.float64]
    residuals_px: NDArray[np.float64]
    uncertainties_px: NDArray[np.float64]
    uncertainties_beside_px: NDArray[np.float64]
    failed: tuple[int, ...]
    sharpness: NDArray[np.float32]
    shaken: tuple[int, ...] = ()
    strangers: tuple[int, ...] = ()
    stacked: tuple[int, ...] = ()
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

    def shares_of_sharpness(self, frames: Sequence[int]) -> NDArray[np.float32]:
        """How sharp some frames are in each place; as `focus_order.shares_of_sharpness`."""
        return shares_of_sharpness(
            self.sharpness, self.transforms, frames, self.reference, self.shape
        )


def align_stack(
    load: Callable[[int], Detail],
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
    load : gives the detail of a frame; called in order, from `threads` threads, once per frame, and
        once more where something stands still
    count : number of frames, >= 1
    reference : position of the frame whose geometry is kept, and its brightness where it is like
        that of most frames
    model : one of `models.MODELS`
    threads : how many pairs are registered side by side; the result does not depend on it
    report : called with the position of each frame as it is done
    limit_stops : a frame so far off in brightness, or with a part that is, is not the reference:
        the nearest other one is

    Raises
    ------
    UnrelatedFrames
        Where the frames do not all show the same scene; frames are named by position.
    """
    stack = _measured(load, count, model, threads, report)
    alignment = stack.aligned(reference, limit_stops)
    kept = [sample for sample in stack.samples if sample.position in alignment.members]

    def probe(
        shown: Callable[[int], Detail], count: int
    ) -> tuple[Sequence[int], NDArray[np.float64]] | None:
        try:
            rest = _measured(shown, count, model, threads).aligned(count // 2)
        except UnrelatedFrames:
            return None
        return rest.members, rest.transforms[rest.members]

    lie = alignment.transforms[[sample.position for sample in kept]]
    still = find_still(kept, lie, probe, threads)
    if still is None:
        return alignment
    stack = _measured(lambda k: hide(load(k), still.hidden), count, model, threads, report)
    return stack.aligned(reference, limit_stops)._replace(still=still)


class _Measured(NamedTuple):
    """What was measured of a stack in one pass over its frames."""

    pairs: Sequence[Pair]
    model: str
    shape: tuple[int, int]
    thumbnails: NDArray[np.float32]
    white: NDArray[np.uint8]
    sharpness: NDArray[np.float32]
    samples: Sequence[Sample]

    def aligned(self, reference: int, limit_stops: float = np.inf) -> Alignment:
        """Solve for all frames that belong to the stack, with a reference that is bright enough."""
        out: dict[str, Any] = {}
        alignment = self.solved(reference, out)
        for name, judge in _JUDGES.items():
            if judged := judge(alignment):
                out[name] = judged
                alignment = self.solved(reference, out)
        exposure = alignment.exposure
        off = np.maximum(np.abs(exposure.stops), exposure.uneven_stops)
        good = [k for k in alignment.members if off[k] <= limit_stops]
        if good and alignment.reference not in good:
            alignment = self.solved(min(good, key=lambda k: abs(k - reference)), out)
        return alignment

    def solved(self, reference: int, out: Mapping[str, Any]) -> Alignment:
        """Solve without the frames in `out`, which are named for why they are left out."""
        count = len(self.thumbnails)
        left_out = {k for positions in out.values() for k in positions}
        pairs = [pair for pair in self.pairs if not {pair.first, pair.second} & left_out]
        members = connected_frames(pairs, count)
        failed = tuple(k for k in range(count) if k not in members and k not in left_out)
        if len(members) < max(1, round(LEAST_MEMBERS * count)) or (count > 1 and len(members) < 2):
            raise UnrelatedFrames(failed if len(members) > 1 else tuple(range(count)))
        if reference not in members:
            reference = min(members, key=lambda k: abs(k - reference))
        pairs = [pair for pair in pairs if {pair.first, pair.second} <= members]
        solution = solve_transforms(pairs, count, reference, self.model, self.shape)
        transforms = solution.transforms
        correlations, residuals = np.zeros(count), np.zeros(count)
        correlations[reference] = 1.0 if count == 1 else 0.0
        for pair in pairs:
            relative = np.linalg.inv(transforms[pair.first]) @ transforms[pair.second]
            disagreement = corner_distance(relative, pair.matrix, self.shape)
            for frame in (pair.first, pair.second):
                correlations[frame] = max(correlations[frame], pair.correlation)
                if pair.second - pair.first == 1:
                    residuals[frame] = max(residuals[frame], disagreement)
        exposure = even_exposure(
            self.thumbnails, self.white, transforms, sorted(members), reference, self.shape
        )
        return Alignment(
            self.shape,
            reference,
            transforms,
            exposure,
            correlations,
            residuals,
            solution.sigma_px,
            solution.sigma_beside_px,
            failed,
            self.sharpness,
            **out,
        )


def _measured(
    load: Callable[[int], Detail],
    count: int,
    model: str,
    threads: int,
    report: Callable[[int], None] = lambda frame: None,
) -> _Measured:
    shapes, thumbnails, white, sharpness, samples = [], [], [], [], []
    kept = sampled(count)

    def done(k: int, detail: Detail) -> None:
        shapes.append(detail.light.shape)
        thumbnails.append(detail.light.thumbnail)
        white.append(detail.light.white)
        sharpness.append(detail.sharpness)
        if k in kept:
            samples.append(sample(k, detail))
        report(k)

    pairs = measure_pairs(load, count, model, threads, done)
    stacked = np.stack(thumbnails), np.stack(white), np.stack(sharpness)
    return _Measured(pairs, model, shapes[0], *stacked, samples)


def _strangers(alignment: Alignment) -> tuple[int, ...]:
    return strangers(
        alignment.transforms, alignment.correlations, alignment.members, alignment.shape
    )


def _stacked(alignment: Alignment) -> tuple[int, ...]:
    members = alignment.members
    return tuple(members[k] for k in stacked_results(alignment.shares_of_sharpness(members)))


def _shaken(alignment: Alignment) -> tuple[int, ...]:
    return shaken_frames(
        alignment.sharpness, alignment.transforms, alignment.members, alignment.shape
    )


# What is found in this order is left out of what is solved after it.
_JUDGES: dict[str, Callable[[Alignment], tuple[int, ...]]] = {
    "strangers": _strangers,
    "stacked": _stacked,
    "shaken": _shaken,
}
