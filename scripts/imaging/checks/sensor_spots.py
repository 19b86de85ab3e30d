"""Dark spots that are still at their place on the sensor after the light of dust was given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imaging.checks.finding import Finding
from imaging.checks.fused_stack import FusedStack
from imaging.sampling.geometry import in_cells, moved
from imaging.sensor import dust
from imaging.sensor.defects import searched_frames

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


def moves_enough(transforms: NDArray[np.float64], shape: tuple[int, int], cell_px: int) -> bool:
    """Whether frames are enough, and move enough, to tell the sensor from the subject."""
    chosen = searched_frames(len(transforms), dust.SEARCHED)
    return len(chosen) >= LEAST_FRAMES and dust.moves_enough(transforms[chosen], shape, cell_px)


def _is_inside(speck: dust.Speck, size: NDArray[np.int64], shape: tuple[int, int]) -> bool:
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
    if not moves_enough(transforms, shape, cell_px):
        return []
    chosen = searched_frames(len(light), dust.SEARCHED)
    motions = transforms[chosen]
    seen = []
    for k, motion in zip(chosen, motions):
        values = np.nan_to_num(light[k], nan=float(np.nanmean(light[k])))
        values = moved(values, in_cells(motion, cell_px), beyond="nearest")
        seen.append(dust.stand_out(np.power(np.maximum(values, 0.0), GAMMA, dtype=np.float32)))
    spots = []
    for speck in dust.find_specks(seen, motions, cell_px):
        loss = float(speck.loss.max())
        size = np.array(speck.loss.shape[::-1]) * cell_px
        if loss >= least_loss and _is_inside(speck, size, shape):
            corners = np.array([[speck.x, speck.y, 1], [*(size + [speck.x, speck.y]), 1]], float)
            trail = (motions @ corners.T)[:, :2]
            low, high = trail.min((0, 2)), trail.max((0, 2))
            low = np.maximum(low, 0)
            high = np.minimum(high, shape[::-1])
            (x, y), (width, height) = map(int, low), map(int, high - low)
            spots.append(Spot((x, y, width, height), loss))
    return spots


def dust_left(stack: FusedStack, least_loss: float) -> list[Finding]:
    """Dark spots that stay on the sensor and take at least a share `least_loss` of the light."""
    spots = dark_spots(stack.light, stack.matrices, stack.light.size_px, least_loss)
    if not spots:
        return []
    places = tuple(spot.place_px for spot in spots)
    return [
        Finding(
            "dust-left",
            f"{len(spots)} dark spot{'s' * (len(spots) > 1)} of the sensor, of which "
            f"{max(spot.loss for spot in spots):.0%} of the light is missing",
            evidence={"spots": [{"x_px": x, "y_px": y} for x, y, _, _ in places]},
            places=places,
        )
    ]
