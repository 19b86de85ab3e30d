"""What a seed decides of the virtual specimen, and the grid that it is drawn on.

Lengths without a unit are in halves of the picture's height, from its middle: `u` to the right,
`v` down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class Species:
    """What a seed decides."""

    width: float  # half, of the wing cases
    waist: float  # half, of the pronotum, as part of that
    film_nm: float
    film_change_nm: float
    metal: float
    striae: int
    punctures: int
    bristles: int
    leg_rgb: NDArray[np.float64]
    ground_rgb: NDArray[np.float64]


def species(rng: np.random.Generator, first: bool) -> Species:
    """One of the species; the first seed's is the one that the demo shows."""
    films = (262.0, 300.0, 182.0, 272.0, 236.0, 205.0)
    leg = np.array([0.10, 0.042, 0.016])
    drawn = Species(
        width=rng.uniform(0.37, 0.45),
        waist=rng.uniform(0.66, 0.80),
        film_nm=films[int(rng.integers(len(films)))] + rng.uniform(-5, 5),
        film_change_nm=rng.uniform(25, 55),
        metal=rng.uniform(0.75, 1.0),
        striae=int(rng.integers(8, 12)),
        punctures=int(rng.integers(26, 38)),
        bristles=int(rng.integers(90, 170)),
        leg_rgb=leg * rng.uniform(0.4, 1.6) * np.array([1, rng.uniform(0.8, 1.3), 1]),
        ground_rgb=np.array([0.80, 0.81, 0.79]) * rng.uniform(0.8, 1.0),
    )
    return replace(drawn, film_nm=films[0], film_change_nm=55.0) if first else drawn


@dataclass(frozen=True)
class Canvas:
    """The grid: `u` and `v` of each point (h, w) float32, `half_px` is a length of 1."""

    u: NDArray[np.float32]
    v: NDArray[np.float32]
    half_px: float
    pitch_um: float
    relief_um: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.u.shape

    def px(self, u: NDArray | float, v: NDArray | float) -> NDArray:
        """(…, 2) rows and columns of places."""
        rows, columns = self.shape
        return np.stack(
            np.broadcast_arrays(
                np.asarray(v) * self.half_px + rows / 2 - 0.5,
                np.asarray(u) * self.half_px + columns / 2 - 0.5,
            ),
            axis=-1,
        )


def noise(
    rng: np.random.Generator, shape: tuple[int, int], *scales_px: float
) -> NDArray[np.float32]:
    """Sum of smoothed noises, about unit variance."""
    total = np.zeros(shape, np.float32)
    for scale in scales_px:
        # A wide blur of few points is as good as one of many.
        step = max(1, int(scale / 3))
        small = (shape[0] // step + 2, shape[1] // step + 2)
        layer = rng.standard_normal(small).astype(np.float32)
        layer = ndimage.gaussian_filter(layer, scale / step, mode="wrap")
        if step > 1:
            layer = ndimage.zoom(layer, step, order=1)
        layer = layer[: shape[0], : shape[1]]
        total += layer / layer.std()
    return np.clip(total / np.sqrt(len(scales_px)), -2.5, 2.5)
