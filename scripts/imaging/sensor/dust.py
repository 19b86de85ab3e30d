"""Dust on the sensor: soft dark spots that stay at their place while the subject moves.

Where frames are moved to lie on each other, fusion would show a speck of dust once per frame, as a
trail. What it takes away is a share of the light, the same in every frame: it is measured from
frames in which different parts of the subject lie under it, and given back [1]_.

.. [1] J. R. Kuhn, H. Lin and D. Loranz, "Gain calibrating nonuniform image-array data using only
   the image data", Publ. Astronomical Society of the Pacific 103 (1991), 1097-1108.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from imaging.sampling.geometry import corners, in_cells, moved
from imaging.sampling.means import local_mean
from imaging.sampling.ranks import median
from imaging.sampling.regions import labelled, places_of
from imaging.sampling.resizing import enlarged

# The most frames that are searched for specks.
SEARCHED = 6
# A frame is looked at in cells, so many at most: specks are wider than px.
CELLS = 400_000
# Light is compared with its mean over so many cells each way, wider than specks are.
SURROUNDINGS = 33
# A speck takes at least this share of the light, and more than the subject's own change from frame
# to frame explains.
LEAST_LOSS = 0.015
# What takes more is hardly dust but something of the subject, or in front of it: light given back
# to it would be wrong by as much.
MOST_LOSS = 0.4
LEAST_STANDING = 4.0
# The spread of a few values is uncertain; that of so many cells each way together is less so.
SPREAD_CELLS = 15
# Its size in cells; what is smaller is a defect of the sensor or noise.
LEAST_CELLS, WIDEST = 5, 24
# The subject moves by twice its width and so many cells more, or a spot of the subject, and what
# defocus makes of it, could be taken for dust. A speck's soft rim reaches as far.
CLEARANCE = 2
# Longer ones are edges of the subject.
LONGEST = 3
# Frames agree on how it looks, by the median correlation of two of them, and on how much it takes,
# by the scatter of its loss. What else stayed dark while a subject moved across it missed one of
# the two.
LEAST_LIKENESS = 0.4
MOST_SCATTER = 0.2
# So many frames have other parts of the subject under a spot, moved by half its width each: fewer
# agree by chance, or since the subject has the like beside it.
LEAST_FRAMES = 4
# How often the subject is told from the sensor anew, each time with what is known of the other.
ROUNDS = 3
LEAST_LIGHT = 1e-4
STRIP_ROWS = 32


class Speck(NamedTuple):
    """What one speck of dust takes away.

    Attributes
    ----------
    x, y : px of the frame, of the first cell's first px
    cell : px each way of a cell
    loss : (h, w) float32, share of the light that is missing in each cell, 0..1
    """

    x: int
    y: int
    cell: int
    loss: NDArray[np.float32]

    @property
    def centre_px(self) -> tuple[int, int]:
        """Column and row of its middle, px of the frame."""
        height, width = self.loss.shape
        return self.x + self.cell * width // 2, self.y + self.cell * height // 2

    def as_record(self) -> dict[str, object]:
        """The same as plain values, for a JSON record."""
        loss = [[round(float(share), 3) for share in row] for row in self.loss]
        return {"x_px": self.x, "y_px": self.y, "cell_px": self.cell, "loss": loss}

    @classmethod
    def from_record(cls, record: dict) -> Self:
        """Read what `as_record` wrote."""
        loss = np.array(record["loss"], np.float32)
        return cls(record["x_px"], record["y_px"], record["cell_px"], loss)


def moves_enough(transforms: NDArray[np.float64], shape: tuple[int, int], cell: int) -> bool:
    """Whether the smallest speck could be told from the subject anywhere in the frame.

    Parameters
    ----------
    transforms : (n, 3, 3), frame px → reference px
    shape : (rows, columns) of a frame
    cell : px each way of a cell
    """
    if len(transforms) < LEAST_FRAMES:
        return False
    travel = np.ptp((transforms @ corners(shape))[:, :2], axis=0).max()
    return bool(travel >= (2 * np.sqrt(LEAST_CELLS) + CLEARANCE) * cell)


def stand_out(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithm of a frame's linear light, (h, w) in cells, against that of its surroundings."""
    # To single precision at the end: its own logarithm is not alike on every processor.
    light = np.log(np.maximum(luminance.astype(np.float64), LEAST_LIGHT)).astype(np.float32)
    return light - local_mean(light, SURROUNDINGS)


def find_specks(
    frames: Sequence[NDArray[np.float32]],
    transforms: NDArray[np.float64],
    cell: int,
    threads: int = 1,
) -> list[Speck]:
    """Find the dust that several frames have in common.

    Parameters
    ----------
    frames : (h, w) float32 each, of `stand_out`
    transforms : (len(frames), 3, 3), frame px → reference px, full resolution
    cell : px each way of a cell
    threads : the result does not depend on it

    Returns
    -------
    specks, from top to bottom
    """
    if len(frames) < LEAST_FRAMES:
        return []
    motions = [in_cells(motion, cell) for motion in transforms]
    with ThreadPoolExecutor(threads) as pool:
        apart = _without_subject(frames, np.zeros_like(frames[0]), motions, pool)
        static, spread = _middle_and_spread(apart, pool)
        spread = local_mean(spread, SPREAD_CELLS) / np.sqrt(len(frames))
        dark = (static < -LEAST_LOSS) & (-static > LEAST_STANDING * np.maximum(spread, 1e-4))
        labels, sizes = labelled(dark)
        places = [
            place
            for number, place in enumerate(places_of(labels, len(sizes) - 1), 1)
            if sizes[number] >= LEAST_CELLS
            and _is_dust(labels[place] == number, place, apart, transforms, cell)
        ]
        if not places:
            return []
        for _ in range(ROUNDS - 1):
            apart = _without_subject(frames, static, motions, pool)
            static, _ = _middle_and_spread(apart, pool)
    return [_measured(static, place, cell) for place in places]


def _middle_and_spread(
    apart: NDArray[np.float32], pool: ThreadPoolExecutor
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Median of some planes (n, h, w) at each place, and how far they scatter round it."""
    middle, spread = np.empty(apart.shape[1:], np.float32), np.empty(apart.shape[1:], np.float32)

    def one_strip(y0: int) -> None:
        here = slice(y0, y0 + STRIP_ROWS)
        part = apart[:, here]
        middle[here] = median(part, axis=0)
        spread[here] = 1.4826 * median(np.abs(part - middle[here]), axis=0)

    list(pool.map(one_strip, range(0, apart.shape[1], STRIP_ROWS)))
    return middle, spread


def _is_dust(
    own: NDArray[np.bool_],
    place: tuple[slice, slice],
    apart: NDArray[np.float32],
    transforms: NDArray[np.float64],
    cell: int,
) -> bool:
    """Whether a dark spot is like dust, the same in all frames, and the subject moved across it.

    Parameters
    ----------
    own : (h, w), the spot's cells within `place`
    apart : (n, H, W), of `_without_subject`
    """
    size = max(own.shape)
    if size > min(WIDEST, LONGEST * min(own.shape)):
        return False
    around = _widened(place, apart.shape[1:])
    if any(side.stop - side.start < n + 2 * CLEARANCE for side, n in zip(around, own.shape)):
        # At the border there is no telling a spot from an edge that reaches into the picture.
        return False
    y, x = (cell * (part.start + part.stop) / 2 for part in place)
    under = (transforms @ np.array([x, y, 1.0]))[:, :2]
    if np.ptp(under, axis=0).max() < (2 * size + CLEARANCE) * cell:
        return False
    if _apart(under, size * cell / 2) < LEAST_FRAMES:
        return False
    spot = -apart[:, place[0], place[1]][:, own]
    if median(spot, axis=0).max() > -np.log(1.0 - MOST_LOSS):
        return False
    losses = spot.mean(1)
    loss = median(losses)
    if 1.4826 * median(np.abs(losses - loss)) > MOST_SCATTER * loss:
        return False
    seen = apart[:, around[0], around[1]].reshape(len(apart), -1)
    pairs = np.triu_indices(len(apart), 1)
    return bool(median(np.asarray(np.corrcoef(seen))[pairs]) >= LEAST_LIKENESS)


def _apart(places: NDArray[np.float64], least: float) -> int:
    """How many of some places, (n, 2), lie at least so far from each other; taken in order."""
    kept: list[NDArray[np.float64]] = []
    for place in places:
        if all(np.hypot(*(place - other)) >= least for other in kept):
            kept.append(place)
    return len(kept)


def _widened(place: tuple[slice, slice], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """A place with the cells round it that a speck's soft rim may reach."""
    rows, columns = (
        slice(max(part.start - CLEARANCE, 0), min(part.stop + CLEARANCE, side))
        for part, side in zip(place, shape)
    )
    return rows, columns


def _without_subject(
    frames: Sequence[NDArray[np.float32]],
    static: NDArray[np.float32],
    motions: Sequence[NDArray[np.float64]],
    pool: ThreadPoolExecutor,
) -> NDArray[np.float32]:
    """What each frame has that the others do not have at the same place of the subject.

    Parameters
    ----------
    static : (h, w), what is known so far of what the sensor does to every frame
    motions : of each frame, in cells

    Returns
    -------
    (n, h, w) float32
    """
    total, count = np.zeros_like(static), np.zeros_like(static)

    def at_rest(frame: NDArray[np.float32], motion: NDArray[np.float64]) -> NDArray[np.float32]:
        return moved(frame - static, np.linalg.inv(motion))

    for seen in pool.map(at_rest, frames, motions):
        inside = np.isfinite(seen)
        np.add(total, seen, out=total, where=inside)
        count += inside
    subject = (total / np.maximum(count, 1)).astype(np.float32, copy=False)
    apart = np.empty((len(frames), *static.shape), np.float32)

    def part(k: int) -> None:
        np.subtract(frames[k], np.nan_to_num(moved(subject, motions[k])), out=apart[k])

    list(pool.map(part, range(len(frames))))
    return apart


def _measured(static: NDArray[np.float32], place: tuple[slice, slice], cell: int) -> Speck:
    """A speck with the soft rim that lies below the threshold; what is brighter is not dust."""
    rows, columns = _widened(place, static.shape)
    part = static[rows, columns]
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    lost = 1.0 - np.exp(np.minimum(part - median(rim), 0.0).astype(np.float64))
    loss = np.minimum(lost, MOST_LOSS).astype(np.float32)
    return Speck(columns.start * cell, rows.start * cell, cell, loss)


def give_back(
    pixels: NDArray[np.uint16], first_row: int, speck: Speck, light: NDArray[np.float32]
) -> None:
    """Brighten what lies under a speck by what it took away, in place.

    Parameters
    ----------
    pixels : (R, W, 3) uint16, rows `first_row` … of a frame
    light : (3, 65536) float32, linear light of each sample
    """
    height, width = (side * speck.cell for side in speck.loss.shape)
    y0, y1 = max(speck.y, first_row), min(speck.y + height, first_row + len(pixels))
    if y0 >= y1:
        return
    gain = enlarged(np.float32(1.0) / (np.float32(1.0) - speck.loss), (height, width))
    part = pixels[y0 - first_row : y1 - first_row, speck.x : speck.x + width]
    gain = gain[y0 - speck.y : y1 - speck.y, : part.shape[1]]
    samples = np.arange(light.shape[1])
    for channel, curve in enumerate(light.astype(np.float64)):
        # Profiles may start with samples of equal light; interpolation needs them to rise.
        rising = curve + np.linspace(0.0, 1e-9, curve.size)
        wanted = rising[part[..., channel]] * gain
        part[..., channel] = np.rint(np.interp(wanted, rising, samples))
