"""What stands free over the virtual specimen: legs, antennae and bristles, drawn as rods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.virtual import light
from hardware.virtual.scene import Layer

NOTHING_UM = -1e6


@dataclass(frozen=True)
class Free:
    """What stands free, on the grid of its scene.

    height_um : (h, w) float32, NOTHING_UM where nothing is
    normal : (h, w, 3) float32, where it faces
    colour : (h, w, 3) float32, of its cuticle
    """

    pitch_um: float
    height_um: NDArray[np.float32]
    normal: NDArray[np.float32]
    colour: NDArray[np.float32]

    @classmethod
    def none(cls, shape: tuple[int, int], pitch_um: float) -> Free:
        """Nothing yet."""
        return cls(
            pitch_um,
            np.full(shape, NOTHING_UM, np.float32),
            np.zeros((*shape, 3), np.float32),
            np.zeros((*shape, 3), np.float32),
        )

    def is_there(self) -> NDArray[np.bool_]:
        """(h, w), where something is."""
        return self.height_um > NOTHING_UM / 2

    def layer(self) -> Layer:
        """All of it, lit."""
        there = self.is_there()
        rgb = self.colour * light.diffuse(self.normal)[..., None]
        rgb += 0.055 * light.mirrored(self.normal, 0.02)[..., None]
        rgb += 0.10 * self.colour * light.mirrored(self.normal, 0.3)[..., None]
        height_um = np.where(there, self.height_um, 0).astype(np.float32)
        return Layer(
            height_um, (rgb * there[..., None]).astype(np.float32), there.astype(np.float32)
        )

    def rod(
        self,
        points: NDArray,
        heights_um: NDArray,
        radii_px: NDArray,
        colour: NDArray,
    ) -> None:
        """Draw a rod along `points` (n, 2) (y, x in px), round, of changing height and radius."""
        for k in range(len(points) - 1):
            self._piece(
                points[k : k + 2],
                heights_um[k : k + 2],
                np.maximum(radii_px[k : k + 2], 0.6),
                colour,
            )

    def _piece(
        self, ends: NDArray, heights_um: NDArray, radii_px: NDArray, colour: NDArray
    ) -> None:
        reach = radii_px.max() + 1
        top, left = np.maximum(np.floor(ends.min(axis=0) - reach).astype(int), 0)
        below, right = np.minimum(
            np.ceil(ends.max(axis=0) + reach).astype(int) + 1, self.height_um.shape
        )
        if top >= below or left >= right:
            return
        y = np.arange(top, below, dtype=np.float32)[:, None] - ends[0, 0]
        x = np.arange(left, right, dtype=np.float32)[None, :] - ends[0, 1]
        way = ends[1] - ends[0]
        reached = (y * way[0] + x * way[1]) / max(way @ way, 1e-6)
        along = np.clip(reached, 0, 1)
        off_y, off_x = y - along * way[0], x - along * way[1]
        radius = radii_px[0] + along * (radii_px[1] - radii_px[0])
        part = (off_y**2 + off_x**2) / radius**2
        dome = np.sqrt(np.clip(1 - part, 0, 1))
        height = heights_um[0] + along * (heights_um[1] - heights_um[0])
        # Its round ends only fill the bend to the next piece.
        height = height + (dome - 0.8 * (along != reached)) * radius * self.pitch_um
        where = np.s_[top:below, left:right]
        shown = (part < 1) & (height > self.height_um[where])
        self.height_um[where][shown] = height[shown]
        facing = np.stack([off_x / radius, off_y / radius, np.maximum(dome, 0.05)], axis=-1)
        self.normal[where][shown] = facing[shown]
        self.colour[where][shown] = colour
