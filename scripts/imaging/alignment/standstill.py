"""What stands still on the sensor while the rest of the picture moves.

A scale bar or a logo that a program burned into the frames, the rim of an eyepiece, a reflection
in the lens: sharp in every frame, at the same px, and stronger than what the frames have in common
otherwise, such things hold an alignment where they are. They are told from the subject by both
motions: at rest, the frames' gradients there agree with each other; moved as the rest of the
picture moves, they do not. Of a subject that does not move, the two are the same, and nothing of
it is taken for such a thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.geometry import moved
from imaging.sampling.kernels import kernel
from imaging.sampling.means import local_mean
from imaging.sampling.regions import labelled

# Two frames may agree by chance.
LEAST_SAMPLES = 3
# Agreement of gradients is judged over so many px each way.
WINDOW_PX = 5
# A place is looked at where its gradients are so strong, by the mean of all places.
LEAST_STRENGTH = 0.5
# Agreement of what stands still, 0 to 1: what was burned in first, then what shines through; and by
# how much more it agrees at rest than moved. What juts out of the subject moves otherwise than the
# rest and may agree a little better at rest, by 0.3 on a board's pins.
STILL, MARGIN, FAINT_MARGIN = (0.9, 0.5), 0.25, 0.4
# What is found agrees so well on the average: the subject's own, where it happens to agree at rest,
# by 0.71 at most; logos and texts that cover 15 % of the light by 0.80 at least (made scenes).
LEAST_MEAN = 0.75
# What agrees so well is all the same in every frame, and so far apart at most belongs together.
EQUAL, REACH_CELLS = STILL[0], 6
# Nearer to rest, in px of the samples, the two motions cannot be told apart.
LEAST_TRAVEL_PX = 3.0
# What stands still agrees the better at rest by so much where frames were found to move so far, and
# by no more the worse than as they were found to lie.
SEEN_TRAVEL_PX, SEEN_MARGIN = 1.0, 0.02
# What is smaller is dust, or chance, and holds no alignment.
LEAST_CELLS = 30
# What is on the sensor has no focus: no frame has less of it than this share of what another has.
# A blurred edge of the subject may seem to stay where it was as it goes out of focus, but has 0.36
# at most (made scenes; texts, bars and logos that were burned into these: 0.47 at least).
LEAST_EVEN = 0.4
# The motion is believed that explains the rest by so much better than standing still does, on the
# average, beside what was burned in and beside what shines through (good stacks that hardly move:
# 0.06 at most; burned into little texture, which looks alike wherever it is: 0.08 at least), in so
# many places for each that stands still, and for each that standing still explains better (burned
# in: 4.4 at least; chance in real stacks: 0.2 at most).
BELIEVED, LEAST_MOVING, LEAST_FOR = (0.07, 0.1), 0.5, 2.0
# Most of the texture does not stand still, or what moves is only a part of the subject.
MOST_SHARE, MOST_SUSPECT = 0.6, 0.98
# The blur of registration reaches so far round an edge.
RIM_CELLS = 2
# What edges enclose belongs to them where it has less than this share of the mean gradient.
FLAT = 0.05
STRIP_ROWS = 64
# Two of a kind, (h, w) each.
Planes = tuple[NDArray[np.float32], NDArray[np.float32]]


class StillAreas(NamedTuple):
    """Places of the sensor that show the same in every frame while the subject moves.

    Attributes
    ----------
    mask : (h, w) bool, in cells of `cell` px each way, from px (0, 0) of the frame
    hidden : as `mask`, with what else was left out of registration
    cell : px each way of a cell
    """

    mask: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    cell: int

    def boxes_px(self) -> list[tuple[int, int, int, int]]:
        """x, y, width and height of each area, px of the frame; the largest first."""
        from scipy import ndimage

        joined = ndimage.binary_dilation(self.mask, np.ones((3, 3)), iterations=REACH_CELLS)
        labels, _ = ndimage.label(joined)
        places = ndimage.find_objects(np.where(self.mask, labels, 0))
        boxes = [
            tuple(
                self.cell * value
                for value in (x.start, y.start, x.stop - x.start, y.stop - y.start)
            )
            for y, x in filter(None, places)
        ]
        return sorted(boxes, key=lambda box: -box[2] * box[3])

    def runs(self) -> list[tuple[int, int, int]]:
        """Row, first column and the one past the last of every run of cells, for a record."""
        edges = np.diff(np.pad(self.mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
        rows, first = np.nonzero(edges == 1)
        last = np.nonzero(edges == -1)[1]
        return [(int(y), int(x), int(end)) for y, x, end in zip(rows, first, last)]

    def covers(self, x: NDArray[np.integer], y: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether px of the frame lie in a still area."""
        rows, columns = self.mask.shape
        i, j = np.minimum(y // self.cell, rows - 1), np.minimum(x // self.cell, columns - 1)
        return self.mask[i, j]


def agreement(
    pictures: Sequence[NDArray[np.float32]],
    motions: NDArray[np.floating] | None = None,
    threads: int = 1,
) -> Planes:
    """How far the gradients of several pictures agree in each place.

    The energy of the mean gradient over the mean energy of the gradients; what independent ones
    would have by chance is taken away.

    Parameters
    ----------
    pictures : n of (h, w) float32, detail of some frames of a stack, of even local contrast; nan
        where a picture shows nothing
    motions : (n, 3, 3), place → px of each picture; as they are if None
    threads : the result does not depend on it

    Returns
    -------
    agreement : (h, w) float32, 1 for pictures that are equal, about 0 for independent ones
    strength : (h, w) float32, mean energy of the gradients
    """
    rows = pictures[0].shape[0]
    total_x, total_y, energy, count = np.zeros((4, *pictures[0].shape), np.float32)

    def add_strip(y0: int) -> None:
        for picture in shown:
            _add_gradients(picture, y0, min(y0 + STRIP_ROWS, rows), total_x, total_y, energy, count)

    def near(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return local_mean(plane, WINDOW_PX)

    with ThreadPoolExecutor(threads) as pool:
        shown = list(pictures if motions is None else pool.map(moved, pictures, motions))
        list(pool.map(add_strip, range(0, rows, STRIP_ROWS)))
        total = total_x * total_x + total_y * total_y
        # Of n independent gradients the squared sum is n times their mean energy, of equal ones n².
        planes = total - energy, energy * np.maximum(count - 1, 0), energy / np.maximum(count, 1)
        pairs, most, strength = pool.map(near, planes)
    # Running sums leave a rounding error where nothing is.
    floor = 1e-6 * float(strength.mean(dtype=np.float64)) + 1e-20
    return (pairs / np.maximum(most, floor)).astype(np.float32, copy=False), strength


@kernel
def _add_gradients(picture, first, last, total_x, total_y, energy, count):
    """Add a picture's gradients in rows `first` to `last` to their sums, (h, w) float32 each.

    They are of the px on both sides, at the border of the px itself and the one beside it.
    """
    rows, columns = picture.shape
    one = np.float32(1.0)
    for y in range(first, last):
        above, below = max(y - 1, 0), min(y + 1, rows - 1)
        for x in range(columns):
            before, after = max(x - 1, 0), min(x + 1, columns - 1)
            across = (picture[y, after] - picture[y, before]) / np.float32(after - before)
            down = (picture[below, x] - picture[above, x]) / np.float32(below - above)
            if np.isfinite(across) and np.isfinite(down):
                total_x[y, x] += across
                total_y[y, x] += down
                energy[y, x] += across * across + down * down
                count[y, x] += one


def suspects(at_rest: Planes, least: float) -> NDArray[np.bool_]:
    """Places where all frames have the same structure, whatever the reason.

    Parameters
    ----------
    at_rest : of `agreement`
    least : agreement, one of STILL

    Returns
    -------
    (h, w) bool; none where it is all of the picture
    """
    agreeing, strength = at_rest
    none = np.zeros(agreeing.shape, bool)
    strong, alike = _strong(strength), agreeing > least
    count = (alike & strong).sum()
    return alike if LEAST_CELLS <= count <= MOST_SUSPECT * strong.sum() else none


def may_stand_still(
    suspected: NDArray[np.bool_],
    resting: Planes,
    in_motion: NDArray[np.float32],
    transforms: NDArray[np.float64],
) -> bool:
    """Whether any of the `suspects` may stand still, though frames were found to lie as they do.

    What agrees better in that motion than at rest is the subject's. Where things that stand still
    held frames in their places, these agree best at rest all the same.

    Parameters
    ----------
    suspected, resting : as for `still_areas`
    in_motion : (h, w) float32, of `agreement` in that motion
    transforms : (n, 3, 3), the motion, sample px → px of one of them
    """
    at_rest, strength = resting
    travels = np.empty_like(suspected)
    _find_travelling(np.ascontiguousarray(transforms), SEEN_TRAVEL_PX, travels)
    stays = at_rest >= in_motion + np.float32(SEEN_MARGIN) * travels
    labels, sizes = labelled(suspected & _strong(strength) & stays, diagonal=True)
    # No part of a place that is large enough agrees better than its best cells.
    large = np.flatnonzero(sizes >= LEAST_CELLS)
    places = (at_rest[labels == number] for number in large)
    return any(
        np.partition(place, -LEAST_CELLS)[-LEAST_CELLS:].mean(dtype=np.float64) >= LEAST_MEAN
        for place in places
    )


def still_areas(
    details: Sequence[NDArray[np.float32]],
    transforms: NDArray[np.float64],
    suspected: NDArray[np.bool_],
    resting: Planes,
    lying: NDArray[np.float32],
    faint: bool = False,
    threads: int = 1,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Those of the `suspects` that stand still while the rest moves.

    Parameters
    ----------
    details : (h, w) float32 each, as for `agreement`
    transforms : (n, 3, 3), sample px → px of one of them, measured without the suspects
    suspected : (h, w) bool, of `suspects`
    resting : of `agreement`, of these details as they are
    lying : (h, w) float32, of `agreement` as the frames were found to lie with the suspects in
        sight. What is on the sensor holds them or agrees better at rest; what agrees better there
        is the subject's, whatever the little that is left without it seems to do
    faint : whether what only shines through is suspected, which takes more to be believed
    threads : the result does not depend on it

    Returns
    -------
    still : (h, w) bool, with what they enclose
    hidden : (h, w) bool, what registration shall not see: these, and faint structure that may
        belong to them, such as light that falls off towards a rim
    """
    none = np.zeros_like(suspected)
    travels = np.empty_like(suspected)
    _find_travelling(np.ascontiguousarray(transforms), LEAST_TRAVEL_PX, travels)
    if not (suspected & travels).any():
        return none, none
    at_rest, strength = resting
    in_motion, _ = agreement(details, np.linalg.inv(transforms), threads)
    strong = _strong(strength)
    margin = FAINT_MARGIN if faint else MARGIN
    better = suspected & strong & (at_rest > in_motion + margin)
    labels, sizes = labelled(better & travels, diagonal=True)
    stays = sizes >= LEAST_CELLS
    for number in np.flatnonzero(stays):
        place = labels == number
        still_mean, lying_mean = (plane[place].mean(dtype=np.float64) for plane in (at_rest, lying))
        stays[number] = still_mean >= max(LEAST_MEAN, lying_mean - SEEN_MARGIN)
        stays[number] &= _has_no_focus(details, place)
    still = stays[labels]
    if not still.any():
        return none, none
    rest = strong & travels & ~still
    moving = rest & (in_motion > at_rest + MARGIN)
    staying = rest & (at_rest > in_motion + MARGIN)
    gained = (in_motion[rest] - at_rest[rest]).mean(dtype=np.float64) if rest.any() else 0.0
    believed = gained > BELIEVED[faint] and (
        moving.sum() >= max(LEAST_MOVING * still.sum(), LEAST_FOR * staying.sum())
    )
    if not believed or still.sum() > MOST_SHARE * strong.sum():
        return none, none
    # In few stacks anything stands still, and loading scipy takes as long as a small stack.
    from scipy import ndimage

    # Of the same thing where the subject hardly moves: letters of a line, the middle of a bar.
    equal = ndimage.binary_dilation(strong & (at_rest > EQUAL), iterations=REACH_CELLS)
    still |= ndimage.binary_propagation(still, mask=equal) & strong & (at_rest > EQUAL)
    still = _with_enclosed(ndimage.binary_dilation(still, iterations=RIM_CELLS), strength)
    faint = ndimage.binary_propagation(still, mask=still | (suspected & ~strong))
    return still, faint | better


@kernel
def _find_travelling(transforms, least_px, travels):
    """Write where some motions, (n, 3, 3), differ by so much across both axes together."""
    for y in range(travels.shape[0]):
        for x in range(travels.shape[1]):
            left = top = np.inf
            right = bottom = -np.inf
            for k in range(transforms.shape[0]):
                u = (transforms[k, 0, 0] * x + transforms[k, 0, 1] * y) + transforms[k, 0, 2]
                v = (transforms[k, 1, 0] * x + transforms[k, 1, 1] * y) + transforms[k, 1, 2]
                left, right = min(left, u), max(right, u)
                top, bottom = min(top, v), max(bottom, v)
            across, down = right - left, bottom - top
            travels[y, x] = across * across + down * down >= least_px * least_px


def _has_no_focus(details: Sequence[NDArray[np.float32]], place: NDArray[np.bool_]) -> bool:
    """Whether every frame has about as much of what frames have in common in a place."""
    box = tuple(slice(max(found.min() - 1, 0), found.max() + 2) for found in np.nonzero(place))
    own = place[box]
    slopes = [
        np.concatenate([np.gradient(one[box], axis=axis)[own] for axis in (0, 1)])
        for one in details
    ]
    # In double precision, in which the order of a sum makes no difference that could be seen.
    shown = np.nan_to_num(np.stack(slopes)).astype(np.float64)
    strengths = (shown * shown.mean(0)).sum(1)
    return bool(strengths.min() >= LEAST_EVEN * strengths.max())


def _strong(strength: NDArray[np.float32]) -> NDArray[np.bool_]:
    return strength > LEAST_STRENGTH * strength.mean(dtype=np.float64)


def _with_enclosed(still: NDArray[np.bool_], strength: NDArray[np.float32]) -> NDArray[np.bool_]:
    """What stands still, with the plain places that it cuts off from the rest of the picture."""
    from scipy import ndimage

    labels, count = ndimage.label(~still)
    if count < 2:
        return still
    numbers = np.arange(1, count + 1)
    mean = ndimage.mean(strength, labels, numbers)
    largest = np.argmax(ndimage.sum(strength, labels, numbers))
    plain = mean < FLAT * strength.mean(dtype=np.float64)
    plain[largest] = False
    return still | np.isin(labels, numbers[plain])
