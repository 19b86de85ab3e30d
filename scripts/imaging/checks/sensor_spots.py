"""Dark spots that are still at their place on the sensor after the light of dust was given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imaging.sensor.defects import searched_frames
from imaging.sensor.dust import Speck, find_specks, moves_enough, stand_out

# From encoded values to light, near enough for shares of it.
GAMMA = 2.2
# In fewer, what the subject does by chance looks like dust too often.
LEAST_FRAMES = 5


@dataclass(frozen=True)
class Spot:
    """A dark spot of the sensor.

    Attributes
    ----------
    place_px : (x, y, width, height) in px of the reference frame, of the trail that it leaves
    loss : share of the light that it takes, 0..1
    """

    place_px: tuple[int, int, int, int]
    loss: float


def can_tell(transforms: NDArray[np.float64], shape: tuple[int, int], cell_px: int) -> bool:
    """Whether frames are enough, and move enough, to tell the sensor from the subject."""
    chosen = searched_frames(len(transforms))
    return len(chosen) >= LEAST_FRAMES and moves_enough(transforms[chosen], shape, cell_px)


def _is_inside(speck: Speck, size: NDArray[np.int64], shape: tuple[int, int]) -> bool:
    """Whether a spot is so far from the border that frames which moved still cover it."""
    corner = np.array([speck.x, speck.y])
    return bool((corner >= size).all() and (corner + 2 * size <= shape[::-1]).all())


def dark_spots(
    light: Sequence[NDArray[np.float32]],
    transforms: NDArray[np.float64],
    cell_px: int,
    least_loss: float,
) -> list[Spot]:
    """Find spots that stay on the sensor while the subject moves.

    At the border of the frame, where few frames overlap, none is told from the subject.

    Parameters
    ----------
    light : of each frame, (h, w) float32 0..1 in cells of the reference frame, NaN beyond it
    transforms : (n, 3, 3), frame px → reference px
    cell_px : px each way of a cell
    least_loss : share of the light, 0..1
    """
    shape = tuple(side * cell_px for side in light[0].shape)
    if not can_tell(transforms, shape, cell_px):
        return []
    chosen = searched_frames(len(light))
    motions = transforms[chosen]
    to_cells = np.diag([1.0 / cell_px, 1.0 / cell_px, 1.0])
    seen = []
    for k, motion in zip(chosen, motions):
        back = to_cells @ motion @ np.linalg.inv(to_cells)
        values = np.nan_to_num(light[k], nan=float(np.nanmean(light[k])))
        (a, b, c), (d, e, f) = back[:2]
        values = ndimage.affine_transform(values, [[e, d], [b, a]], [f, c], order=1, mode="nearest")
        seen.append(stand_out(np.power(np.maximum(values, 0.0), GAMMA, dtype=np.float32)))
    spots = []
    for speck in find_specks(seen, motions, cell_px):
        loss = float(speck.loss.max())
        size = np.array(speck.loss.shape[::-1]) * cell_px
        if loss >= least_loss and _is_inside(speck, size, shape):
            corners = np.array([[speck.x, speck.y, 1], [*(size + [speck.x, speck.y]), 1]], float)
            trail = (motions @ corners.T)[:, :2]
            low, high = trail.min((0, 2)), trail.max((0, 2))
            low = np.maximum(low, 0)
            high = np.minimum(high, shape[::-1])
            spots.append(Spot((*map(int, low), *map(int, high - low)), loss))
    return spots
