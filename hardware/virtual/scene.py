"""What stands before the virtual lens: layers, one in front of the other.

Heights are µm towards the camera, colours linear sRGB radiances (1 is a white card; highlights
are brighter). Scene coordinates are µm with the origin on the optical axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARGIN_PX = 64


@dataclass(frozen=True)
class Layer:
    """A surface with an outline.

    height_um : (h, w) float32; of any value where nothing is.
    rgb : (h, w, 3) float32, its radiance.
    cover : (h, w) float32, 0..1, how much of each point it hides.
    shift_px : how far, down and right, the middle of the scene lies from that of the layer, which
        may be smaller than the scene and has an even number of rows and columns.
    finest_px : no detail of it is smaller.
    """

    height_um: NDArray[np.float32]
    rgb: NDArray[np.float32]
    cover: NDArray[np.float32]

    shift_px: tuple[float, float] = (0.0, 0.0)
    finest_px: int = 1


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers on one grid of `pitch_um`, the hindmost first; that one covers everything.

    Each is equal to itself alone, by which what was made of it is known again.
    """

    pitch_um: float
    layers: tuple[Layer, ...]

    def binned(self, factor: int) -> Scene:
        """The same in means of `factor` × `factor` px, about the same centre."""
        if factor == 1:
            return self
        layers = []
        for layer in self.layers:
            cover = means(layer.cover, factor)
            some = np.maximum(cover, np.float32(1e-6))
            layers.append(
                Layer(
                    (means(layer.height_um * layer.cover, factor) / some).astype(np.float32),
                    (means(layer.rgb * layer.cover[..., None], factor) / some[..., None]).astype(
                        np.float32
                    ),
                    cover,
                    (layer.shift_px[0] / factor, layer.shift_px[1] / factor),
                    max(layer.finest_px // factor, 1),
                )
            )
        return Scene(self.pitch_um * factor, tuple(layers))


def means(plane: NDArray, factor: int) -> NDArray[np.float32]:
    """Means of `factor` × `factor` px of (h, w, …), cut to whole ones about the same centre."""
    rows, columns = (side % (2 * factor) // 2 for side in plane.shape[:2])
    height, width = (side // (2 * factor) * 2 for side in plane.shape[:2])
    plane = plane[rows : rows + height * factor, columns : columns + width * factor]
    shape = (height, factor, width, factor, *plane.shape[2:])
    return plane.reshape(shape).mean(axis=(1, 3), dtype=np.float32)
